//! The one folder that a property may write to, watched from outside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const FENCE: &str = "fence";
const INSIDE: &str = "inside";

/// A folder to work in, within a folder in which nothing may appear or change.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        let outside = tempfile::tempdir().expect("a temporary folder");
        fs::write(outside.path().join(FENCE), FENCE).expect("room");
        fs::create_dir(outside.path().join(INSIDE)).expect("room");
        Self(outside)
    }

    /// The folder to work in.
    pub(crate) fn folder(&self) -> PathBuf {
        self.0.path().join(INSIDE)
    }

    /// A file with these bytes in the folder, opened for reading.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> (PathBuf, File) {
        let path = self.folder().join(name);
        fs::write(&path, bytes).expect("room");
        let file = File::open(&path).expect("just written");
        (path, file)
    }

    /// That the folder holds these files alone, and what is around it is as it was.
    pub(crate) fn check(self, left: &[&str]) {
        assert_eq!(
            names(self.0.path()),
            [FENCE, INSIDE],
            "something is outside"
        );
        let fence = fs::read_to_string(self.0.path().join(FENCE)).expect("the fence");
        assert_eq!(fence, FENCE);
        assert_eq!(names(&self.folder()), left, "something was left behind");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    };
    let mut names: Vec<_> = entries.map(name).collect();
    names.sort();
    names
}
