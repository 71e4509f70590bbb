//! The paths of a root file system and what lies at each.

use std::collections::BTreeMap;

use super::path::RootPath;
use super::spool::Content;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    /// Two files with one content are hard links.
    File(Content),
    Symlink(String),
}

/// What lies at a path, with its permissions and owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) user: u32,
    pub(crate) group: u32,
    /// In which layer it is, from 0.
    pub(crate) layer: usize,
    /// What brought it: a package's name.
    pub(crate) origin: String,
    /// Whether it stands only because something is beneath it.
    implied: bool,
}

/// Why an entry cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Something is already there, and it is not the same.
    #[error("`{path}` is already there, from `{origin}`")]
    Occupied {
        /// The path.
        path: String,
        /// What brought the first.
        origin: String,
    },
    /// It would be written through a link, or beneath a file.
    #[error("`{path}` lies beneath `{above}`, which is no folder but came from `{origin}`")]
    NotInFolder {
        /// The path.
        path: String,
        /// The link or file above it.
        above: String,
        /// What brought that.
        origin: String,
    },
    /// The names of all paths together take more memory than those of any image.
    #[error("there are too many paths, or too long ones")]
    TooMany,
    /// A hard link names what is not a file of the same package.
    #[error("`{path}` is a hard link to `{target}`, which is no file before it")]
    HardLink {
        /// The path.
        path: String,
        /// What it names.
        target: String,
    },
}

/// A root file system.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    entries: BTreeMap<RootPath, Entry>,
    layer: usize,
    /// About how many bytes of memory the entries take.
    memory: usize,
}

/// The most memory for entries, in bytes: room for some four million of usual length.
const MOST_MEMORY: usize = 1 << 30;
/// What an entry takes besides its path.
const ENTRY_MEMORY: usize = 176;

/// Mode bits that are kept on files: no set-user-id, set-group-id or sticky bit.
const FILE_MODE: u32 = 0o777;
/// Mode bits that are kept on folders: the sticky bit stays, for `/tmp`.
const FOLDER_MODE: u32 = 0o1777;
/// Debian hands out the ids 0 to 99 globally and for ever; any other means nothing in another image.
const GLOBAL_IDS: std::ops::Range<u64> = 0..100;

/// Who owns an entry, as a package says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owner {
    pub(crate) user: u64,
    pub(crate) group: u64,
}

impl Tree {
    /// Puts what is added from here on into the next layer.
    pub(crate) fn next_layer(&mut self) {
        self.layer += 1;
    }

    /// Adds a folder; one that is there already stays as it is.
    pub(crate) fn folder(
        &mut self,
        path: RootPath,
        mode: u32,
        owner: Owner,
        origin: &str,
    ) -> Result<(), TreeError> {
        self.insert(path, Kind::Folder, mode & FOLDER_MODE, owner, origin)
    }

    /// Adds a file.
    pub(crate) fn file(
        &mut self,
        path: RootPath,
        content: Content,
        mode: u32,
        owner: Owner,
        origin: &str,
    ) -> Result<(), TreeError> {
        self.insert(path, Kind::File(content), mode & FILE_MODE, owner, origin)
    }

    /// Adds a symbolic link, whose target was checked.
    pub(crate) fn symlink(
        &mut self,
        path: RootPath,
        target: String,
        origin: &str,
    ) -> Result<(), TreeError> {
        self.insert(path, Kind::Symlink(target), 0o777, Owner::default(), origin)
    }

    /// Adds a hard link to a file of the same package.
    pub(crate) fn hard_link(
        &mut self,
        path: RootPath,
        target: &RootPath,
        origin: &str,
    ) -> Result<(), TreeError> {
        let Some(Entry {
            kind: Kind::File(content),
            mode,
            user,
            group,
            ..
        }) = self
            .entries
            .get(target)
            .filter(|entry| entry.origin == origin)
        else {
            return Err(TreeError::HardLink {
                path: path.to_string(),
                target: target.to_string(),
            });
        };
        let owner = Owner {
            user: u64::from(*user),
            group: u64::from(*group),
        };
        self.file(path, *content, *mode, owner, origin)
    }

    /// What lies at `path`.
    pub(crate) fn get(&self, path: &RootPath) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// What a layer must hold: its entries, and the folders above them, sorted.
    pub(crate) fn of_layer(&self, layer: usize) -> BTreeMap<&RootPath, &Entry> {
        let mut selected = BTreeMap::new();
        for (path, entry) in &self.entries {
            if entry.layer != layer {
                continue;
            }
            selected.insert(path, entry);
            for above in path.ancestors() {
                if let Some((above, entry)) = self.entries.get_key_value(&above) {
                    selected.insert(above, entry);
                }
            }
        }
        selected
    }

    fn insert(
        &mut self,
        path: RootPath,
        kind: Kind,
        mode: u32,
        owner: Owner,
        origin: &str,
    ) -> Result<(), TreeError> {
        self.make_folders_above(&path, origin)?;
        let entry = Entry {
            kind,
            mode,
            user: global_id(owner.user),
            group: global_id(owner.group),
            layer: self.layer,
            origin: origin.to_owned(),
            implied: false,
        };
        match self.entries.get_mut(&path) {
            None => self.add(path, entry)?,
            Some(there) if is_same(there, &entry) => {
                if there.implied && there.layer == entry.layer {
                    *there = entry;
                }
            }
            Some(there) => {
                return Err(TreeError::Occupied {
                    path: path.to_string(),
                    origin: there.origin.clone(),
                });
            }
        }
        Ok(())
    }

    fn make_folders_above(&mut self, path: &RootPath, origin: &str) -> Result<(), TreeError> {
        for above in path.ancestors() {
            match self.entries.get(&above) {
                Some(entry) if entry.kind == Kind::Folder => {}
                Some(entry) => {
                    return Err(TreeError::NotInFolder {
                        path: path.to_string(),
                        above: above.to_string(),
                        origin: entry.origin.clone(),
                    });
                }
                None => {
                    let entry = Entry {
                        kind: Kind::Folder,
                        mode: 0o755,
                        user: 0,
                        group: 0,
                        layer: self.layer,
                        origin: origin.to_owned(),
                        implied: true,
                    };
                    self.add(above, entry)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, path: RootPath, entry: Entry) -> Result<(), TreeError> {
        let target = match &entry.kind {
            Kind::Symlink(target) => target.len(),
            Kind::Folder | Kind::File(_) => 0,
        };
        self.memory += path.as_str().len() + entry.origin.len() + target + ENTRY_MEMORY;
        if self.memory > MOST_MEMORY {
            return Err(TreeError::TooMany);
        }
        self.entries.insert(path, entry);
        Ok(())
    }
}

/// Whether two packages agree on what lies at a path. The first folder's permissions win.
fn is_same(left: &Entry, right: &Entry) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Folder, Kind::Folder) => true,
        (Kind::Symlink(left), Kind::Symlink(right)) => left == right,
        (Kind::File(left_content), Kind::File(right_content)) => {
            left_content.digest == right_content.digest && left.mode == right.mode
        }
        _ => false,
    }
}

/// Ids beyond Debian's global ones become root's, but for the image's own user.
fn global_id(id: u64) -> u32 {
    let kept = GLOBAL_IDS.contains(&id) || id == u64::from(super::finishing::USER);
    u32::try_from(id).ok().filter(|_| kept).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use resow_manifest::digest::Sha256Digest;

    fn path(text: &str) -> RootPath {
        RootPath::from_absolute(text).expect("a plain path")
    }

    fn content(bytes: &[u8], offset: u64) -> Content {
        Content {
            offset,
            length: bytes.len() as u64,
            digest: Sha256Digest::of(bytes),
        }
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let mut tree = Tree::default();
        tree.symlink(path("/usr/lib/a"), "/etc".into(), "first")
            .expect("free");
        let error = tree
            .file(
                path("/usr/lib/a/passwd"),
                content(b"", 0),
                0o644,
                Owner::default(),
                "second",
            )
            .expect_err("through a link");
        assert!(matches!(error, TreeError::NotInFolder { .. }), "{error}");
        let error = tree
            .folder(path("/usr/lib/a"), 0o755, Owner::default(), "second")
            .expect_err("a link is no folder");
        assert!(matches!(error, TreeError::Occupied { .. }), "{error}");
    }

    #[test]
    fn the_same_file_twice_is_one_and_another_is_refused() {
        let mut tree = Tree::default();
        let owner = Owner::default();
        tree.file(path("/a"), content(b"x", 0), 0o644, owner, "first")
            .expect("free");
        tree.file(path("/a"), content(b"x", 1), 0o644, owner, "second")
            .expect("the same");
        assert!(
            tree.file(path("/a"), content(b"y", 2), 0o644, owner, "second")
                .is_err()
        );
        assert!(
            tree.file(path("/a"), content(b"x", 3), 0o755, owner, "second")
                .is_err()
        );
    }

    #[test]
    fn set_user_id_and_foreign_owners_are_dropped() {
        let mut tree = Tree::default();
        let owner = Owner {
            user: 104,
            group: 42,
        };
        tree.file(
            path("/usr/bin/su"),
            content(b"x", 0),
            0o6755,
            owner,
            "package",
        )
        .expect("free");
        let entry = tree.get(&path("/usr/bin/su")).expect("there");
        assert_eq!((entry.mode, entry.user, entry.group), (0o755, 0, 42));
    }

    #[test]
    fn a_hard_link_names_a_file_of_the_same_package() {
        let mut tree = Tree::default();
        tree.file(
            path("/a"),
            content(b"x", 0),
            0o755,
            Owner::default(),
            "first",
        )
        .expect("free");
        tree.hard_link(path("/b"), &path("/a"), "first")
            .expect("a file");
        assert!(tree.hard_link(path("/c"), &path("/a"), "second").is_err());
        assert!(
            tree.hard_link(path("/c"), &path("/nothing"), "first")
                .is_err()
        );
    }

    #[test]
    fn a_layer_brings_the_folders_above_its_entries() {
        let mut tree = Tree::default();
        tree.folder(path("/opt"), 0o700, Owner::default(), "first")
            .expect("free");
        tree.folder(path("/srv"), 0o755, Owner::default(), "first")
            .expect("free");
        tree.next_layer();
        tree.file(
            path("/opt/a"),
            content(b"x", 0),
            0o644,
            Owner::default(),
            "second",
        )
        .expect("free");
        let names: Vec<_> = tree.of_layer(1).keys().map(|path| path.as_str()).collect();
        assert_eq!(names, ["opt", "opt/a"]);
        assert_eq!(tree.of_layer(1)[&path("/opt")].mode, 0o700);
    }
}
