//! What a claim holds of a trace: the trace itself where it is small, else digests of stretches of its steps.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::trace::TraceDeclaration;
use serde::{Deserialize, Serialize};

use super::comparing::Whole;
use super::digest::of_block;
use super::extraction::{Wanted, extract};
use super::finding::{Parting, PartingPlace, TraceFinding};
use super::outline::Outline;
use super::process::{ProcessName, pair};
use super::recorded::RecordedTrace;
use super::survey::survey;
use crate::content::{ContentError, Source};

/// The most bytes of a trace that a claim holds as they are: it is committed to git.
const MOST_BYTES: u64 = 16 << 10;

/// How many digests a claim holds of a trace, at most: 8 bytes each.
const MOST_DIGESTS: u64 = 1024;

/// What a claim holds of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldTrace {
    /// The digest of its bytes.
    pub digest: Sha256Digest,
    /// How many bytes.
    pub size: u64,
    /// How many steps: of the process that has most.
    pub steps: u64,
    /// Whether more was written than is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The trace itself, where it is small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What was to be traced.
    pub declared: TraceDeclaration,
    /// Where it is not small, its processes in outline; none where they are too many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    processes: Vec<HeldProcess>,
}

/// What a claim holds of the trace of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldProcess {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    process: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    program: String,
    /// How many steps there are.
    steps: u64,
    /// How many of them have one digest.
    stretch: u64,
    /// The digests, 8 bytes each, little-endian, in base64.
    digests: String,
}

impl HeldTrace {
    /// What is held of a trace, whose bytes are these where they are at hand.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn new(recorded: &RecordedTrace, bytes: Option<&Source>) -> io::Result<Self> {
        let mut held = Self {
            digest: recorded.digest,
            size: recorded.size,
            steps: recorded.steps,
            truncated: recorded.truncated,
            text: None,
            declared: recorded.declared.clone(),
            processes: Vec::new(),
        };
        let Some(bytes) = bytes else {
            return Ok(held);
        };
        held.text = match bytes.read_all(MOST_BYTES) {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(ContentError::Read(error)) => return Err(error),
            Err(_) => None,
        };
        if held.text.is_none() {
            held.processes = outlined(&Outline::read(bytes)?);
        }
        Ok(held)
    }

    /// The trace itself, where it is held.
    pub(super) fn source(&self) -> Option<Source> {
        let text = self.text.as_ref()?;
        Some(Source::of_bytes(text.clone().into_bytes()))
    }

    /// Whether it says of itself what is so.
    pub(crate) fn is_consistent(&self) -> bool {
        let is_of_text = self.source().is_none_or(|source| {
            let text = self.text.as_deref().unwrap_or_default();
            self.processes.is_empty()
                && (Sha256Digest::of(text.as_bytes()), source.length()) == (self.digest, self.size)
                && survey(&source).is_ok_and(|survey| survey.steps == self.steps)
        });
        let most = self.processes.len() <= ProcessName::MOST;
        is_of_text && most && self.processes.iter().all(HeldProcess::is_consistent)
    }

    /// Compares a trace that is at hand with what is held; `is_left` says whether what is held is the left one.
    pub(super) fn compare(&self, whole: &Whole, is_left: bool) -> io::Result<TraceFinding> {
        if self.processes.is_empty() {
            let reason =
                "the claim holds the digest of its trace alone, and the store does not have it";
            return Ok(TraceFinding::Unknown {
                reason: reason.to_owned(),
            });
        }
        let outline = Outline::read(&whole.source)?;
        let is_cut = self.truncated || whole.is_cut || !outline.is_whole;
        let own: Vec<_> = self.processes.iter().map(HeldProcess::name).collect();
        let own: Vec<_> = own.iter().collect();
        let mut only = [Vec::new(), Vec::new()];
        let mut wanted = Wanted::new();
        for pair in pair(&own, &outline.names()) {
            match pair {
                (Some(one), Some(other)) => {
                    let stretch = self.processes[one]
                        .first_difference(&outline.processes[other].steps, is_cut);
                    wanted.extend(stretch.map(|stretch| (other, stretch)));
                }
                // It may have begun where the other trace was cut off.
                _ if is_cut => {}
                (Some(one), None) => only[0].push(own[one].clone()),
                (None, Some(other)) => only[1].push(outline.processes[other].who.clone()),
                (None, None) => {}
            }
        }
        let [mut only_held, mut only_whole] = only;
        if wanted.is_empty() && only_held.is_empty() && only_whole.is_empty() {
            return Ok(TraceFinding::Agree {
                steps: outline.longest(),
                is_whole: !is_cut,
            });
        }
        let found = extract(&whole.source, &wanted)?;
        let partings = wanted.keys().map(|index| {
            let stretch = found.get(index).cloned().unwrap_or_default();
            Parting {
                who: outline.processes[*index].who.clone(),
                after: stretch.before,
                place: match (stretch.first, stretch.last) {
                    (Some(first), Some(last)) => PartingPlace::Within { first, last },
                    // The trace at hand has ended. What comes next in the other is not held.
                    _ => PartingPlace::Steps {
                        left: None,
                        right: None,
                    },
                },
            }
        });
        if !is_left {
            std::mem::swap(&mut only_held, &mut only_whole);
        }
        Ok(TraceFinding::of_partings(
            partings.collect(),
            only_held,
            only_whole,
        ))
    }
}

impl HeldProcess {
    fn name(&self) -> ProcessName {
        ProcessName {
            process: self.process.clone(),
            program: self.program.clone(),
        }
    }

    fn digests(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.digests).ok()
    }

    fn is_consistent(&self) -> bool {
        let digests = self.digests().map(|bytes| bytes.len() as u64);
        self.stretch > 0
            && self.steps > 0
            && digests == self.steps.div_ceil(self.stretch).checked_mul(8)
    }

    /// The first stretch in which these steps are others, by their positions; the end is none of them. Where either may
    /// have been cut off, only what both have in full is compared.
    fn first_difference(&self, steps: &[u64], is_cut: bool) -> Option<(u64, u64)> {
        let own = self.digests().unwrap_or_default();
        let stretch = usize::try_from(self.stretch).unwrap_or(usize::MAX);
        let mut others = steps.chunks(stretch).map(of_block);
        let same = own
            .chunks_exact(8)
            .take_while(|own| {
                others
                    .next()
                    .is_some_and(|other| other.to_le_bytes() == **own)
            })
            .count() as u64;
        if same * 8 == own.len() as u64 && steps.len() as u64 == self.steps {
            return None;
        }
        let start = same.saturating_mul(self.stretch);
        let both = self.steps.min(steps.len() as u64);
        if is_cut && start.saturating_add(self.stretch) > both {
            return None;
        }
        Some((start, start.saturating_add(self.stretch)))
    }
}

/// Every process in outline, of which each has the same number of digests at most.
fn outlined(outline: &Outline) -> Vec<HeldProcess> {
    let each = MOST_DIGESTS / (outline.processes.len() as u64).max(1);
    if each == 0 {
        return Vec::new();
    }
    let processes = outline.processes.iter().map(|process| {
        let steps = process.steps.len() as u64;
        let stretch = steps.div_ceil(each).max(1);
        let blocks = process
            .steps
            .chunks(usize::try_from(stretch).unwrap_or(usize::MAX));
        let digests: Vec<u8> = blocks
            .flat_map(|block| of_block(block).to_le_bytes())
            .collect();
        HeldProcess {
            process: process.who.process.clone(),
            program: process.who.program.clone(),
            steps,
            stretch,
            digests: STANDARD.encode(digests),
        }
    });
    processes.collect()
}
