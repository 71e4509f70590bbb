//! Files that are not the same bytes, examined by what they hold.

use std::io;
use std::sync::Arc;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::digest::Sha256Digest;

use super::comparison::{Finding, OutputVerdict};
use crate::claim::{ClaimedContent, ClaimedContents};
use crate::content::{Foreign, Source, digest_with};
use crate::difference::{Agreement, compare_files_with};
use crate::outputs::{OutputName, OutputPolicy};

/// Where the bytes of outputs are had from.
pub trait Bytes {
    /// The bytes of this digest and size, checked; `None` where they are not at hand.
    ///
    /// # Errors
    /// When they are damaged or cannot be read.
    fn source(&self, digest: &Sha256Digest, size: u64) -> io::Result<Option<Source>>;

    /// What reads those of foreign formats; `None` where they are compared as bytes.
    fn foreign(&self) -> Option<Arc<dyn Foreign>> {
        None
    }
}

/// Where no bytes are at hand at all.
#[derive(Clone, Copy, Debug)]
pub struct NoBytes;

impl Bytes for NoBytes {
    fn source(&self, _digest: &Sha256Digest, _size: u64) -> io::Result<Option<Source>> {
        Ok(None)
    }
}

/// Why an output or a trace could not be examined.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be examined", output.as_ref().map_or_else(|| "the trace".to_owned(), |name| format!("`{name}`")))]
pub struct ExaminationError {
    /// The output; `None` of a trace.
    pub output: Option<OutputName>,
    /// Its bytes are damaged or cannot be read.
    #[source]
    pub source: io::Error,
}

impl ExaminationError {
    /// Of a trace.
    pub fn of_trace(source: io::Error) -> Self {
        Self {
            output: None,
            source,
        }
    }
}

/// Examines each output whose bytes differ: says where, and lets pass what the policy allows. What the policy says
/// nothing of is compared as `undeclared` says, and bit for bit where that is `None`. Of bytes that are not at hand,
/// `claimed` may have the content.
///
/// # Errors
/// When bytes that are at hand are damaged or cannot be read.
pub fn examine(
    verdicts: &mut [OutputVerdict],
    policy: &OutputPolicy,
    undeclared: Option<&Comparator>,
    claimed: &ClaimedContents,
    bytes: &impl Bytes,
) -> Result<(), ExaminationError> {
    let policy = policy.matcher();
    for verdict in verdicts {
        if verdict.finding == Finding::Different {
            let declared = policy.comparator(&verdict.name).or(undeclared);
            let claimed = claimed.get(&verdict.name);
            examine_one(verdict, declared, claimed, bytes).map_err(|source| ExaminationError {
                output: Some(verdict.name.clone()),
                source,
            })?;
        }
    }
    Ok(())
}

fn examine_one(
    verdict: &mut OutputVerdict,
    declared: Option<&Comparator>,
    claimed: Option<&ClaimedContent>,
    bytes: &impl Bytes,
) -> io::Result<()> {
    let name = verdict.name.to_string();
    let left = expected_source(verdict, claimed, bytes)?;
    let right = match verdict.got.as_ref().and_then(|entry| entry.content.blob()) {
        Some((digest, size)) => bytes.source(&digest, size)?,
        None => None,
    };
    match (left, right, declared) {
        (Some(left), Some(right), declared) => {
            let automatic = Comparator::of(ComparatorKind::Auto);
            let comparator = declared.unwrap_or(&automatic);
            let comparison = compare_files_with(&name, &left, &right, comparator, bytes.foreign())?;
            if declared.is_some() {
                verdict.finding = finding(comparison.agreement);
            }
            verdict.comparison = Some(comparison);
        }
        (None, Some(right), Some(comparator)) => {
            verdict.finding = by_digest(&name, &right, comparator, claimed, bytes);
        }
        (None, Some(_), None) | (_, None, _) => {}
    }
    Ok(())
}

fn finding(agreement: Agreement) -> Finding {
    match agreement {
        Agreement::Equivalent => Finding::Equivalent,
        Agreement::WithinTolerance { used } => Finding::WithinTolerance { used },
        Agreement::Different => Finding::Different,
    }
}

/// The bytes that are expected: those at hand, else those that the claim holds itself.
fn expected_source(
    verdict: &OutputVerdict,
    claimed: Option<&ClaimedContent>,
    bytes: &impl Bytes,
) -> io::Result<Option<Source>> {
    let entry = verdict.expected.as_ref();
    let Some((digest, size)) = entry.and_then(|entry| entry.content.blob()) else {
        return Ok(None);
    };
    if let Some(source) = bytes.source(&digest, size)? {
        return Ok(Some(source));
    }
    let held = claimed.and_then(ClaimedContent::bytes);
    Ok(held.map(Source::of_bytes))
}

/// By the digest of the content that the claim holds, where the bytes that are expected are not at hand.
fn by_digest(
    name: &str,
    got: &Source,
    comparator: &Comparator,
    claimed: Option<&ClaimedContent>,
    bytes: &impl Bytes,
) -> Finding {
    if comparator.kind == ComparatorKind::Bytes {
        return Finding::Different;
    }
    let Some(claimed) = claimed.and_then(|content| content.digest) else {
        return Finding::Unexamined;
    };
    match digest_with(name, got, comparator, bytes.foreign()) {
        Ok(Some(digest)) if digest == claimed => Finding::Equivalent,
        _ => Finding::Unexamined,
    }
}
