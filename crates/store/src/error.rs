//! Why the store could not do what was asked.

use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{PlanId, RecordId, RunId};
use resow_verifier::record::RecordError;
use rustix::io::Errno;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system is full, or a quota is.
    #[error("no space is left for `{}`; nothing that was stored is lost", path.display())]
    DiskFull {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file system cannot be written.
    #[error("`{}` lies on a read-only file system", path.display())]
    ReadOnly {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// What was being written.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// What was being read.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The store was made by a newer resow.
    #[error("the store `{}` has version {version}, newer than {known}", path.display())]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its version.
        version: u32,
        /// The newest version that this resow reads.
        known: u32,
    },
    /// The store is not a folder of its own.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// Where the store should be.
        path: PathBuf,
    },
    /// What is stored is not what was stored.
    #[error("{what} is damaged: expected {expected}, got {got}")]
    Damaged {
        /// What: `blob`, `record`, with its name.
        what: String,
        /// What it should be.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A record has the right bytes and cannot be read all the same: a newer version, say.
    #[error("record `{}` cannot be read: {source}", record.digest().short())]
    Record {
        /// The record.
        record: RecordId,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// A record cannot be written.
    #[error("the record cannot be written: {source}")]
    UnwritableRecord {
        /// Why.
        #[source]
        source: RecordError,
    },
    /// A record names content that is not in the store.
    #[error("the store has no content `{digest}`")]
    MissingBlob {
        /// Its digest.
        digest: Sha256Digest,
    },
    /// No record begins so.
    #[error("no record begins with `{prefix}`")]
    NoRecord {
        /// What was asked for.
        prefix: String,
    },
    /// Another process diagnoses the same plan.
    #[error("another resow diagnoses the same plan")]
    DiagnosisAlive,
    /// An observation of a diagnosis is not what was written.
    #[error("observation {number} of the diagnosis of plan `{}` is damaged: {got}", plan.digest().short())]
    DamagedDiagnosis {
        /// The plan.
        plan: PlanId,
        /// Its number.
        number: usize,
        /// What is wrong with it.
        got: String,
    },
    /// A newer resow observed it.
    #[error("the diagnosis has version {version}, newer than {known}")]
    NewerDiagnosis {
        /// Its version.
        version: u32,
        /// The newest version that this resow reads.
        known: u32,
    },
    /// Several records begin so.
    #[error("{} records begin with `{prefix}`", candidates.len())]
    AmbiguousRecord {
        /// What was asked for.
        prefix: String,
        /// All that begin so.
        candidates: Vec<RecordId>,
    },
    /// The start of a record's identifier is too short or no hexadecimal number.
    #[error("`{prefix}` is not the start of a record: use at least {shortest} hexadecimal digits")]
    NoPrefix {
        /// What was asked for.
        prefix: String,
        /// The fewest digits.
        shortest: usize,
    },
    /// A run is still going on.
    #[error("run `{run}` is still going on")]
    RunAlive {
        /// The run.
        run: RunId,
    },
    /// A folder `results` stands there that resow did not make.
    #[error("`{}` was not made by resow", path.display())]
    ForeignResults {
        /// The folder.
        path: PathBuf,
    },
    /// Outputs that cannot stand in one folder.
    #[error("output `{inner}` lies beneath output `{outer}`, which is no folder")]
    NestedOutputs {
        /// The one beneath.
        inner: String,
        /// The one above.
        outer: String,
    },
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::DiskFull { .. } => "free some space, then run it again".to_owned(),
            Self::ReadOnly { .. } => {
                "work in a copy of the repository that can be written".to_owned()
            }
            Self::Newer { .. } => "use the resow that made it, or a newer one".to_owned(),
            Self::NotAFolder { path } => format!("remove or rename `{}`", path.display()),
            Self::Damaged { what, expected, .. } => moved_aside(place_of(what, expected)),
            Self::MissingBlob { .. } => {
                "run the experiment again to store it anew; `resow fsck` names all that is lost"
                    .to_owned()
            }
            Self::Record { record, source } if source.is_damage() => {
                moved_aside(Some(record_file(&record.digest().hex())))
            }
            Self::Record { source, .. } | Self::UnwritableRecord { source } => {
                return source.hint();
            }
            Self::Write { source, .. } | Self::Read { source, .. }
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                "change its permissions, or work in a copy of the repository that is your own"
                    .to_owned()
            }
            Self::NoRecord { .. } | Self::NoPrefix { .. } => {
                "`resow log` lists all records".to_owned()
            }
            Self::AmbiguousRecord { candidates, .. } => {
                let shown: Vec<_> = candidates
                    .iter()
                    .take(5)
                    .map(|record| format!("`{}`", record.digest().short()))
                    .collect();
                format!("write more digits: {}", shown.join(", "))
            }
            Self::ForeignResults { path } => {
                format!(
                    "rename `{}`: resow keeps the last outputs there",
                    path.display()
                )
            }
            Self::NestedOutputs { .. } | Self::Write { .. } | Self::Read { .. } => return None,
            Self::DamagedDiagnosis { .. } => {
                "`resow diagnose NAME --fresh` begins again; check the disk".to_owned()
            }
            Self::NewerDiagnosis { .. } => {
                "use the resow that made it, or begin again with `--fresh`".to_owned()
            }
            Self::RunAlive { .. } | Self::DiagnosisAlive => {
                "wait for it, or interrupt it".to_owned()
            }
        })
    }

    /// Whether evidence is damaged, as against something that cannot be had.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::DamagedDiagnosis { .. }
            | Self::Damaged { .. }
            | Self::MissingBlob { .. }
            | Self::NestedOutputs { .. } => true,
            Self::Record { source, .. } => source.is_damage(),
            _ => false,
        }
    }

    /// A failure to write `path`, told apart by its cause.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOSPC | Errno::DQUOT) => Self::DiskFull { path, source },
            Some(Errno::ROFS) => Self::ReadOnly { path, source },
            _ => Self::Write { path, source },
        }
    }

    /// A failure to read `path`.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Read { path, source }
    }
}

/// Where something lies that is damaged, as far as its name tells.
fn place_of(what: &str, expected: &str) -> Option<String> {
    let hex = expected.strip_prefix("sha256:")?;
    if what.starts_with("record ") {
        Some(record_file(hex))
    } else if what.starts_with("blob ") {
        Some(format!(".resow/blobs/{}/{hex}", hex.get(..2)?))
    } else {
        None
    }
}

fn record_file(hex: &str) -> String {
    format!(".resow/records/{hex}.json")
}

fn moved_aside(place: Option<String>) -> String {
    let place = place.map_or_else(
        || "what is damaged".to_owned(),
        |place| format!("`{place}`"),
    );
    format!(
        "`resow fsck --repair` moves {place} aside; then run the experiment again, and check the disk"
    )
}

/// Says which path a system call was about.
pub(crate) trait About<T> {
    fn writing(self, path: &Path) -> Result<T, StoreError>;
    fn reading(self, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Into<io::Error>> About<T> for Result<T, E> {
    fn writing(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::writing(path, error.into()))
    }

    fn reading(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::reading(path, error.into()))
    }
}
