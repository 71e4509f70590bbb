//! What a layer says: entries, and what they hide.

use resow_manifest::digest::Sha256Digest;

use super::attributes::Attributes;
use super::error::LayerError;
use super::layer_path::LayerPath;

/// Marks a name as hidden: `.wh.NAME` hides `NAME` of the layers below (OCI image specification, "Whiteouts").
const WHITEOUT: &[u8] = b".wh.";
/// Marks everything in a folder as hidden (OCI image specification, "Opaque Whiteout").
const OPAQUE: &[u8] = b".wh..wh..opq";
/// Other marks of the file system from which the convention comes; engines pass them over.
const OTHER_MARK: &[u8] = b".wh..wh.";

/// What an entry of a layer's tar is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Folder,
    File(FileContent),
    Symlink(Vec<u8>),
    HardLink(LayerPath),
    Fifo,
    /// Of no use in any sandbox: it only takes the place of what was there.
    Device,
}

/// Where in the archive a file's bytes lie, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileContent {
    /// In bytes from the start of the archive.
    pub(super) offset: u64,
    /// In bytes.
    pub(super) size: u64,
    pub(super) digest: Sha256Digest,
}

/// An entry of a layer's tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LayerEntry {
    pub(super) path: LayerPath,
    pub(super) kind: EntryKind,
    pub(super) attributes: Attributes,
}

/// What an entry does to the layers below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Puts this in its place.
    Put(LayerEntry),
    /// Hides what the layers below have here.
    Hide(LayerPath),
    /// Hides everything that the layers below have in this folder.
    HideAllIn(LayerPath),
    /// Nothing.
    Nothing,
}

impl Change {
    /// What `entry` means.
    ///
    /// # Errors
    /// When it hides no proper name, or lies beneath a mark.
    pub(super) fn read(entry: LayerEntry) -> Result<Self, LayerError> {
        let refused = |path: &LayerPath, problem| LayerError::Entry {
            path: path.to_string(),
            problem,
        };
        let Some((folder, name)) = entry.path.split() else {
            return match entry.kind {
                EntryKind::Folder => Ok(Self::Put(entry)),
                _ => Err(refused(&entry.path, "is the root, yet no folder")),
            };
        };
        if folder.components().any(|above| above.starts_with(WHITEOUT)) {
            return Err(refused(&entry.path, "lies beneath a whiteout"));
        }
        if name == OPAQUE {
            return Ok(Self::HideAllIn(folder));
        }
        if name.starts_with(OTHER_MARK) {
            return Ok(Self::Nothing);
        }
        match name.strip_prefix(WHITEOUT) {
            Some(b"" | b"." | b"..") => Err(refused(&entry.path, "hides no proper name")),
            Some(hidden) => Ok(Self::Hide(folder.join(hidden))),
            None => Ok(Self::Put(entry)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, kind: EntryKind) -> Result<Change, LayerError> {
        Change::read(LayerEntry {
            path: LayerPath::read(name.as_bytes()).expect("plain"),
            kind,
            attributes: Attributes::default(),
        })
    }

    fn path(name: &str) -> LayerPath {
        LayerPath::read(name.as_bytes()).expect("plain")
    }

    #[test]
    fn marks_hide_and_everything_else_is_put() {
        let hidden = change("a/.wh.b", EntryKind::Fifo).expect("a whiteout");
        assert_eq!(hidden, Change::Hide(path("a/b")));
        let hidden = change("a/.wh..wh..opq", EntryKind::Fifo).expect("a whiteout");
        assert_eq!(hidden, Change::HideAllIn(path("a")));
        let nothing = change(".wh..wh.plnk", EntryKind::Folder).expect("a mark");
        assert_eq!(nothing, Change::Nothing);
        let put = change("a/.who", EntryKind::Fifo).expect("a name");
        assert!(matches!(put, Change::Put(_)));
    }

    #[test]
    fn marks_without_a_proper_name_are_refused() {
        for name in ["a/.wh.", "a/.wh..", "a/.wh...", ".wh.a/b", ".wh..wh..opq/b"] {
            assert!(change(name, EntryKind::Fifo).is_err(), "{name}");
        }
        assert!(change("./", EntryKind::Fifo).is_err());
    }
}
