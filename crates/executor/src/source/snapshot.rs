//! Snapshots: the tracked files as they are now, as a commit.

use std::path::Path;

use git2::{Index, ObjectType, Oid};
use resow_manifest::identifiers::CommitId;
use resow_manifest::workspace_path::WorkspacePath;
use rustix::io::Errno;

use super::repository::{commit_id, oid_of};
use super::tree_object::{TreeEntryKind, TreeObjects, TreeRow, build_tree};
use super::work_file::WorkTree;
use super::{Repository, SourceError};

/// Where the references that keep snapshots are.
const REFERENCES: &str = "refs/resow/snapshots/";

/// The bits of an index entry's flags that say to which side of a conflict it belongs.
const STAGE_MASK: u16 = 0x3000;

/// Whether a snapshot outlives this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In the repository, under `refs/resow/snapshots/`.
    Reference,
    /// In memory: nothing is written.
    Memory,
}

/// The tracked files as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that holds them.
    pub commit: CommitId,
    /// Whether that is HEAD, since nothing differs from it.
    pub is_head: bool,
}

/// Content that the repository may not have, by hash.
type NewBlobs = Vec<(Oid, Vec<u8>)>;

impl Repository {
    /// The commit that holds the tracked files as they are in the work tree, and those named in `also` whether tracked
    /// or not: HEAD where nothing differs from it, else a new one.
    ///
    /// A new one has HEAD as its parent, and a fixed author, time and message, so that equal files give the equal
    /// commit. The index, HEAD and the work tree stay as they are. [`Keep::Memory`] makes it known to this
    /// [`Repository`] alone.
    ///
    /// # Errors
    /// Where a conflict is not resolved, a submodule has uncommitted changes, a tracked file was replaced by something
    /// without content, a path of `also` is unsafe, or something cannot be read or written.
    pub fn snapshot(&self, also: &[&str], keep: Keep) -> Result<Snapshot, SourceError> {
        let git = &self.objects.git;
        let head = self.head()?;
        let (rows, contents) = self.rows(also)?;
        let mut trees = TreeObjects::new();
        let root = build_tree(&rows, &mut trees).ok_or(SourceError::UnsafeName {
            path: ".".to_owned(),
            reason: "a file stands where another needs a folder",
        })?;
        if let Some(head) = &head
            && self.objects.tree_of(oid_of(head)?)? == root
        {
            return Ok(Snapshot {
                commit: head.clone(),
                is_head: true,
            });
        }
        let content = commit_content(root, head.as_ref());
        let commit = Oid::hash_object(ObjectType::Commit, &content)
            .map_err(SourceError::git("hash a commit"))?;
        let objects = contents
            .iter()
            .map(|(oid, content)| (*oid, ObjectType::Blob, content))
            .chain(
                trees
                    .iter()
                    .map(|(oid, content)| (*oid, ObjectType::Tree, content)),
            )
            .chain([(commit, ObjectType::Commit, &content)]);
        match keep {
            Keep::Memory => {
                for (oid, kind, content) in objects {
                    self.objects.memory().insert(oid, kind, content);
                }
            }
            Keep::Reference => {
                let odb = git.odb().map_err(SourceError::git("open the objects"))?;
                for (_, kind, content) in objects {
                    odb.write(kind, content)
                        .map_err(SourceError::git("write a snapshot"))?;
                }
                let name = format!("{REFERENCES}{commit}");
                if git.refname_to_id(&name).ok() != Some(commit) {
                    git.reference(&name, commit, true, "resow snapshot")
                        .map_err(SourceError::git("keep a snapshot"))?;
                }
            }
        }
        Ok(Snapshot {
            commit: commit_id(commit),
            is_head: false,
        })
    }

    /// What stands where, sorted by path, and the content of what the repository may not have.
    fn rows(&self, also: &[&str]) -> Result<(Vec<TreeRow>, NewBlobs), SourceError> {
        let mut rows = Vec::new();
        let mut contents = Vec::new();
        let mut index = self
            .objects
            .git
            .index()
            .map_err(SourceError::git("open the index"))?;
        // The time first: an index written in between is then newer than what is compared with it.
        let index_time = time_of(&index)?;
        index
            .read(false)
            .map_err(SourceError::git("read the index"))?;
        let mut work_tree = WorkTree::open(&self.objects, self.root(), index_time)?;
        for entry in index.iter() {
            if entry.flags & STAGE_MASK != 0 {
                return Err(SourceError::Unmerged {
                    path: String::from_utf8_lossy(&entry.path).into_owned(),
                });
            }
            if let Some(file) = work_tree.tracked(&entry)? {
                contents.extend(file.content.map(|content| (file.oid, content)));
                rows.push(TreeRow {
                    path: entry.path,
                    kind: file.kind,
                    oid: file.oid,
                });
            }
        }
        for path in also {
            let plain = path.parse::<WorkspacePath>().is_ok_and(|parsed| {
                parsed.as_str() == *path
                    && !path
                        .split('/')
                        .any(|component| component.eq_ignore_ascii_case(".git"))
            });
            if !plain {
                return Err(SourceError::UnsafeName {
                    path: (*path).to_owned(),
                    reason: "it is not a plain path inside the repository",
                });
            }
            let position = rows.binary_search_by(|row| row.path.as_slice().cmp(path.as_bytes()));
            if let Err(position) = position
                && let Some(file) = work_tree.untracked(path)?
            {
                debug_assert_ne!(file.kind, TreeEntryKind::Folder, "files alone are read");
                contents.extend(file.content.map(|content| (file.oid, content)));
                let row = TreeRow {
                    path: path.as_bytes().to_vec(),
                    kind: file.kind,
                    oid: file.oid,
                };
                rows.insert(position, row);
            }
        }
        Ok((rows, contents))
    }
}

/// When the index was last written; the earliest time where there is none.
fn time_of(index: &Index) -> Result<(i64, i64), SourceError> {
    let path = index.path().unwrap_or(Path::new("index"));
    match rustix::fs::stat(path) {
        Ok(stat) => Ok((stat.st_mtime, stat.st_mtime_nsec.cast_signed())),
        Err(Errno::NOENT) => Ok((i64::MIN, 0)),
        Err(error) => Err(SourceError::file("look at", path)(error)),
    }
}

/// The commit object: nothing in it depends on who takes the snapshot, or when.
fn commit_content(tree: Oid, parent: Option<&CommitId>) -> Vec<u8> {
    let parent = parent.map_or_else(String::new, |parent| format!("parent {parent}\n"));
    format!(
        "tree {tree}\n{parent}author resow <resow@localhost> 0 +0000\n\
         committer resow <resow@localhost> 0 +0000\n\nresow snapshot\n"
    )
    .into_bytes()
}
