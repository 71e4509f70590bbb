//! Two files, read by their format and compared.

use std::io;
use std::sync::Arc;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use serde::Serialize;

use super::archive::compare_archives;
use super::array_totals::ArrayTotals;
use super::arrays::compare_arrays;
use super::bytes::byte_difference;
use super::findings::{Difference, DifferenceKind, Findings, IgnoredPlace, UnreadablePlace};
use super::lines::compare_texts;
use super::table::compare_tables;
use super::tree::compare_values;
use crate::content::{Budget, ContentError, Document, Foreign, Format, Limits, Source, read};

/// How much is looked at to guess a format.
const HEAD: usize = 4096;

/// What the comparison of two files came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// As what they were compared.
    pub format: Format,
    /// Why they were compared as bytes although name and content, or the manifest, say another format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Which members of archives were compared as bytes although they seem to be of another format, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable_members: Vec<UnreadablePlace>,
    /// How well they agree.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// How many differences there are beyond the tolerance.
    pub differing: u64,
    /// How many the tolerance lets pass.
    pub tolerated: u64,
    /// The differences, at most [`Findings::MOST_SHOWN`].
    pub differences: Vec<Difference>,
    /// What the arrays come to whose elements differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrays: Option<ArrayTotals>,
    /// What was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<IgnoredPlace>,
}

/// How well two files agree that are not the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "agreement", rename_all = "kebab-case")]
pub enum Agreement {
    /// The same content.
    Equivalent,
    /// Within the tolerance.
    WithinTolerance {
        /// The greatest share of the tolerance that is used, 0 to 1.
        used: f64,
    },
    /// Another content.
    Different,
}

/// Compares two files called `name`, by what the comparator declares.
///
/// # Errors
/// When either cannot be read at all; what is no file of its format is compared as bytes.
pub fn compare_files(
    name: &str,
    left: &Source,
    right: &Source,
    comparator: &Comparator,
) -> io::Result<Comparison> {
    compare_files_with(name, left, right, comparator, None)
}

/// As [`compare_files`], where files of foreign formats are read as well.
///
/// # Errors
/// As there.
pub fn compare_files_with(
    name: &str,
    left: &Source,
    right: &Source,
    comparator: &Comparator,
    foreign: Option<Arc<dyn Foreign>>,
) -> io::Result<Comparison> {
    let mut findings = Findings::default();
    let format = match Format::of_kind(comparator.kind) {
        Some(format) => format,
        None => match formats(name, left, right)? {
            (left, right) if left == right => left,
            formats => {
                differ_in_format("", formats, &mut findings);
                Format::bytes()
            }
        },
    };
    let mut budget = Budget::new(limits_of_two(left, right)).with_foreign(foreign);
    let lying = Lying { place: "", name };
    let done = compare_sources(lying, format, left, right, comparator, &mut budget);
    match done {
        Ok(found) => {
            findings.add(found);
            Ok(Comparison::new(format, None, findings))
        }
        Err(ContentError::Read(error)) if error.raw_os_error().is_some() => Err(error),
        Err(error) => {
            compare_bytes("", left, right, &mut findings)?;
            let reason = Some(error.to_string());
            Ok(Comparison::new(Format::bytes(), reason, findings))
        }
    }
}

/// What is unpacked of both files counts together.
fn limits_of_two(left: &Source, right: &Source) -> Limits {
    let [left, right] = [left, right].map(|source| Limits::of_size(source.length()));
    Limits {
        unpacked: left.unpacked.saturating_add(right.unpacked),
        ..left
    }
}

/// The formats that two files of this name seem to have.
///
/// # Errors
/// When either cannot be read.
pub(super) fn formats(name: &str, left: &Source, right: &Source) -> io::Result<(Format, Format)> {
    Ok((
        Format::guess(name, &left.head(HEAD)?),
        Format::guess(name, &right.head(HEAD)?),
    ))
}

/// Adds that two files are of different formats.
pub(super) fn differ_in_format(
    place: &str,
    (left, right): (Format, Format),
    findings: &mut Findings,
) {
    let kind = DifferenceKind::Nature {
        left: left.to_string(),
        right: right.to_string(),
    };
    findings.differ(place, kind);
}

/// Where two files lie, and what they are called.
#[derive(Clone, Copy)]
pub(super) struct Lying<'a> {
    /// Where in the outermost file; empty for that itself.
    pub(super) place: &'a str,
    /// The name that shows the format of what is compressed in it.
    pub(super) name: &'a str,
}

/// Reads two files as `format` and compares what they hold: all that was found, or nothing.
///
/// # Errors
/// When either is not what the format promises, or is more than `budget` allows.
pub(super) fn compare_sources(
    lying: Lying<'_>,
    format: Format,
    left: &Source,
    right: &Source,
    comparator: &Comparator,
    budget: &mut Budget,
) -> Result<Findings, ContentError> {
    let left = read(format, left, budget)?;
    let right = read(format, right, budget)?;
    let mut findings = Findings::default();
    compare_named(lying, &left, &right, comparator, budget, &mut findings)?;
    Ok(findings)
}

/// Compares what two files hold, which lie at `place`; empty for files of their own.
///
/// # Errors
/// When a part of them cannot be read after all, or is more than `budget` allows.
pub fn compare_documents(
    place: &str,
    left: &Document,
    right: &Document,
    comparator: &Comparator,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let name = place.rsplit(['!', '/']).next().unwrap_or(place);
    let lying = Lying { place, name };
    compare_named(lying, left, right, comparator, budget, findings)
}

fn compare_named(
    lying: Lying<'_>,
    left: &Document,
    right: &Document,
    comparator: &Comparator,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let place = lying.place;
    match (left, right) {
        (Document::Text(left), Document::Text(right)) => {
            let before = findings.differing();
            compare_texts(place, left, right, budget, findings)?;
            // What merely looks like text may be anything: line ends are alike where the manifest says text.
            if comparator.kind != ComparatorKind::Text && findings.differing() == before {
                compare_bytes(place, left, right, findings)?;
            }
            Ok(())
        }
        (Document::Table(left), Document::Table(right)) => {
            compare_tables(place, left, right, comparator, budget, findings)
        }
        (Document::Tree(left), Document::Tree(right)) => {
            compare_values(place, left, right, comparator, findings);
            Ok(())
        }
        (Document::Arrays(left), Document::Arrays(right)) => {
            compare_arrays(place, left, right, comparator, findings)
        }
        (Document::Archive(left), Document::Archive(right)) => {
            compare_archives(lying, left, right, comparator, budget, findings)
        }
        (Document::Bytes(left), Document::Bytes(right)) => {
            Ok(compare_bytes(place, left, right, findings)?)
        }
        _ => Err(ContentError::Unsupported {
            what: format!("`{}` yet", ComparatorKind::Auto),
        }),
    }
}

/// Compares two files byte by byte.
///
/// # Errors
/// When either cannot be read.
pub(super) fn compare_bytes(
    place: &str,
    left: &Source,
    right: &Source,
    findings: &mut Findings,
) -> io::Result<()> {
    if let Some(difference) = byte_difference(left.reader(), right.reader())? {
        findings.differ(place, DifferenceKind::Bytes(difference));
    }
    Ok(())
}

impl Comparison {
    fn new(format: Format, unreadable: Option<String>, findings: Findings) -> Self {
        let agreement = match (findings.differing(), findings.used()) {
            (0, None) => Agreement::Equivalent,
            (0, Some(used)) => Agreement::WithinTolerance { used },
            _ => Agreement::Different,
        };
        Self {
            format,
            unreadable,
            unreadable_members: findings.unreadable().to_vec(),
            agreement,
            differing: findings.differing(),
            tolerated: findings.tolerated(),
            differences: findings.shown().to_vec(),
            arrays: findings.arrays().cloned(),
            ignored: findings.ignored().cloned().collect(),
        }
    }
}
