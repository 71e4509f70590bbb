//! Tree objects as git stores them: read strictly, written in git's order.

use std::collections::HashMap;

use git2::{ObjectType, Oid};

/// The bits of a mode that say what an entry is.
const KIND_MASK: u32 = 0o170_000;

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TreeEntryKind {
    File,
    Executable,
    Link,
    Folder,
    Submodule,
}

impl TreeEntryKind {
    /// The kind with this mode; `None` for modes that git never writes.
    ///
    /// As git does, any file whose owner may execute it is executable, and other permission bits mean nothing.
    pub(crate) fn of_mode(mode: u32) -> Option<Self> {
        match mode & KIND_MASK {
            0o100_000 if mode & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            0o120_000 => Some(Self::Link),
            0o040_000 => Some(Self::Folder),
            0o160_000 => Some(Self::Submodule),
            _ => None,
        }
    }

    /// The mode as tree objects write it.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
            Self::Folder => "40000",
            Self::Submodule => "160000",
        }
    }
}

/// One entry as it stands in a tree object.
pub(crate) struct RawTreeEntry<'a> {
    pub(crate) mode: u32,
    pub(crate) name: &'a [u8],
    pub(crate) oid: Oid,
}

/// The entries of a tree object, or what is wrong with it.
pub(crate) fn parse_tree(mut content: &[u8]) -> Result<Vec<RawTreeEntry<'_>>, &'static str> {
    const TRUNCATED: &str = "the tree ends within an entry";
    let mut entries = Vec::new();
    while !content.is_empty() {
        let space = content
            .iter()
            .position(|byte| *byte == b' ')
            .ok_or(TRUNCATED)?;
        let mode = std::str::from_utf8(&content[..space])
            .ok()
            .and_then(|text| u32::from_str_radix(text, 8).ok())
            .ok_or("a mode is not an octal number")?;
        let rest = &content[space + 1..];
        let end = rest.iter().position(|byte| *byte == 0).ok_or(TRUNCATED)?;
        let hash = rest.get(end + 1..end + 21).ok_or(TRUNCATED)?;
        entries.push(RawTreeEntry {
            mode,
            name: &rest[..end],
            oid: Oid::from_bytes(hash).map_err(|_| TRUNCATED)?,
        });
        content = &rest[end + 21..];
    }
    Ok(entries)
}

/// A path of a snapshot and what stands there.
#[derive(Clone, Debug)]
pub(crate) struct TreeRow {
    pub(crate) path: Vec<u8>,
    pub(crate) kind: TreeEntryKind,
    pub(crate) oid: Oid,
}

/// Tree objects by hash, not yet written anywhere.
pub(crate) type TreeObjects = HashMap<Oid, Vec<u8>>;

/// The root tree of these rows, which are sorted by path; all its trees go into `trees`.
///
/// Two rows with one name, or a file where another row needs a folder, give `None`.
pub(crate) fn build_tree(rows: &[TreeRow], trees: &mut TreeObjects) -> Option<Oid> {
    build_folder(rows, 0, trees)
}

fn build_folder(rows: &[TreeRow], start: usize, trees: &mut TreeObjects) -> Option<Oid> {
    let mut entries: Vec<(Vec<u8>, TreeEntryKind, Oid)> = Vec::new();
    let mut index = 0;
    while index < rows.len() {
        let rest = &rows[index].path[start..];
        let Some(slash) = rest.iter().position(|byte| *byte == b'/') else {
            entries.push((rest.to_vec(), rows[index].kind, rows[index].oid));
            index += 1;
            continue;
        };
        let prefix = &rows[index].path[..=start + slash];
        let end = index
            + rows[index..]
                .iter()
                .take_while(|row| row.path.starts_with(prefix))
                .count();
        let oid = build_folder(&rows[index..end], start + slash + 1, trees)?;
        entries.push((rest[..slash].to_vec(), TreeEntryKind::Folder, oid));
        index = end;
    }
    let mut names: Vec<_> = entries.iter().map(|(name, ..)| name.as_slice()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return None;
    }
    entries.sort_by_cached_key(|(name, kind, _)| sort_key(name, *kind));
    let mut content = Vec::new();
    for (name, kind, oid) in &entries {
        content.extend_from_slice(kind.mode().as_bytes());
        content.push(b' ');
        content.extend_from_slice(name);
        content.push(0);
        content.extend_from_slice(oid.as_bytes());
    }
    let oid = Oid::hash_object(ObjectType::Tree, &content).ok()?;
    trees.insert(oid, content);
    Some(oid)
}

/// Git sorts folders as if their names ended in `/`.
fn sort_key(name: &[u8], kind: TreeEntryKind) -> Vec<u8> {
    let mut key = name.to_vec();
    if kind == TreeEntryKind::Folder {
        key.push(b'/');
    }
    key
}
