//! What is left of an image's layers, laid upon one another in memory.

use std::collections::BTreeMap;

use super::attributes::Attributes;
use super::error::LayerError;
use super::layer_entry::{Change, EntryKind, FileContent, LayerEntry};
use super::layer_path::LayerPath;

/// The most memory for entries, in bytes: room for some three million of usual length.
const MOST_MEMORY: usize = 1 << 30;
/// What an entry takes besides its names and attributes.
const ENTRY_MEMORY: usize = 256;

/// A file, folder or link, which may have several names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

/// What a node is.
#[derive(Debug)]
pub(super) enum NodeKind {
    Folder(BTreeMap<Box<[u8]>, NodeId>),
    File(FileContent),
    Symlink(Box<[u8]>),
    Fifo,
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) attributes: Attributes,
    /// How many names it was ever given: of those with one, no name need be remembered.
    pub(super) names: usize,
}

/// A root file system in memory, its files' contents still in the archive.
///
/// What was hidden or replaced stays in `nodes`, without a name: all entries together are limited anyway.
#[derive(Debug)]
pub(super) struct MergedTree {
    nodes: Vec<Node>,
    memory: usize,
}

impl MergedTree {
    /// An empty root.
    pub(super) const ROOT: NodeId = NodeId(0);

    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node {
                kind: NodeKind::Folder(BTreeMap::new()),
                attributes: Attributes::default(),
                names: 1,
            }],
            memory: 0,
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Lays a layer upon what is there: first what it hides, which is of the layers below only, then what it has.
    pub(super) fn apply(
        &mut self,
        changes: &mut dyn Iterator<Item = Result<Change, LayerError>>,
    ) -> Result<(), LayerError> {
        let mut entries = Vec::new();
        for change in changes {
            match change? {
                Change::Hide(path) => self.hide(&path),
                Change::HideAllIn(folder) => self.hide_all_in(&folder),
                Change::Put(entry) => {
                    self.count(entry.path.as_bytes().len() + entry.attributes.memory())?;
                    entries.push(entry);
                }
                Change::Nothing => {}
            }
        }
        for entry in entries {
            self.put(entry)?;
        }
        Ok(())
    }

    /// What is at `path`, following nothing.
    pub(super) fn find(&self, path: &LayerPath) -> Option<NodeId> {
        path.components()
            .try_fold(Self::ROOT, |folder, name| match &self.node(folder).kind {
                NodeKind::Folder(names) => names.get(name).copied(),
                _ => None,
            })
    }

    /// Puts an entry in its place, in place of what was there.
    pub(super) fn put(&mut self, entry: LayerEntry) -> Result<(), LayerError> {
        let Some((folder, name)) = entry.path.split() else {
            self.nodes[Self::ROOT.0].attributes = entry.attributes;
            return Ok(());
        };
        let folder = self.make_folders(&folder, &entry.path)?;
        let node = match entry.kind {
            EntryKind::HardLink(target) => self.linked(&entry.path, &target)?,
            EntryKind::Device => {
                self.names_in(folder).map(|names| names.remove(name));
                return Ok(());
            }
            EntryKind::Folder => {
                let there = self
                    .names_in(folder)
                    .and_then(|names| names.get(name).copied());
                if let Some(there) = there
                    && self.names_in(there).is_some()
                {
                    self.nodes[there.0].attributes = entry.attributes;
                    return Ok(());
                }
                self.add(NodeKind::Folder(BTreeMap::new()), entry.attributes)
            }
            EntryKind::File(content) => self.add(NodeKind::File(content), entry.attributes),
            EntryKind::Symlink(target) => {
                self.count(target.len())?;
                self.add(NodeKind::Symlink(target.into()), entry.attributes)
            }
            EntryKind::Fifo => self.add(NodeKind::Fifo, entry.attributes),
        };
        self.name(folder, name, node);
        Ok(())
    }

    fn hide(&mut self, path: &LayerPath) {
        if let Some((folder, name)) = path.split()
            && let Some(folder) = self.find(&folder)
            && let Some(names) = self.names_in(folder)
        {
            names.remove(name);
        }
    }

    fn hide_all_in(&mut self, folder: &LayerPath) {
        if let Some(folder) = self.find(folder)
            && let Some(names) = self.names_in(folder)
        {
            names.clear();
        }
    }

    /// The file, link or FIFO that a hard link names.
    fn linked(&mut self, path: &LayerPath, target: &LayerPath) -> Result<NodeId, LayerError> {
        match self.find(target) {
            Some(node) if self.names_in(node).is_none() => Ok(node),
            _ => Err(LayerError::HardLink {
                path: path.to_string(),
                target: target.to_string(),
            }),
        }
    }

    /// The folder at `path`, made with those above it where nothing is there.
    fn make_folders(
        &mut self,
        path: &LayerPath,
        beneath: &LayerPath,
    ) -> Result<NodeId, LayerError> {
        let mut folder = Self::ROOT;
        for (depth, name) in path.components().enumerate() {
            let there = self
                .names_in(folder)
                .and_then(|names| names.get(name).copied());
            folder = match there {
                Some(next) if self.names_in(next).is_some() => next,
                Some(_) => {
                    let above = path.components().take(depth + 1);
                    let above = above.fold(LayerPath::default(), |above, name| above.join(name));
                    return Err(LayerError::Beneath {
                        path: beneath.to_string(),
                        above: above.to_string(),
                    });
                }
                None => {
                    self.count(name.len())?;
                    let made = NodeKind::Folder(BTreeMap::new());
                    let made = self.add(made, Attributes::default());
                    self.name(folder, name, made);
                    made
                }
            };
        }
        Ok(folder)
    }

    fn names_in(&mut self, folder: NodeId) -> Option<&mut BTreeMap<Box<[u8]>, NodeId>> {
        match &mut self.nodes[folder.0].kind {
            NodeKind::Folder(names) => Some(names),
            _ => None,
        }
    }

    fn add(&mut self, kind: NodeKind, attributes: Attributes) -> NodeId {
        self.nodes.push(Node {
            kind,
            attributes,
            names: 0,
        });
        NodeId(self.nodes.len() - 1)
    }

    fn name(&mut self, folder: NodeId, name: &[u8], node: NodeId) {
        self.nodes[node.0].names += 1;
        if let Some(names) = self.names_in(folder) {
            names.insert(name.into(), node);
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), LayerError> {
        self.memory += bytes + ENTRY_MEMORY;
        if self.memory > MOST_MEMORY {
            return Err(LayerError::TooMany);
        }
        Ok(())
    }

    /// How many files and bytes are left to be written.
    pub(super) fn size(&self) -> TreeSize {
        let mut size = TreeSize::default();
        let mut seen = vec![false; self.nodes.len()];
        let mut pending = vec![Self::ROOT];
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut seen[id.0], true) {
                continue;
            }
            size.entries += 1;
            match &self.node(id).kind {
                NodeKind::Folder(names) => pending.extend(names.values()),
                NodeKind::File(content) => size.bytes += content.size,
                NodeKind::Symlink(_) | NodeKind::Fifo => {}
            }
        }
        size
    }
}

/// How large a tree is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TreeSize {
    /// Files, folders and links, each once however many names it has.
    pub(super) entries: u64,
    /// The content of all files.
    pub(super) bytes: u64,
}
