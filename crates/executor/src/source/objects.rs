//! Git objects by hash: from the repository, or from memory where a snapshot was not kept.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use git2::{ErrorCode, ObjectType, Oid, RepositoryOpenFlags};

use super::SourceError;
use super::loose_object::read_loose;
use super::object_hash::{check_here, is_object};

/// What an object is, and its bytes.
type MemoryObject = (ObjectType, Arc<[u8]>);

/// Objects that exist in this process alone. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<RwLock<HashMap<Oid, MemoryObject>>>);

impl Memory {
    pub(crate) fn insert(&self, oid: Oid, kind: ObjectType, content: &[u8]) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(oid, (kind, content.into()));
    }

    /// The parent of a commit that is in memory; `None` where it is not, `Some(None)` where it has no parent.
    pub(crate) fn parent_of(&self, commit: Oid) -> Option<Option<Oid>> {
        let (_, content) = self.get(commit)?;
        let text = std::str::from_utf8(&content).ok()?;
        let parent = text.lines().find_map(|line| line.strip_prefix("parent "));
        Some(parent.and_then(|hexadecimal| Oid::from_str(hexadecimal).ok()))
    }

    fn get(&self, oid: Oid) -> Option<MemoryObject> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&oid)
            .cloned()
    }
}

/// Reads objects. One for each thread, since libgit2's handles stay in theirs.
pub(crate) struct Objects {
    pub(crate) git: git2::Repository,
    memory: Memory,
}

impl Objects {
    pub(crate) fn new(git: git2::Repository, memory: Memory) -> Self {
        check_here();
        Self { git, memory }
    }

    /// Opens the repository whose git folder this is; nothing above it is looked at.
    pub(crate) fn open(git_folder: &Path, memory: Memory) -> Result<Self, SourceError> {
        let none: [&Path; 0] = [];
        git2::Repository::open_ext(git_folder, RepositoryOpenFlags::NO_SEARCH, none)
            .map(|git| Self::new(git, memory))
            .map_err(|source| open_error(git_folder, source))
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Checks that an object is whole, whatever it is, before libgit2 is let near it.
    pub(crate) fn check(&self, oid: Oid, place: &str) -> Result<(), SourceError> {
        match read_loose(self.git.commondir(), oid) {
            Some(Err(reason)) => Err(damaged(oid, place, reason)),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    pub(crate) fn contains(&self, oid: Oid) -> bool {
        self.memory.get(oid).is_some() || self.git.odb().is_ok_and(|odb| odb.exists(oid))
    }

    /// Hands the content of an object to `then`; `place` says in messages where it stands.
    pub(crate) fn read<T>(
        &self,
        oid: Oid,
        expected: ObjectType,
        place: &str,
        then: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, SourceError> {
        let wrong_kind = || damaged(oid, place, format!("it is no {}", expected.str()));
        if let Some((kind, content)) = self.memory.get(oid) {
            return if kind == expected {
                Ok(then(&content))
            } else {
                Err(wrong_kind())
            };
        }
        if let Some(loose) = read_loose(self.git.commondir(), oid) {
            let (kind, content) = loose.map_err(|reason| damaged(oid, place, reason))?;
            return if kind == expected {
                Ok(then(&content))
            } else {
                Err(wrong_kind())
            };
        }
        let odb = self
            .git
            .odb()
            .map_err(SourceError::git("open the object database"))?;
        let object = odb
            .read(oid)
            .map_err(|error| self.read_error(oid, place, &error))?;
        if !is_object(oid, object.kind(), object.data()) {
            return Err(damaged(
                oid,
                place,
                "its content has another hash".to_owned(),
            ));
        }
        if object.kind() == expected {
            Ok(then(object.data()))
        } else {
            Err(wrong_kind())
        }
    }

    /// The size of a blob, without its content.
    pub(crate) fn blob_size(&self, oid: Oid, place: &str) -> Result<u64, SourceError> {
        if let Some((_, content)) = self.memory.get(oid) {
            return Ok(content.len() as u64);
        }
        let odb = self
            .git
            .odb()
            .map_err(SourceError::git("open the object database"))?;
        let (size, _) = odb
            .read_header(oid)
            .map_err(|error| self.read_error(oid, place, &error))?;
        Ok(size as u64)
    }

    /// The root tree of a commit.
    pub(crate) fn tree_of(&self, commit: Oid) -> Result<Oid, SourceError> {
        let tree = self.read(commit, ObjectType::Commit, "a commit", |content| {
            let hexadecimal = content.strip_prefix(b"tree ")?.get(..40)?;
            Oid::from_str(std::str::from_utf8(hexadecimal).ok()?).ok()
        })?;
        tree.ok_or_else(|| damaged(commit, "a commit", "it names no tree".to_owned()))
    }

    /// Whether a remote has promised the objects that are not here (git, "partial-clone").
    fn is_partial(&self) -> bool {
        let promises = || -> Result<bool, git2::Error> {
            let configuration = self.git.config()?;
            let mut entries = configuration.entries(Some(r"remote\..*\.promisor"))?;
            Ok(entries.next().is_some())
        };
        promises().unwrap_or(false)
    }

    fn read_error(&self, oid: Oid, place: &str, error: &git2::Error) -> SourceError {
        if error.code() == ErrorCode::NotFound {
            SourceError::MissingObject {
                object: oid.to_string(),
                place: place.to_owned(),
                shallow: self.git.is_shallow(),
                partial: self.is_partial(),
            }
        } else {
            damaged(oid, place, error.message().to_owned())
        }
    }
}

pub(crate) fn damaged(oid: Oid, place: &str, reason: String) -> SourceError {
    SourceError::DamagedObject {
        object: oid.to_string(),
        place: place.to_owned(),
        reason,
    }
}

/// What a failure to open a repository means.
pub(crate) fn open_error(path: &Path, source: git2::Error) -> SourceError {
    let path = path.to_owned();
    match source.code() {
        ErrorCode::NotFound => SourceError::NotARepository { path },
        ErrorCode::Owner => SourceError::ForeignOwner { path },
        _ if source.message().contains("extensions.partialclone") => {
            SourceError::PartialClone { path }
        }
        _ => SourceError::Open { path, source },
    }
}
