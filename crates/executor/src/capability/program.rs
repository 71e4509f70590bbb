//! Programs of the host: where they are, and which version.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::trial::{PATIENCE, attempt};

/// A program that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// The version that it gives, where it does.
    pub version: Option<String>,
}

impl Program {
    /// Finds a program and asks it for its version with these arguments.
    pub(crate) fn ask(name: &str, search_path: Option<&OsStr>, arguments: &[&str]) -> Option<Self> {
        let path = find(name, search_path)?;
        let said = attempt(Command::new(&path).args(arguments), PATIENCE).ok();
        let version = said.and_then(|said| version_in(&said.into_output()?));
        Some(Self { path, version })
    }
}

/// The file that a program's name means, as a shell would find it; only absolute folders of the search path count, so
/// that what lies in the folder at hand is never started.
pub(crate) fn find(name: &str, search_path: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(search_path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The first word of the first line that begins like a version: a digit, then more with a dot.
pub(crate) fn version_in(text: &str) -> Option<String> {
    let words = text.lines().next()?.split_whitespace();
    words
        .map(|word| {
            word.trim_start_matches('v')
                .trim_end_matches([',', ';', ')'])
        })
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.'))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_program;

    #[test]
    fn versions_are_found_as_programs_print_them() {
        for (said, version) in [
            ("git version 2.39.5\n", Some("2.39.5")),
            ("apt 2.6.1 (amd64)\nmore", Some("2.6.1")),
            ("pip 23.0.1 from /usr/lib (python 3.11)", Some("23.0.1")),
            ("podman version 4.3.1", Some("4.3.1")),
            (
                "Docker version 20.10.24+dfsg1, build 297e128",
                Some("20.10.24+dfsg1"),
            ),
            ("bubblewrap 0.8.0", Some("0.8.0")),
            ("a program without one", None),
            ("", None),
        ] {
            assert_eq!(version_in(said).as_deref(), version, "{said}");
        }
    }

    #[test]
    fn only_executable_files_in_absolute_folders_are_programs() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tool");
        test_program::write(&file, b"#!/bin/sh\necho tool 1.2\n");
        let path = Some(folder.path().as_os_str());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("changed");
        assert_eq!(find("tool", path), None);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("changed");
        assert_eq!(find("tool", path), Some(file));
        assert_eq!(find("tool", Some(OsStr::new(".:"))), None);
        assert_eq!(find("tool", None), None);
        let version = Program::ask("tool", path, &[]).and_then(|program| program.version);
        assert_eq!(version.as_deref(), Some("1.2"));
    }
}
