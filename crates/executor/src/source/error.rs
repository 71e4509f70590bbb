//! What can go wrong between a revision and its exported tree.

use std::io;
use std::path::{Path, PathBuf};

/// Why code could not be had out of git.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No git repository is at the folder or above it.
    #[error("`{path}` is not in a git repository")]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository has no work tree.
    #[error("`{path}` is a bare repository, which has no work tree")]
    Bare {
        /// The repository.
        path: PathBuf,
    },
    /// Another user owns the repository.
    #[error("the repository at `{path}` belongs to another user")]
    ForeignOwner {
        /// The repository or where the search began.
        path: PathBuf,
    },
    /// It is a partial clone of the kind that libgit2 does not open.
    #[error("the repository at `{path}` is a partial clone of a kind that cannot be read")]
    PartialClone {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository cannot be opened.
    #[error("the repository at `{path}` cannot be opened: {source}")]
    Open {
        /// Where the search began.
        path: PathBuf,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// No such revision is here.
    #[error("`{revision}` is not in this repository")]
    RevisionNotFound {
        /// The revision as asked for.
        revision: String,
        /// Whether the clone is shallow, so that it may be further back.
        shallow: bool,
    },
    /// Nothing is committed yet where the revision begins.
    #[error("`{revision}` is no commit: nothing is committed yet")]
    NothingCommitted {
        /// The revision as asked for.
        revision: String,
    },
    /// A short hash begins the names of several objects.
    #[error("`{revision}` is ambiguous: several objects begin so")]
    AmbiguousRevision {
        /// The revision as asked for.
        revision: String,
    },
    /// It names something else than a commit.
    #[error("`{revision}` is not a commit")]
    NotACommit {
        /// The revision as asked for.
        revision: String,
    },
    /// It is not how a revision is written.
    #[error("`{revision}` is not how a revision is written")]
    MalformedRevision {
        /// The revision as asked for.
        revision: String,
    },
    /// libgit2 failed at something that has no variant of its own.
    #[error("cannot {action}: {source}")]
    Git {
        /// What was attempted.
        action: &'static str,
        /// What libgit2 says.
        source: git2::Error,
    },
    /// An object is not in the repository.
    #[error("object `{object}` ({place}) is not in this repository")]
    MissingObject {
        /// Its hash.
        object: String,
        /// The path at which it stands, or what it is.
        place: String,
        /// Whether the clone is shallow.
        shallow: bool,
        /// Whether the clone is partial: git fetches some objects only when it needs them.
        partial: bool,
    },
    /// An object is in the repository, but not what its hash says.
    #[error("object `{object}` ({place}) is damaged: {reason}")]
    DamagedObject {
        /// Its hash.
        object: String,
        /// The path at which it stands, or what it is.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that could leave the workspace, or confuse what reads it.
    #[error("`{path}` cannot enter: {reason}")]
    UnsafeName {
        /// The path in the repository.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A name that is not UTF-8.
    #[error("the name `{path}` is not UTF-8")]
    NotUtf8 {
        /// The path, with replacement characters.
        path: String,
    },
    /// A mode that is neither a file, a link, a folder nor a submodule.
    #[error("`{path}` has the mode {mode:o}, which is no file, link, folder or submodule")]
    UnsupportedMode {
        /// The path in the repository.
        path: String,
        /// The mode in the tree object.
        mode: u32,
    },
    /// A symbolic link that no file system can hold.
    #[error("the target of the symbolic link `{path}` is empty, too long, or has a NUL")]
    LinkTarget {
        /// The path in the repository.
        path: String,
    },
    /// More entries than any honest tree has.
    #[error("the tree has more than {limit} entries")]
    TooManyEntries {
        /// How many are read.
        limit: usize,
    },
    /// A file that is larger than what asked for it reads.
    #[error("`{path}` has {size} bytes, more than the {limit} that are read")]
    FileTooLarge {
        /// The path in the repository.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A pattern of `include` names nothing in the commit.
    #[error("`include` has `{pattern}`, which matches nothing in commit `{commit}`")]
    NothingMatches {
        /// The pattern.
        pattern: String,
        /// The commit.
        commit: String,
        /// An untracked file that it would cover.
        untracked: Option<String>,
    },
    /// Nothing enters.
    #[error("nothing of commit `{commit}` enters the workspace")]
    NothingEnters {
        /// The commit.
        commit: String,
    },
    /// A submodule's commit is not here.
    #[error("commit `{commit}` of the submodule `{path}` is not here")]
    MissingSubmodule {
        /// Where the submodule stands.
        path: String,
        /// The commit that it stands at.
        commit: String,
    },
    /// A submodule's work tree has changes that no commit has.
    #[error("the submodule `{path}` has changes that are not committed")]
    DirtySubmodule {
        /// Where the submodule stands.
        path: String,
    },
    /// The content of a Git LFS file is not here.
    #[error("the content of the Git LFS file `{path}` is not here")]
    MissingLfs {
        /// The path in the repository.
        path: String,
        /// The SHA-256 of the content, hexadecimal.
        object: String,
    },
    /// The content of a Git LFS file is not what the pointer says.
    #[error("the content of the Git LFS file `{path}` is damaged: `{object}` has other content")]
    DamagedLfs {
        /// The path in the repository.
        path: String,
        /// The SHA-256 of the content, hexadecimal.
        object: String,
    },
    /// A merge is not finished.
    #[error("`{path}` has a conflict that is not resolved")]
    Unmerged {
        /// The path in the repository.
        path: String,
    },
    /// A tracked file was replaced by something that has no content.
    #[error("`{path}` is {kind}, not a file")]
    NotAFile {
        /// The path in the repository.
        path: String,
        /// What it is: `a FIFO`.
        kind: &'static str,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} `{path}`: {source}")]
    File {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others kept replacing what this process put into the cache.
    #[error("the source cache at `{path}` is replaced over and over by something else")]
    CacheContended {
        /// The cached source.
        path: PathBuf,
    },
}

impl SourceError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository { .. } => Some("run `git init` first".to_owned()),
            Self::Bare { .. } => Some("clone it: `git clone REPOSITORY FOLDER`".to_owned()),
            Self::ForeignOwner { path } => Some(format!(
                "if you trust it: `git config --global --add safe.directory {}`",
                path.display()
            )),
            Self::PartialClone { .. } => Some("clone it without `--filter`".to_owned()),
            Self::MissingObject { partial: true, .. } => Some(
                "run `git fetch --refetch --no-filter` first: this clone is partial".to_owned(),
            ),
            Self::RevisionNotFound { shallow, .. } | Self::MissingObject { shallow, .. } => {
                Some(fetch_hint(*shallow).to_owned())
            }
            Self::NothingCommitted { .. } => {
                Some("commit first: git add --all && git commit".to_owned())
            }
            Self::AmbiguousRevision { .. } => Some("write more digits of the hash".to_owned()),
            Self::DamagedObject { .. } => {
                Some("`git fsck` lists what is damaged; another clone has it whole".to_owned())
            }
            Self::NotUtf8 { .. } => {
                Some("rename it, or leave it out with `[source] include`".to_owned())
            }
            Self::NothingMatches {
                untracked: Some(path),
                ..
            } => Some(format!("`{path}` is not tracked: `git add {path}`")),
            Self::NothingMatches { .. } | Self::NothingEnters { .. } => Some(
                "`[source] include` names files and folders relative to the repository's root"
                    .to_owned(),
            ),
            Self::MissingSubmodule { path, .. } => Some(format!(
                "run `git submodule update --init --recursive {path}`"
            )),
            Self::DirtySubmodule { path } => {
                Some(format!("commit in `{path}`, or undo the changes there"))
            }
            Self::MissingLfs { .. } => Some("run `git lfs fetch`".to_owned()),
            Self::DamagedLfs { .. } => {
                Some("remove the damaged object and run `git lfs fetch`".to_owned())
            }
            Self::Unmerged { .. } => Some("resolve it and run `git add`".to_owned()),
            _ => None,
        }
    }

    /// Whether evidence is damaged: something is there, and is not what its name says.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::DamagedObject { .. } | Self::DamagedLfs { .. })
    }

    pub(crate) fn git(action: &'static str) -> impl FnOnce(git2::Error) -> Self {
        move |source| Self::Git { action, source }
    }

    pub(crate) fn file<E: Into<io::Error>>(
        action: &'static str,
        path: impl AsRef<Path>,
    ) -> impl FnOnce(E) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::File {
            action,
            path,
            source: source.into(),
        }
    }
}

fn fetch_hint(shallow: bool) -> &'static str {
    if shallow {
        "run `git fetch --unshallow` first: this clone is shallow"
    } else {
        "run `git fetch` first"
    }
}
