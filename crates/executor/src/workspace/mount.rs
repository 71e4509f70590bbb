//! How a workspace is mounted: what an engine needs to know of it.

use std::path::{Path, PathBuf};

use super::WorkspaceError;

/// The longest options that one page, as mount(2) takes them, safely holds.
const LONGEST_OPTIONS: usize = 4000;

/// What the engine mounts at `/workspace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkspaceMount {
    /// A mount of type `overlay`.
    Overlay {
        /// The export, never written.
        lower: PathBuf,
        /// What the run writes.
        upper: PathBuf,
        /// The kernel's own: a folder beside `upper`, empty and on its file system.
        work: PathBuf,
        /// The options of the mount, these three folders included.
        options: String,
    },
    /// A folder, bound as it is.
    Folder(PathBuf),
}

impl WorkspaceMount {
    /// An overlay of these folders, each given by an absolute path.
    ///
    /// # Errors
    /// Where a path cannot stand among a mount's options.
    pub fn overlay(lower: PathBuf, upper: PathBuf, work: PathBuf) -> Result<Self, WorkspaceError> {
        // With redirects or metadata-only copies the upper folder would no longer tell what changed.
        let mut options = format!(
            "lowerdir={},upperdir={},workdir={},redirect_dir=off,metacopy=off,index=off",
            option_text(&lower)?,
            option_text(&upper)?,
            option_text(&work)?
        );
        if marks_are_user_attributes() {
            options.push_str(",userxattr");
        }
        if options.len() > LONGEST_OPTIONS {
            return Err(WorkspaceError::OverlayPath { path: upper });
        }
        Ok(Self::Overlay {
            lower,
            upper,
            work,
            options,
        })
    }
}

/// The path as options can say it: they are split at commas, and folders at colons.
fn option_text(path: &Path) -> Result<&str, WorkspaceError> {
    path.to_str()
        .filter(|text| {
            text.starts_with('/')
                && !text.contains(|character: char| {
                    matches!(character, ':' | ',' | '\\' | '"') || character.is_control()
                })
        })
        .ok_or_else(|| WorkspaceError::OverlayPath {
            path: path.to_owned(),
        })
}

/// Without privileges, the kernel's own marks must be in attributes that such a process can read.
fn marks_are_user_attributes() -> bool {
    !rustix::process::geteuid().is_root()
}

/// The attribute by which the kernel marks a folder that hides the one below.
pub(super) fn opaque_attribute() -> &'static str {
    if marks_are_user_attributes() {
        "user.overlay.opaque"
    } else {
        "trusted.overlay.opaque"
    }
}
