//! What enters from a commit, by path, before its content is read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid};
use resow_manifest::identifiers::CommitId;
use resow_manifest::source_tree::SourceKind;
use resow_manifest::workspace_path::WorkspacePath;

use super::objects::{Memory, Objects, damaged};
use super::repository::oid_of;
use super::selection::IncludeMatcher;
use super::submodule::{find_submodule, read_declarations};
use super::tree_object::{TreeEntryKind, parse_tree};
use super::{Repository, Selection, SourceError, lfs};

/// A tree with more entries is taken for an attack: a few kilobytes of objects can describe billions of paths.
const MOST_ENTRIES: usize = 1_000_000;

/// Everything that enters from a commit.
pub struct SelectedTree {
    pub(crate) entries: Vec<SelectedEntry>,
    /// The git folders that the entries' objects are in: the repository's own, then its submodules'.
    pub(crate) git_folders: Vec<PathBuf>,
    /// Objects of the first repository that are in memory alone.
    pub(crate) memory: Memory,
}

/// One file or link that enters.
pub struct SelectedEntry {
    pub(crate) path: WorkspacePath,
    pub(crate) kind: SourceKind,
    pub(crate) oid: Oid,
    pub(crate) repository: usize,
    /// Whether a Git LFS pointer here stands for other content.
    pub(crate) may_be_pointer: bool,
}

impl SelectedEntry {
    /// Where it lands.
    pub fn path(&self) -> &WorkspacePath {
        &self.path
    }
}

impl SelectedTree {
    /// What enters, in no promised order.
    pub fn entries(&self) -> &[SelectedEntry] {
        &self.entries
    }
}

impl Repository {
    /// What enters the workspace from a commit.
    ///
    /// # Errors
    /// Where a pattern matches nothing, nothing enters, a name is unsafe or not UTF-8, a submodule is not here, or an
    /// object is missing or damaged.
    pub fn select(
        &self,
        commit: &CommitId,
        selection: &Selection,
    ) -> Result<SelectedTree, SourceError> {
        let mut walk = Walk {
            selection,
            matchers: selection.include.iter().map(IncludeMatcher::new).collect(),
            hits: vec![false; selection.include.len()],
            seen: 0,
            entries: Vec::new(),
            git_folders: vec![self.objects.git.path().to_owned()],
        };
        let root = self.objects.tree_of(oid_of(commit)?)?;
        walk.repository(
            &self.objects,
            Some(self.root()),
            0,
            Folder {
                oid: root,
                path: String::new(),
                covered: selection.include.is_empty(),
                lfs: false,
            },
        )?;
        if let Some(missed) = walk.hits.iter().position(|hit| !hit) {
            let pattern = &selection.include[missed];
            let untracked = self
                .untracked_covered(std::slice::from_ref(pattern))
                .ok()
                .and_then(|paths| paths.into_iter().next());
            return Err(SourceError::NothingMatches {
                pattern: pattern.to_string(),
                commit: commit.short().to_owned(),
                untracked,
            });
        }
        if walk.entries.is_empty() {
            return Err(SourceError::NothingEnters {
                commit: commit.short().to_owned(),
            });
        }
        Ok(SelectedTree {
            entries: walk.entries,
            git_folders: walk.git_folders,
            memory: self.objects.memory().clone(),
        })
    }
}

/// A folder whose tree is still to be read.
struct Folder {
    oid: Oid,
    /// Empty for the root.
    path: String,
    /// Whether `include` covers it as a whole.
    covered: bool,
    /// Whether attributes above it mention Git LFS.
    lfs: bool,
}

struct Walk<'a> {
    selection: &'a Selection,
    matchers: Vec<IncludeMatcher>,
    hits: Vec<bool>,
    seen: usize,
    entries: Vec<SelectedEntry>,
    git_folders: Vec<PathBuf>,
}

/// A submodule that enters at least in part.
struct PendingSubmodule {
    commit: Oid,
    path: String,
    covered: bool,
}

impl Walk<'_> {
    /// Reads one repository's tree from `start` on, then the submodules in it.
    fn repository(
        &mut self,
        objects: &Objects,
        root: Option<&Path>,
        index: usize,
        start: Folder,
    ) -> Result<(), SourceError> {
        let prefix = start.path.clone();
        let declarations = self.declarations(objects, start.oid, &prefix)?;
        let mut submodules = Vec::new();
        let mut pending = vec![start];
        while let Some(folder) = pending.pop() {
            let place = if folder.path.is_empty() {
                "the root folder"
            } else {
                &folder.path
            };
            let content = objects.read(folder.oid, ObjectType::Tree, place, <[u8]>::to_vec)?;
            self.folder(
                objects,
                index,
                &folder,
                &content,
                &mut pending,
                &mut submodules,
            )?;
        }
        for submodule in submodules {
            let inner = submodule
                .path
                .strip_prefix(&prefix)
                .unwrap_or(&submodule.path)
                .trim_start_matches('/');
            let inside = find_submodule(
                objects,
                root,
                &declarations,
                inner,
                &submodule.path,
                submodule.commit,
            )?;
            self.git_folders.push(inside.git.path().to_owned());
            let oid = inside.tree_of(submodule.commit)?;
            let work_tree = inside.git.workdir().map(Path::to_owned);
            self.repository(
                &inside,
                work_tree.as_deref(),
                self.git_folders.len() - 1,
                Folder {
                    oid,
                    path: submodule.path,
                    covered: submodule.covered,
                    lfs: false,
                },
            )?;
        }
        Ok(())
    }

    fn declarations(
        &self,
        objects: &Objects,
        root: Oid,
        place: &str,
    ) -> Result<Vec<u8>, SourceError> {
        let blob = objects.read(root, ObjectType::Tree, place, |content| {
            parse_tree(content).ok().and_then(|entries| {
                entries
                    .iter()
                    .find(|entry| entry.name == b".gitmodules")
                    .map(|entry| entry.oid)
            })
        })?;
        Ok(read_declarations(objects, blob))
    }

    fn folder(
        &mut self,
        objects: &Objects,
        repository: usize,
        folder: &Folder,
        content: &[u8],
        pending: &mut Vec<Folder>,
        submodules: &mut Vec<PendingSubmodule>,
    ) -> Result<(), SourceError> {
        let entries = parse_tree(content)
            .map_err(|reason| damaged(folder.oid, &folder.path, reason.to_owned()))?;
        self.seen += entries.len();
        if self.seen > MOST_ENTRIES {
            return Err(SourceError::TooManyEntries {
                limit: MOST_ENTRIES,
            });
        }
        let lfs = folder.lfs
            || entries
                .iter()
                .find(|entry| entry.name == b".gitattributes")
                .is_some_and(|entry| {
                    read_attributes(objects, entry.oid).is_some_and(|text| lfs::mentions_lfs(&text))
                });
        let mut names = HashSet::with_capacity(entries.len());
        for entry in &entries {
            let name = String::from_utf8_lossy(entry.name);
            let path = if folder.path.is_empty() {
                name.to_string()
            } else {
                format!("{}/{name}", folder.path)
            };
            let covered = self.covers(&path, folder.covered);
            let reached = covered
                || self
                    .matchers
                    .iter()
                    .any(|matcher| matcher.reaches_into(&path));
            if !reached {
                continue;
            }
            check_name(entry.name, &path)?;
            if !names.insert(entry.name) {
                return Err(SourceError::UnsafeName {
                    path,
                    reason: "the tree has the name twice",
                });
            }
            let kind = TreeEntryKind::of_mode(entry.mode).ok_or(SourceError::UnsupportedMode {
                path: path.clone(),
                mode: entry.mode,
            })?;
            let kind = match kind {
                TreeEntryKind::Folder => {
                    if !self.keeps_out_folder(&path) {
                        pending.push(Folder {
                            oid: entry.oid,
                            path,
                            covered,
                            lfs,
                        });
                    }
                    continue;
                }
                TreeEntryKind::Submodule => {
                    if !self.keeps_out_folder(&path) {
                        submodules.push(PendingSubmodule {
                            commit: entry.oid,
                            path,
                            covered,
                        });
                    }
                    continue;
                }
                TreeEntryKind::File => SourceKind::File,
                TreeEntryKind::Executable => SourceKind::Executable,
                TreeEntryKind::Link => SourceKind::Link,
            };
            if !covered {
                continue;
            }
            let path: WorkspacePath = path.parse().map_err(|_| SourceError::UnsafeName {
                path,
                reason: "it is not a plain path of at most 4096 bytes",
            })?;
            if !self.selection.is_kept_out(&path) {
                self.entries.push(SelectedEntry {
                    path,
                    kind,
                    oid: entry.oid,
                    repository,
                    may_be_pointer: lfs && kind != SourceKind::Link,
                });
            }
        }
        Ok(())
    }

    /// Whether the path is covered, by itself or since its folder is; notes which patterns matched.
    fn covers(&mut self, path: &str, folder_is_covered: bool) -> bool {
        let mut covered = folder_is_covered;
        for (matcher, hit) in self.matchers.iter().zip(&mut self.hits) {
            if (!*hit || !covered) && matcher.names(path) {
                *hit = true;
                covered = true;
            }
        }
        covered
    }

    fn keeps_out_folder(&self, path: &str) -> bool {
        path.parse::<WorkspacePath>()
            .is_ok_and(|path| self.selection.is_kept_out(&path))
    }
}

/// A `.gitattributes` of ordinary size.
fn read_attributes(objects: &Objects, oid: Oid) -> Option<Vec<u8>> {
    const LARGEST: u64 = 1 << 20;
    let place = ".gitattributes";
    let size = objects.blob_size(oid, place).ok()?;
    if size > LARGEST {
        return None;
    }
    objects
        .read(oid, ObjectType::Blob, place, <[u8]>::to_vec)
        .ok()
}

/// Refuses names that could leave the workspace, or that git itself would act on.
fn check_name(name: &[u8], path: &str) -> Result<(), SourceError> {
    let unsafe_name = |reason| {
        Err(SourceError::UnsafeName {
            path: path.to_owned(),
            reason,
        })
    };
    let Ok(text) = std::str::from_utf8(name) else {
        return Err(SourceError::NotUtf8 {
            path: path.to_owned(),
        });
    };
    match text {
        "" => unsafe_name("a name is empty"),
        "." | ".." => unsafe_name("`.` and `..` are no names"),
        _ if text.contains('/') => unsafe_name("a name has `/`"),
        _ if text.eq_ignore_ascii_case(".git") || text.eq_ignore_ascii_case("git~1") => {
            unsafe_name("git keeps its own data under this name")
        }
        _ if text.len() > 255 => unsafe_name("a name is longer than 255 bytes"),
        _ => Ok(()),
    }
}
