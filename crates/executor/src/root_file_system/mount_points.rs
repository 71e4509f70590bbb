//! What sandboxes mount onto, made where an image lacks it.

use resow_manifest::digest::Sha256Digest;
use resow_seeding::places;

use super::attributes::Attributes;
use super::error::{LayerError, RootFileSystemError};
use super::layer_entry::{EntryKind, FileContent, LayerEntry};
use super::layer_path::LayerPath;
use super::merged_tree::{MergedTree, NodeKind};

/// Folders without which no sandbox starts.
const FOLDERS: [&str; 10] = [
    "/proc",
    "/dev",
    "/sys",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/tmp",
    "/workspace",
    "/home/resow",
    "/run/resow",
    places::FOLDER,
];
/// Files without which no sandbox starts.
const FILES: [&str; 3] = [
    "/run/resow/parameters.json",
    places::EVENTS,
    places::OCCURRENCES,
];
/// Files that are mounted onto where that can be done.
pub(super) const OPTIONAL_FILES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// Whether `path` is mounted onto in some sandbox. The layer's own folder has a file where the trace is.
pub(super) fn is_known(path: &str) -> bool {
    path == places::TRACE
        || FOLDERS
            .iter()
            .chain(&FILES)
            .chain(&OPTIONAL_FILES)
            .any(|known| *known == path)
}

/// Makes what is missing; returns those of the optional ones that cannot be mounted onto.
///
/// # Errors
/// When the image has something else where sandboxes mount.
pub(super) fn make(tree: &mut MergedTree) -> Result<Vec<String>, RootFileSystemError> {
    for path in FOLDERS {
        let mode = if path == "/tmp" { 0o1777 } else { 0o755 };
        ensure(tree, path, EntryKind::Folder, mode)
            .map_err(|problem| RootFileSystemError::MountPoint { path, problem })?;
    }
    for path in FILES {
        ensure(tree, path, empty(), 0o644)
            .map_err(|problem| RootFileSystemError::MountPoint { path, problem })?;
    }
    let absent = OPTIONAL_FILES
        .into_iter()
        .filter(|path| ensure(tree, path, empty(), 0o644).is_err());
    Ok(absent.map(str::to_owned).collect())
}

/// Makes what is missing at `path`, or says why it cannot be mounted onto.
fn ensure(tree: &mut MergedTree, path: &str, kind: EntryKind, mode: u32) -> Result<(), String> {
    let told = |error: LayerError| error.to_string();
    let path = LayerPath::read(path.as_bytes()).map_err(told)?;
    let mut above = LayerPath::default();
    for name in path.components() {
        above = above.join(name);
        let Some(there) = tree.find(&above) else {
            break;
        };
        let problem = match (&tree.node(there).kind, &kind) {
            (NodeKind::Symlink(target), _) => format!(
                "is reached through the symbolic link `{above}` to `{}`",
                String::from_utf8_lossy(target)
            ),
            (NodeKind::Folder(_), EntryKind::Folder) => continue,
            (NodeKind::Folder(_), _) if above != path => continue,
            (NodeKind::File(_), EntryKind::File(_)) if above == path => continue,
            (_, EntryKind::Folder) => format!("needs `{above}` to be a folder"),
            _ => format!("needs `{above}` to be another kind of file"),
        };
        return Err(problem);
    }
    if tree.find(&path).is_some() {
        return Ok(());
    }
    let attributes = Attributes {
        mode,
        ..Attributes::default()
    };
    let entry = LayerEntry {
        path,
        kind,
        attributes,
    };
    tree.put(entry).map_err(told)
}

fn empty() -> EntryKind {
    EntryKind::File(FileContent {
        offset: 0,
        size: 0,
        digest: Sha256Digest::of(b""),
    })
}
