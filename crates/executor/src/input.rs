//! Inputs: where the data lies on this host, whether it is what the plan says, and whether it stayed so.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::workspace_path::WorkspacePath;

use crate::container_user::may_read;
use crate::content_digest::digest_of;

/// An input that a plan asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedInput {
    /// What people call it.
    pub name: String,
    /// Where it lands.
    pub at: WorkspacePath,
    /// Its digest.
    pub digest: Sha256Digest,
}

/// An input found on this host, with the digest that the plan asks for.
#[derive(Clone, Debug)]
pub struct LocatedInput {
    /// What the plan asked for.
    pub wanted: WantedInput,
    /// The file, with every link on the way resolved.
    pub path: PathBuf,
    signature: Signature,
}

/// Why an input cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No place that could have it does.
    #[error(
        "input `{name}` is not here: there is no `{at}` in the repository, and the store has no {digest}"
    )]
    Missing {
        /// The input.
        name: String,
        /// Where it lands, which is where it is looked for.
        at: WorkspacePath,
        /// What was asked for.
        digest: Sha256Digest,
    },
    /// It is there, with another content.
    #[error("input `{name}` differs: expected {expected}, got {got} in `{}`", .path.display())]
    Differs {
        /// The input.
        name: String,
        /// Where it was found.
        path: PathBuf,
        /// What was asked for.
        expected: Sha256Digest,
        /// What is there.
        got: Sha256Digest,
    },
    /// The store's copy of it is damaged.
    #[error("input `{name}` is damaged in the store: expected {expected}, got {got} in `{}`", .path.display())]
    Damaged {
        /// The input.
        name: String,
        /// The store's file.
        path: PathBuf,
        /// What was asked for.
        expected: Sha256Digest,
        /// What is there.
        got: Sha256Digest,
    },
    /// It is not a file.
    #[error("input `{name}` is not a file: `{}`", .path.display())]
    NotAFile {
        /// The input.
        name: String,
        /// Where it was found.
        path: PathBuf,
    },
    /// The user of every container may not read it.
    #[error("input `{name}` may not be read by user 1000, as whom every command runs: `{}`", .path.display())]
    Closed {
        /// The input.
        name: String,
        /// Where it was found.
        path: PathBuf,
    },
    /// It changed while it was read.
    #[error("input `{name}` changed while it was read: `{}`", .path.display())]
    Changing {
        /// The input.
        name: String,
        /// Where it was found.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read input `{name}` in `{}`", .path.display())]
    Unreadable {
        /// The input.
        name: String,
        /// Where it was found.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl InputError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { at, .. } => Some(format!("put the file at `{at}`")),
            Self::Differs { .. } => Some(
                "restore the file, or remove `sha256` from the manifest and let `resow pin` write the present one"
                    .to_owned(),
            ),
            Self::Damaged { .. } => Some(
                "run again what made it, or put the file where the manifest says; check the disk"
                    .to_owned(),
            ),
            Self::NotAFile { .. } => {
                Some("an input is one file: declare each that is read in `[[inputs]]`".to_owned())
            }
            Self::Closed { path, .. } => Some(format!("chmod a+r {}", path.display())),
            Self::Changing { .. } | Self::Unreadable { .. } => None,
        }
    }

    /// Whether evidence is damaged, as against something that cannot be had.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }
}

/// What changes when a file is written to or replaced, even when its modification time is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Signature {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Signature {
    fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl LocatedInput {
    /// Finds an input under the repository's root, else among the store's blobs, and hashes it.
    ///
    /// # Errors
    /// When no place has it, when it has another content, or when it cannot be read.
    pub fn locate(
        wanted: WantedInput,
        root: &Path,
        blob: &dyn Fn(&Sha256Digest) -> Option<PathBuf>,
    ) -> Result<Self, InputError> {
        let in_repository = root.join(wanted.at.as_str());
        let is_stored = !in_repository.exists();
        let found = if is_stored {
            blob(&wanted.digest)
        } else {
            Some(in_repository)
        };
        let Some(path) = found else {
            return Err(InputError::Missing {
                name: wanted.name,
                at: wanted.at,
                digest: wanted.digest,
            });
        };
        let unreadable = |source| InputError::Unreadable {
            name: wanted.name.clone(),
            path: path.clone(),
            source,
        };
        let path = path.canonicalize().map_err(unreadable)?;
        let metadata = path.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(InputError::NotAFile {
                name: wanted.name,
                path,
            });
        }
        if !may_read(&path, &metadata) {
            return Err(InputError::Closed {
                name: wanted.name,
                path,
            });
        }
        let mut file = File::open(&path).map_err(unreadable)?;
        let before = Signature::of(&file.metadata().map_err(unreadable)?);
        let got = digest_of(&mut file).map_err(unreadable)?;
        let signature = Signature::of(&path.metadata().map_err(unreadable)?);
        if signature != before {
            return Err(InputError::Changing {
                name: wanted.name,
                path,
            });
        }
        if got != wanted.digest && is_stored {
            return Err(InputError::Damaged {
                name: wanted.name,
                path,
                expected: wanted.digest,
                got,
            });
        }
        if got != wanted.digest {
            return Err(InputError::Differs {
                name: wanted.name,
                path,
                expected: wanted.digest,
                got,
            });
        }
        Ok(Self {
            wanted,
            path,
            signature,
        })
    }

    /// Whether nobody touched the file since it was hashed: not even to put the same content back, since the run
    /// could have read what stood there in between.
    pub fn is_untouched(&self) -> bool {
        self.path
            .metadata()
            .is_ok_and(|metadata| Signature::of(&metadata) == self.signature)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn wanted(content: &[u8]) -> WantedInput {
        WantedInput {
            name: "data".to_owned(),
            at: "data/x.csv".parse().expect("a path"),
            digest: Sha256Digest::of(content),
        }
    }

    fn repository_with(content: &[u8]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir(root.path().join("data")).expect("a folder");
        fs::write(root.path().join("data/x.csv"), content).expect("a file");
        root
    }

    #[test]
    fn an_input_is_found_in_the_repository_else_in_the_store() {
        let root = repository_with(b"1,2\n");
        let nothing = |_: &Sha256Digest| None;
        let located = LocatedInput::locate(wanted(b"1,2\n"), root.path(), &nothing);
        assert!(located.expect("found").is_untouched());

        let empty = tempfile::tempdir().expect("a folder");
        let missing = LocatedInput::locate(wanted(b"1,2\n"), empty.path(), &nothing);
        assert!(matches!(missing, Err(InputError::Missing { .. })));

        let blob = |_: &Sha256Digest| Some(root.path().join("data/x.csv"));
        assert!(LocatedInput::locate(wanted(b"1,2\n"), empty.path(), &blob).is_ok());
    }

    #[test]
    fn a_damaged_blob_is_no_mistake_of_the_user() {
        let store = repository_with(b"1,3\n");
        let empty = tempfile::tempdir().expect("a folder");
        let blob = |_: &Sha256Digest| Some(store.path().join("data/x.csv"));
        let error = LocatedInput::locate(wanted(b"1,2\n"), empty.path(), &blob)
            .expect_err("another content");
        assert!(error.is_damage(), "{error}");
        assert!(error.to_string().contains("in the store"), "{error}");
    }

    #[test]
    fn another_content_is_named() {
        let root = repository_with(b"1,3\n");
        let error = LocatedInput::locate(wanted(b"1,2\n"), root.path(), &|_| None)
            .expect_err("another content");
        assert!(matches!(error, InputError::Differs { .. }), "{error}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_file_that_the_container_cannot_read_is_refused_before_the_run() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

        let root = repository_with(b"1,2\n");
        let path = root.path().join("data/x.csv");
        if path.metadata().expect("there").uid() == 1000 {
            // What this user's own files allow is held by the rule's own test.
            return;
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("closed");
        let error = LocatedInput::locate(wanted(b"1,2\n"), root.path(), &|_| None)
            .expect_err("user 1000 cannot read it");
        assert!(matches!(error, InputError::Closed { .. }), "{error}");
        let hint = error.hint().expect("what to do");
        let path = path.canonicalize().expect("there");
        assert_eq!(hint, format!("chmod a+r {}", path.display()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).expect("opened");
        assert!(LocatedInput::locate(wanted(b"1,2\n"), root.path(), &|_| None).is_ok());
    }

    #[test]
    fn a_touch_that_puts_the_same_content_and_time_back_is_seen() {
        let root = repository_with(b"1,2\n");
        let path = root.path().join("data/x.csv");
        let located =
            LocatedInput::locate(wanted(b"1,2\n"), root.path(), &|_| None).expect("found");
        let modified = path
            .metadata()
            .and_then(|data| data.modified())
            .expect("a time");
        fs::write(&path, b"1,2\n").expect("written");
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(modified))
            .expect("time put back");
        assert!(!located.is_untouched());
    }
}
