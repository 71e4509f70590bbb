//! A git repository on this machine: where it is, its revisions, and what its commits hold.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, RepositoryOpenFlags};
use resow_manifest::identifiers::CommitId;

use super::SourceError;
use super::objects::{Memory, Objects, damaged, open_error};
use super::tree_object::{RawTreeEntry, TreeEntryKind, parse_tree};

/// The largest file that [`Repository::read_file`] reads: manifests, claims and locks are far smaller.
const LARGEST_READ_FILE: u64 = 64 << 20;

/// A repository with a work tree. Nothing in it is run: no hook, no filter.
pub struct Repository {
    pub(crate) objects: Objects,
    root: PathBuf,
}

impl Repository {
    /// Opens the repository that a folder belongs to: its own, or that of a folder above it.
    ///
    /// # Errors
    /// Where there is none, it is bare, belongs to another user, or is of a kind that libgit2 does not open.
    pub fn discover(from: &Path) -> Result<Self, SourceError> {
        Self::open_with(from, RepositoryOpenFlags::empty())
    }

    /// Opens the repository whose work tree begins at a folder, without a look above it.
    pub(crate) fn open_work_tree(root: &Path) -> Result<Self, SourceError> {
        Self::open_with(root, RepositoryOpenFlags::NO_SEARCH)
    }

    fn open_with(from: &Path, flags: RepositoryOpenFlags) -> Result<Self, SourceError> {
        let none: [&Path; 0] = [];
        let git = git2::Repository::open_ext(from, flags, none)
            .map_err(|source| open_error(from, source))?;
        let Some(root) = git.workdir().map(Path::to_owned) else {
            return Err(SourceError::Bare {
                path: git.path().to_owned(),
            });
        };
        Ok(Self {
            objects: Objects::new(git, Memory::default()),
            root,
        })
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether history ends early here.
    pub fn is_shallow(&self) -> bool {
        self.objects.git.is_shallow()
    }

    /// The commit that a revision names: a hash, a short hash, a branch, a tag, `HEAD~1`.
    ///
    /// # Errors
    /// Where it names nothing here, several things, or something that is no commit; or where an object is damaged.
    pub fn resolve(&self, revision: &str) -> Result<CommitId, SourceError> {
        if let Ok(commit) = revision.parse::<CommitId>()
            && self.contains(&commit)
            && self.is_readable_commit(&commit)?
        {
            return Ok(commit);
        }
        let owned = || revision.to_owned();
        let failed = |error: git2::Error| match error.code() {
            ErrorCode::NotFound if self.begins_unborn(revision) => {
                SourceError::NothingCommitted { revision: owned() }
            }
            ErrorCode::NotFound => SourceError::RevisionNotFound {
                revision: owned(),
                shallow: self.is_shallow(),
            },
            ErrorCode::Ambiguous => SourceError::AmbiguousRevision { revision: owned() },
            ErrorCode::InvalidSpec => SourceError::MalformedRevision { revision: owned() },
            ErrorCode::Peel => SourceError::NotACommit { revision: owned() },
            _ => SourceError::DamagedObject {
                object: owned(),
                place: "a revision".to_owned(),
                reason: error.message().to_owned(),
            },
        };
        self.check_start(revision)?;
        let object = self.objects.git.revparse_single(revision).map_err(failed)?;
        match object.peel(ObjectType::Commit) {
            Ok(commit) => Ok(commit_id(commit.id())),
            Err(error) if matches!(error.code(), ErrorCode::Peel | ErrorCode::InvalidSpec) => {
                Err(SourceError::NotACommit { revision: owned() })
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Whether it is a commit, and not damaged; `false` for other objects.
    fn is_readable_commit(&self, commit: &CommitId) -> Result<bool, SourceError> {
        let oid = oid_of(commit)?;
        self.objects.check(oid, "a revision")?;
        Ok(self.objects.tree_of(oid).is_ok())
    }

    /// Checks the object that a revision begins with: `HEAD` of `HEAD~1`, or the one with this short hash.
    fn check_start(&self, revision: &str) -> Result<(), SourceError> {
        let git = &self.objects.git;
        let start = start_of(revision);
        let mut found = git
            .resolve_reference_from_short_name(start)
            .ok()
            .and_then(|reference| reference.resolve().ok()?.target());
        if found.is_none()
            && let Ok(prefix) = Oid::from_str(start)
            && let Ok(odb) = git.odb()
        {
            found = odb.exists_prefix(prefix, start.len()).ok();
        }
        found.map_or(Ok(()), |oid| self.objects.check(oid, "a revision"))
    }

    /// Whether a revision begins at HEAD, or at HEAD's branch, before the first commit there.
    fn begins_unborn(&self, revision: &str) -> bool {
        let git = &self.objects.git;
        let start = start_of(revision);
        let is_branch_of_head = || {
            git.find_reference("HEAD").is_ok_and(|head| {
                let target = head.symbolic_target_bytes().unwrap_or_default();
                target.strip_prefix(b"refs/heads/") == Some(start.as_bytes())
            })
        };
        matches!(self.head(), Ok(None)) && (matches!(start, "HEAD" | "") || is_branch_of_head())
    }

    /// The commit that HEAD stands at; `None` before the first commit.
    ///
    /// # Errors
    /// Where HEAD cannot be read.
    pub fn head(&self) -> Result<Option<CommitId>, SourceError> {
        let head = match self.objects.git.head() {
            Ok(head) => head,
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(SourceError::git("read HEAD")(error)),
        };
        let direct = head.resolve().map_err(SourceError::git("read HEAD"))?;
        Ok(direct.target().map(commit_id))
    }

    /// Whether git tracks this path, or anything beneath it.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn tracks(&self, path: &str) -> Result<bool, SourceError> {
        let index = self
            .objects
            .git
            .index()
            .map_err(SourceError::git("read the index"))?;
        let beneath = |entry: &[u8]| {
            entry
                .strip_prefix(path.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        Ok(index.iter().any(|entry| beneath(&entry.path)))
    }

    /// Whether the commit is here.
    pub fn contains(&self, commit: &CommitId) -> bool {
        oid_of(commit).is_ok_and(|oid| self.objects.contains(oid))
    }

    /// The content of a file of a commit; `None` where there is none, or something else than a file.
    ///
    /// # Errors
    /// Where an object is missing or damaged, or the file has more than 64 MiB.
    pub fn read_file(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.find(commit, path)? {
            Some((TreeEntryKind::File | TreeEntryKind::Executable, oid)) => {
                let size = self.objects.blob_size(oid, path)?;
                if size > LARGEST_READ_FILE {
                    return Err(SourceError::FileTooLarge {
                        path: path.to_owned(),
                        size,
                        limit: LARGEST_READ_FILE,
                    });
                }
                self.objects
                    .read(oid, ObjectType::Blob, path, <[u8]>::to_vec)
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The names of the files directly in a folder of a commit, sorted; names that are not UTF-8 are left out.
    ///
    /// A folder that is not there has none. The root is the empty path.
    ///
    /// # Errors
    /// Where an object is missing or damaged.
    pub fn list_folder(&self, commit: &CommitId, path: &str) -> Result<Vec<String>, SourceError> {
        let Some((TreeEntryKind::Folder, oid)) = self.find(commit, path)? else {
            return Ok(Vec::new());
        };
        let mut names = self.with_tree(oid, path, |entries| {
            entries
                .iter()
                .filter(|entry| {
                    matches!(
                        TreeEntryKind::of_mode(entry.mode),
                        Some(TreeEntryKind::File | TreeEntryKind::Executable)
                    )
                })
                .filter_map(|entry| std::str::from_utf8(entry.name).ok().map(str::to_owned))
                .collect::<Vec<_>>()
        })?;
        names.sort();
        Ok(names)
    }

    /// The commits that a commit was made from and it itself, newest first, at most `limit`.
    ///
    /// # Errors
    /// Where the commit is not here.
    pub fn commits_reachable(
        &self,
        from: &CommitId,
        limit: usize,
    ) -> Result<ReachableCommits<'_>, SourceError> {
        let failed = || SourceError::git("walk the history");
        let mut walk = self.objects.git.revwalk().map_err(failed())?;
        walk.set_sorting(git2::Sort::TIME | git2::Sort::TOPOLOGICAL)
            .map_err(failed())?;
        let in_memory = self.objects.memory().parent_of(oid_of(from)?);
        let start = match in_memory {
            None => Some(oid_of(from)?),
            Some(parent) => parent,
        };
        if let Some(start) = start {
            walk.push(start).map_err(failed())?;
        }
        Ok(ReachableCommits {
            first: in_memory.is_some().then(|| from.clone()),
            walk,
            left: limit,
        })
    }

    /// What stands at a path of a commit; the root is the empty path.
    fn find(
        &self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<(TreeEntryKind, Oid)>, SourceError> {
        let mut kind = TreeEntryKind::Folder;
        let mut oid = self.objects.tree_of(oid_of(commit)?)?;
        for component in path.split('/').filter(|component| !component.is_empty()) {
            if kind != TreeEntryKind::Folder {
                return Ok(None);
            }
            let found = self.with_tree(oid, path, |entries| {
                entries
                    .iter()
                    .find(|entry| entry.name == component.as_bytes())
                    .map(|entry| (TreeEntryKind::of_mode(entry.mode), entry.oid))
            })?;
            let Some((Some(next_kind), next)) = found else {
                return Ok(None);
            };
            (kind, oid) = (next_kind, next);
        }
        Ok(Some((kind, oid)))
    }

    fn with_tree<T>(
        &self,
        oid: Oid,
        place: &str,
        then: impl FnOnce(&[RawTreeEntry<'_>]) -> T,
    ) -> Result<T, SourceError> {
        self.objects
            .read(oid, ObjectType::Tree, place, |content| {
                parse_tree(content).map(|entries| then(&entries))
            })?
            .map_err(|reason| damaged(oid, place, reason.to_owned()))
    }
}

/// What a revision begins with: `HEAD` of `HEAD~1`; nothing of `@`, which is HEAD.
fn start_of(revision: &str) -> &str {
    revision
        .split(['~', '^', ':', '@'])
        .next()
        .unwrap_or_default()
}

/// Commits, newest first.
pub struct ReachableCommits<'a> {
    first: Option<CommitId>,
    walk: git2::Revwalk<'a>,
    left: usize,
}

impl Iterator for ReachableCommits<'_> {
    type Item = Result<CommitId, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        Some(
            self.walk
                .next()?
                .map(commit_id)
                .map_err(SourceError::git("walk the history")),
        )
    }
}

/// The hash of a commit as libgit2 has it.
pub(crate) fn oid_of(commit: &CommitId) -> Result<Oid, SourceError> {
    Oid::from_str(commit.as_str()).map_err(SourceError::git("read a commit hash"))
}

/// The commit with this hash.
pub(crate) fn commit_id(oid: Oid) -> CommitId {
    oid.to_string()
        .parse()
        .expect("a SHA-1 hash is 40 lower-case hexadecimal digits")
}
