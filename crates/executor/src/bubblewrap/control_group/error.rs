//! What can go wrong with control groups that are there.

use std::io;
use std::path::PathBuf;

/// What can go wrong with control groups that are there.
#[derive(Debug, thiserror::Error)]
pub enum ControlGroupError {
    /// A file of a group, or the list of groups, cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of a group does not say what it should.
    #[error("`{}` says `{text}`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it says.
        text: String,
    },
    /// The process to be limited is gone.
    #[error("process {process} ended before it could be put into its control group")]
    ProcessGone {
        /// Its number.
        process: i32,
    },
    /// A group stays.
    #[error("cannot remove the control group `{}`", path.display())]
    Remove {
        /// Its folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ControlGroupError {
    pub(super) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }
}
