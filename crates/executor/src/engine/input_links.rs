//! Links on the way to where an input lands.

use std::fs;
use std::path::{Path, PathBuf};

use resow_manifest::workspace_path::WorkspacePath;

use crate::engine::EngineError;
use crate::workspace::WorkspaceMount;

/// Refuses a link in the source on the way to an input: it would let the input land elsewhere.
pub(crate) fn refuse_links(
    workspace: &WorkspaceMount,
    at: &WorkspacePath,
) -> Result<(), EngineError> {
    let roots: Vec<&Path> = match workspace {
        WorkspaceMount::Folder(folder) => vec![folder],
        WorkspaceMount::Overlay { lower, upper, .. } => vec![lower, upper],
    };
    let mut link = PathBuf::new();
    for component in at.as_str().split('/') {
        link.push(component);
        let is_link = |root: &&Path| {
            fs::symlink_metadata(root.join(&link)).is_ok_and(|metadata| metadata.is_symlink())
        };
        if roots.iter().any(is_link) {
            return Err(EngineError::InputBehindLink {
                at: at.to_string(),
                link: link.display().to_string(),
            });
        }
    }
    Ok(())
}
