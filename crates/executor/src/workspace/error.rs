//! What can go wrong with a workspace.

use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::workspace_path::WorkspacePath;

/// Why a workspace could not be made, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// A path that cannot stand among the options of an overlay mount.
    #[error("`{path}` cannot be part of an overlay mount")]
    OverlayPath {
        /// The path.
        path: PathBuf,
    },
    /// Something of the source stands where an input lands, or on the way there.
    #[error("the input at `{at}` cannot land: the source has something else at `{blocked_by}`")]
    MountPointBlocked {
        /// Where the input lands.
        at: WorkspacePath,
        /// What is in the way.
        blocked_by: String,
    },
    /// A file or folder could not be read, written or removed.
    #[error("cannot {action} `{path}`: {source}")]
    File {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl WorkspaceError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OverlayPath { .. } => Some(
                "move the repository to a path without `:`, `,`, `\\` and control characters"
                    .to_owned(),
            ),
            Self::MountPointBlocked { blocked_by, .. } => Some(format!(
                "change `at` of the input, or leave `{blocked_by}` out with `[source] include`"
            )),
            Self::File { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull => Some("free some space on the disk".to_owned()),
                io::ErrorKind::InvalidInput => Some(
                    "user 1000 is not known here: in a user namespace, map user and group 1000 too; or run as an ordinary user"
                        .to_owned(),
                ),
                io::ErrorKind::PermissionDenied => Some(
                    "the run's files belong to user 1000: whoever may use the engine can remove them"
                        .to_owned(),
                ),
                _ => None,
            },
        }
    }

    /// Whether another user's file or folder was in the way.
    pub fn is_permission_denied(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
    }

    pub(crate) fn file<E: Into<io::Error>>(
        action: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File {
            action,
            path,
            source: source.into(),
        }
    }
}
