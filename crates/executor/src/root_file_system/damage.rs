//! How a root file system is not what was unpacked.

use std::io;

/// What is wrong with a root file system; the paths are those of the image.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// Its index is missing, cut short or changed.
    #[error("the index of the root file system is damaged")]
    Index,
    /// Something is gone.
    #[error("`{0}` is missing in the root file system")]
    Missing(String),
    /// Something came.
    #[error("`{0}` does not belong in the root file system")]
    Extra(String),
    /// Something is not what it was.
    #[error("`{path}` in the root file system has changed: its {what} is another")]
    Changed {
        /// The path.
        path: String,
        /// What of it, of those compared the first: `size`.
        what: &'static str,
    },
    /// Something cannot be looked at.
    #[error("`{path}` in the root file system cannot be read")]
    Unreadable {
        /// The path.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Why the contents of a root file system are not known to be whole.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// They are not.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The user asked to stop.
    #[error("interrupted while checking the image's files")]
    Interrupted,
}

/// A path as messages show it.
pub(super) fn shown(folder: &[u8], name: &[u8]) -> String {
    let folder = String::from_utf8_lossy(folder);
    let name = String::from_utf8_lossy(name);
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => format!("/{name}"),
        (false, true) => format!("/{folder}"),
        (false, false) => format!("/{folder}/{name}"),
    }
}
