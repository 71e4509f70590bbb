//! The layer as files, which a run finds below its folder.

use include_dir::{Dir, include_dir};

use crate::libraries;

static PYTHON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/python");
static R: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/r");

/// A file of the layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFile {
    /// Its path below the layer's folder, with `/` between its parts.
    pub path: String,
    /// Its content.
    pub content: &'static [u8],
}

/// Every file of the layer, sorted by path.
pub fn all() -> Vec<LayerFile> {
    let mut files = vec![
        LayerFile {
            path: "entropy.so".to_owned(),
            content: libraries::ENTROPY,
        },
        LayerFile {
            path: "clock.so".to_owned(),
            content: libraries::CLOCK,
        },
        // What a trace is mounted onto.
        LayerFile {
            path: "trace".to_owned(),
            content: b"",
        },
    ];
    gather("python", &PYTHON, &mut files);
    gather("r", &R, &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn gather(folder: &str, within: &Dir<'static>, files: &mut Vec<LayerFile>) {
    for file in within.files() {
        // What an interpreter left beside the sources is not of the layer.
        if file
            .path()
            .extension()
            .is_some_and(|extension| extension == "py" || extension == "R")
        {
            files.push(LayerFile {
                path: format!("{folder}/{}", file.path().display()),
                content: file.contents(),
            });
        }
    }
    for inner in within.dirs() {
        gather(folder, inner, files);
    }
}
