//! What a check finds: where, what, and how bad it is.

use std::io;
use std::path::PathBuf;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{ImageId, RecordId, RunId};
use resow_verifier::outputs::OutputName;
use resow_verifier::record::RecordError;

use crate::error::StoreError;

/// Something that is not as the store left it.
#[derive(Debug)]
pub struct Finding {
    /// Where, relative to the root of the work tree.
    pub path: PathBuf,
    /// What is wrong there.
    pub fault: Fault,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Evidence is damaged or lost.
    Damaged,
    /// It could not be looked at: by whom resow runs, or how old it is.
    Blocked,
    /// What a crash left behind: nothing is lost, and it can go.
    Leftover,
    /// No fault, and worth knowing.
    Notice,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device.
    Special,
}

/// Which part of a record a content is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// An output.
    Output(OutputName),
    /// What the command printed.
    StandardOutput,
    /// What it printed as errors.
    StandardError,
}

/// What is wrong.
#[derive(Debug)]
pub enum Fault {
    /// The store's identity is not what was written.
    Identity {
        /// Why it is none.
        source: StoreError,
    },
    /// The store has no identity.
    MissingIdentity,
    /// A folder of the store is not there.
    MissingFolder,
    /// The file that keeps git from tracking the store is not there.
    MissingIgnore,
    /// Something else stands where a folder belongs.
    NotAFolder {
        /// What it is.
        found: EntryKind,
    },
    /// Something else stands where a file belongs.
    NotAFile {
        /// What it is.
        found: EntryKind,
    },
    /// It cannot be read.
    Unreadable {
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be written.
    NotWritable {
        /// What the system said.
        source: io::Error,
    },
    /// The store makes no such file.
    UnknownEntry,
    /// A record's bytes are not those that it is named for.
    Record {
        /// Its name.
        expected: RecordId,
        /// The name of its bytes.
        got: RecordId,
    },
    /// A file has the bytes that it is named for, and they are no record.
    MalformedRecord {
        /// Why not.
        source: RecordError,
    },
    /// A newer resow wrote the record.
    NewerRecord {
        /// Its version.
        version: u32,
        /// The newest that is read here.
        known: u32,
    },
    /// A whole record names content that the store does not have.
    LostContent {
        /// The record.
        record: RecordId,
        /// The content.
        digest: Sha256Digest,
        /// Its size in bytes.
        size: u64,
        /// What it was of the record.
        parts: Vec<Part>,
    },
    /// A whole record gives whole content another size.
    OtherSize {
        /// The content.
        digest: Sha256Digest,
        /// Its size in bytes as recorded.
        recorded: u64,
        /// Its size in bytes as stored.
        stored: u64,
    },
    /// Content is not what it is named for.
    Blob {
        /// Its name.
        expected: Sha256Digest,
        /// The digest that it has.
        got: Sha256Digest,
        /// The records that name it.
        records: Vec<RecordId>,
    },
    /// The index names a record that is not there.
    DanglingIndex {
        /// The record.
        record: RecordId,
    },
    /// The index has a record where it does not belong.
    WrongIndex {
        /// The record.
        record: RecordId,
    },
    /// The index lacks a successful record.
    MissingIndex {
        /// The record.
        record: RecordId,
    },
    /// An image's archive is not what was stored.
    Image {
        /// The image.
        image: ImageId,
        /// The digest of what was stored.
        expected: Sha256Digest,
        /// The digest of what is there.
        got: Sha256Digest,
    },
    /// What the store knows of an image's archive cannot be read.
    ImageDescription {
        /// The image.
        image: ImageId,
        /// Why.
        source: StoreError,
    },
    /// The archive of an image is gone.
    LostImage {
        /// The image.
        image: ImageId,
    },
    /// An archive of which the store knows nothing.
    UndescribedImage {
        /// The image.
        image: ImageId,
    },
    /// A download is not what it is named for.
    Download {
        /// Its name.
        expected: Sha256Digest,
        /// The digest that it has.
        got: Sha256Digest,
    },
    /// An observation of a diagnosis is not what was written.
    Observation {
        /// Why it is none.
        source: StoreError,
    },
    /// An output that a diagnosis keeps is not what it is named for.
    DiagnosedOutput {
        /// Its name.
        expected: Sha256Digest,
        /// The digest that it has.
        got: Sha256Digest,
    },
    /// A download that goes on, or was cut short.
    HalfDownload,
    /// Half-written files of a process that is gone.
    DeadTemporary,
    /// The folder of a run whose process is gone.
    DeadRun {
        /// The run.
        run: RunId,
    },
    /// Published results are not those of their record any more.
    ChangedResults {
        /// The experiment.
        experiment: ExperimentName,
        /// The record.
        record: RecordId,
        /// The first file that differs, relative to the results.
        first: String,
    },
    /// Published results of a run that has no record here.
    ForeignResults {
        /// The run.
        run: RunId,
    },
}

impl Fault {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Unreadable { source } if source.kind() == io::ErrorKind::PermissionDenied => {
                Severity::Blocked
            }
            Self::ImageDescription { source, .. } | Self::Observation { source }
                if !source.is_damage() =>
            {
                Severity::Blocked
            }
            Self::NewerRecord { .. } => Severity::Blocked,
            Self::Identity { .. }
            | Self::NotAFolder { .. }
            | Self::NotAFile { .. }
            | Self::Unreadable { .. }
            | Self::Record { .. }
            | Self::MalformedRecord { .. }
            | Self::LostContent { .. }
            | Self::OtherSize { .. }
            | Self::Blob { .. }
            | Self::WrongIndex { .. }
            | Self::Image { .. }
            | Self::ImageDescription { .. }
            | Self::LostImage { .. }
            | Self::Observation { .. }
            | Self::DiagnosedOutput { .. }
            | Self::Download { .. } => Severity::Damaged,
            Self::MissingIdentity
            | Self::DanglingIndex { .. }
            | Self::MissingIndex { .. }
            | Self::UndescribedImage { .. }
            | Self::HalfDownload
            | Self::DeadTemporary
            | Self::DeadRun { .. } => Severity::Leftover,
            Self::MissingFolder
            | Self::MissingIgnore
            | Self::NotWritable { .. }
            | Self::UnknownEntry
            | Self::ChangedResults { .. }
            | Self::ForeignResults { .. } => Severity::Notice,
        }
    }

    /// Its name for programs; stable.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Identity { .. } => "damaged-identity",
            Self::MissingIdentity => "missing-identity",
            Self::MissingFolder => "missing-folder",
            Self::MissingIgnore => "missing-ignore",
            Self::NotAFolder { .. } => "not-a-folder",
            Self::NotAFile { .. } => "not-a-file",
            Self::Unreadable { .. } => "unreadable",
            Self::NotWritable { .. } => "not-writable",
            Self::UnknownEntry => "unknown-entry",
            Self::Record { .. } => "damaged-record",
            Self::MalformedRecord { .. } => "malformed-record",
            Self::NewerRecord { .. } => "newer-record",
            Self::LostContent { .. } => "lost-content",
            Self::OtherSize { .. } => "other-size",
            Self::Blob { .. } => "damaged-blob",
            Self::DanglingIndex { .. } => "dangling-index",
            Self::WrongIndex { .. } => "wrong-index",
            Self::MissingIndex { .. } => "missing-index",
            Self::Image { .. } => "damaged-image",
            Self::ImageDescription { .. } => "unreadable-image-description",
            Self::LostImage { .. } => "lost-image",
            Self::UndescribedImage { .. } => "undescribed-image",
            Self::Download { .. } => "damaged-download",
            Self::Observation { .. } => "damaged-observation",
            Self::DiagnosedOutput { .. } => "damaged-diagnosed-output",
            Self::HalfDownload => "half-download",
            Self::DeadTemporary => "dead-temporary",
            Self::DeadRun { .. } => "dead-run",
            Self::ChangedResults { .. } => "changed-results",
            Self::ForeignResults { .. } => "foreign-results",
        }
    }
}

impl Severity {
    /// Its name for programs and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Blocked => "blocked",
            Self::Leftover => "leftover",
            Self::Notice => "notice",
        }
    }
}
