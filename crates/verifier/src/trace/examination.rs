//! Two traces, each of a record or a claim, as far as they are at hand.

use std::io;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::trace::TraceDeclaration;

use super::comparing::{Whole, compare};
use super::finding::TraceFinding;
use super::held::HeldTrace;
use super::recorded::RecordedTrace;
use crate::verdict::Bytes;

/// A trace that a record or a claim names.
#[derive(Clone, Copy, Debug)]
pub struct TraceEvidence<'a> {
    declared: &'a TraceDeclaration,
    digest: Sha256Digest,
    size: u64,
    steps: u64,
    is_cut: bool,
    held: Option<&'a HeldTrace>,
}

impl RecordedTrace {
    /// The trace as what is compared.
    pub fn evidence(&self) -> TraceEvidence<'_> {
        TraceEvidence {
            declared: &self.declared,
            digest: self.digest,
            size: self.size,
            steps: self.steps,
            is_cut: self.truncated,
            held: None,
        }
    }
}

impl HeldTrace {
    /// The trace as what is compared.
    pub fn evidence(&self) -> TraceEvidence<'_> {
        TraceEvidence {
            declared: &self.declared,
            digest: self.digest,
            size: self.size,
            steps: self.steps,
            is_cut: self.truncated,
            held: Some(self),
        }
    }
}

/// Compares two traces. Of one whose bytes are not at hand, what a claim holds of it is taken.
///
/// # Errors
/// When bytes that are at hand are damaged or cannot be read.
pub fn examine_traces(
    left: TraceEvidence<'_>,
    right: TraceEvidence<'_>,
    bytes: &impl Bytes,
) -> io::Result<TraceFinding> {
    if left.declared != right.declared {
        return Ok(TraceFinding::Unknown {
            reason: format!(
                "they are not of the same: {}; {}",
                left.declared, right.declared
            ),
        });
    }
    if left.digest == right.digest {
        return Ok(TraceFinding::Agree {
            steps: left.steps,
            is_whole: !left.is_cut && !right.is_cut,
        });
    }
    let whole = |evidence: &TraceEvidence<'_>| -> io::Result<Option<Whole>> {
        let stored = bytes.source(&evidence.digest, evidence.size)?;
        let source = stored.or_else(|| evidence.held?.source());
        Ok(source.map(|source| Whole {
            source,
            is_cut: evidence.is_cut,
        }))
    };
    match (whole(&left)?, whole(&right)?) {
        (Some(left), Some(right)) => compare(&left, &right),
        (None, Some(whole)) if left.held.is_some() => left
            .held
            .map_or_else(missing, |held| held.compare(&whole, true)),
        (Some(whole), None) if right.held.is_some() => right
            .held
            .map_or_else(missing, |held| held.compare(&whole, false)),
        _ => missing(),
    }
}

fn missing() -> io::Result<TraceFinding> {
    Ok(TraceFinding::Unknown {
        reason: "a trace is not in the store".to_owned(),
    })
}
