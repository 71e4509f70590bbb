//! A finding in words: what is wrong, and what to do.

use std::fmt;

use super::finding::{EntryKind, Fault, Part};

/// How many records or parts are named one by one.
const NAMED: usize = 4;

impl fmt::Display for EntryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a symbolic link",
            Self::Special => "a FIFO, socket or device",
        })
    }
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(name) => write!(formatter, "output `{name}`"),
            Self::StandardOutput => formatter.write_str("the standard output"),
            Self::StandardError => formatter.write_str("the standard error"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity { source } => write!(formatter, "{source}"),
            Self::MissingIdentity => formatter.write_str("the store has no identity"),
            Self::MissingFolder => formatter.write_str("the folder is missing"),
            Self::MissingIgnore => {
                formatter.write_str("it is missing, and git would track the store")
            }
            Self::NotAFolder { found } => {
                write!(formatter, "{found} stands where a folder belongs")
            }
            Self::NotAFile { found } => write!(formatter, "{found} stands where a file belongs"),
            Self::Unreadable { source } => write!(formatter, "it cannot be read: {source}"),
            Self::NotWritable { source } => {
                write!(formatter, "nothing can be written there: {source}")
            }
            Self::UnknownEntry => formatter.write_str("resow makes no such file"),
            Self::Record { expected, got } => write!(
                formatter,
                "the record is damaged: expected {}, got {}",
                expected.digest().short(),
                got.digest().short()
            ),
            Self::MalformedRecord { source } => write!(formatter, "{source}"),
            Self::NewerRecord { version, known } => write!(
                formatter,
                "the record has version {version}, newer than {known}"
            ),
            Self::LostContent {
                record,
                digest,
                size,
                parts,
            } => {
                write!(
                    formatter,
                    "record {} is whole, and its content {} ({size} bytes) is lost: ",
                    record.digest().short(),
                    digest.short()
                )?;
                listed(formatter, parts, |part| part.to_string())
            }
            Self::OtherSize {
                digest,
                recorded,
                stored,
            } => write!(
                formatter,
                "the record gives content {} {recorded} bytes, and it has {stored}",
                digest.short()
            ),
            Self::Blob {
                expected,
                got,
                records,
            } => {
                write!(
                    formatter,
                    "the content is damaged: expected {}, got {}; ",
                    expected.short(),
                    got.short()
                )?;
                if records.is_empty() {
                    return formatter.write_str("no record names it");
                }
                formatter.write_str("named by record ")?;
                listed(formatter, records, |record| record.digest().short())
            }
            Self::DanglingIndex { record } => write!(
                formatter,
                "the index names record {}, which is not there",
                record.digest().short()
            ),
            Self::WrongIndex { record } => write!(
                formatter,
                "the index has record {} where it does not belong",
                record.digest().short()
            ),
            Self::MissingIndex { record } => write!(
                formatter,
                "the index lacks the successful record {}",
                record.digest().short()
            ),
            Self::Image { expected, got, .. } => write!(
                formatter,
                "the image's archive is damaged: expected {}, got {}",
                expected.short(),
                got.short()
            ),
            Self::ImageDescription { source, .. } => write!(formatter, "{source}"),
            Self::LostImage { .. } => formatter.write_str("the image's archive is lost"),
            Self::UndescribedImage { .. } => {
                formatter.write_str("the archive was being stored when resow was killed")
            }
            Self::Download { expected, got } => write!(
                formatter,
                "the download is damaged: expected {}, got {}",
                expected.short(),
                got.short()
            ),
            Self::Observation { source } => write!(formatter, "{source}"),
            Self::DiagnosedOutput { expected, got } => write!(
                formatter,
                "the output of a diagnosis is damaged: expected {}, got {}",
                expected.short(),
                got.short()
            ),
            Self::HalfDownload => formatter.write_str("a download that goes on, or was cut short"),
            Self::DeadTemporary => {
                formatter.write_str("half-written files of a process that is gone")
            }
            Self::DeadRun { run } => write!(formatter, "run {run} was killed"),
            Self::ChangedResults { record, first, .. } => write!(
                formatter,
                "`{first}` is not as record {} has it",
                record.digest().short()
            ),
            Self::ForeignResults { run } => {
                write!(formatter, "they are of run {run}, which has no record here")
            }
        }
    }
}

fn listed<T>(
    formatter: &mut fmt::Formatter<'_>,
    all: &[T],
    name: impl Fn(&T) -> String,
) -> fmt::Result {
    let names: Vec<_> = all.iter().take(NAMED).map(name).collect();
    formatter.write_str(&names.join(", "))?;
    match all.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => write!(formatter, " and {more} more"),
    }
}

/// What `--repair` does with what is damaged.
const ASIDE: &str = "`resow fsck --repair` moves it to `.resow/damaged/`";

impl Fault {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Identity { .. } => {
                format!("{ASIDE} and makes a new one; check the disk")
            }
            Self::MissingIdentity | Self::MissingFolder => {
                "the next run makes it, as does `resow fsck --repair`".to_owned()
            }
            Self::MissingIgnore => "`resow fsck --repair` makes it".to_owned(),
            Self::NotAFolder { .. } | Self::NotAFile { .. } => ASIDE.to_owned(),
            Self::Record { .. } | Self::MalformedRecord { .. } => {
                format!("{ASIDE}; then run the experiment again, and check the disk")
            }
            Self::Blob { records, .. } if records.is_empty() => {
                format!("{ASIDE}; check the disk")
            }
            Self::Blob { records, .. } => format!(
                "{ASIDE}; then `resow rerun {}` gives the same content anew; check the disk",
                records[0].digest().short()
            ),
            Self::LostContent { record, .. } => format!(
                "the record can still be compared; `resow rerun {}` gives the same content anew",
                record.digest().short()
            ),
            Self::OtherSize { .. } => {
                "resow wrote no such record: remove it, or find out who did".to_owned()
            }
            Self::Unreadable { source } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "check it as the user that it belongs to".to_owned()
            }
            Self::Unreadable { .. } => format!("check the disk; {ASIDE}"),
            Self::NotWritable { .. } => {
                "what is stored can be read; to run something, change the permissions, or work in a copy"
                    .to_owned()
            }
            Self::NewerRecord { .. } => "use the resow that wrote it, or a newer one".to_owned(),
            Self::DanglingIndex { .. } | Self::WrongIndex { .. } => {
                "`resow fsck --repair` removes the entry".to_owned()
            }
            Self::MissingIndex { .. } => "`resow fsck --repair` adds the entry".to_owned(),
            Self::ImageDescription { source, .. } if !source.is_damage() => return source.hint(),
            Self::Image { image, .. }
            | Self::ImageDescription { image, .. }
            | Self::LostImage { image } => format!(
                "{ASIDE}; then `resow image save {}` or `resow image load` keeps it anew",
                image.digest()
            ),
            Self::UndescribedImage { .. } => format!("{ASIDE}; save or load the image again"),
            Self::Download { .. } => format!("{ASIDE}; `resow image build` fetches it again"),
            Self::Observation { source } if !source.is_damage() => return source.hint(),
            Self::Observation { .. } | Self::DiagnosedOutput { .. } => {
                format!("{ASIDE}; then `resow diagnose` observes it anew")
            }
            Self::HalfDownload => {
                "remove it while no `resow image` command runs".to_owned()
            }
            Self::DeadTemporary | Self::DeadRun { .. } => {
                "the next run removes it, as does `resow fsck --repair`".to_owned()
            }
            Self::ChangedResults { experiment, .. } => format!(
                "results are yours to change; remove `results/{experiment}`, and `resow run {experiment}` copies them again"
            ),
            Self::UnknownEntry | Self::ForeignResults { .. } => return None,
        })
    }
}
