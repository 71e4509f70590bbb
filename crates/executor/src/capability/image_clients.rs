//! What locking and building images from recipes needs.

use std::ffi::OsStr;
use std::path::Path;

use super::program::Program;

/// What locking and building images from recipes needs. Running experiments needs none of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageClients {
    /// `apt-get`, with which Debian packages are resolved and fetched.
    pub apt: Option<Program>,
    /// pip, for recipes with wheels.
    pub pip: Option<Program>,
    /// Whether the keys of Debian's releases are there.
    pub has_debian_keys: bool,
}

/// Where Debian's package `debian-archive-keyring` has the keys of all its releases.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

impl ImageClients {
    /// Looks for the clients and asks for their versions.
    pub(super) fn probe(search_path: Option<&OsStr>) -> Self {
        Self {
            apt: Program::ask("apt-get", search_path, &["--version"]),
            pip: pip(search_path),
            has_debian_keys: Path::new(KEYRING).is_file(),
        }
    }

    /// Whether images can be locked and built here from recipes without wheels.
    pub const fn can_build(&self) -> bool {
        self.apt.is_some() && self.has_debian_keys
    }
}

/// pip as a module of Python, or as a program: a Python without the module gives no version.
fn pip(search_path: Option<&OsStr>) -> Option<Program> {
    Program::ask("python3", search_path, &["-m", "pip", "--version"])
        .filter(|python| python.version.is_some())
        .or_else(|| Program::ask("pip3", search_path, &["--version"]))
        .or_else(|| Program::ask("pip", search_path, &["--version"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_program;

    #[test]
    fn a_python_without_pip_is_no_pip() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = |name: &str, script: &str| {
            let script = format!("#!/bin/sh\n{script}\n");
            test_program::write(&folder.path().join(name), script.as_bytes());
        };
        let path = Some(folder.path().as_os_str());
        program("python3", "echo No module named pip >&2; exit 1");
        assert_eq!(pip(path), None);
        program("pip", "echo pip 24.0 from here");
        assert_eq!(
            pip(path).and_then(|pip| pip.version).as_deref(),
            Some("24.0")
        );
    }
}
