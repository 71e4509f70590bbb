//! What `resow pin` needs: which digests a manifest lacks, and how they are written into its text.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::digest::Sha256Digest;
use crate::fault::{FaultKind, Faults};
use crate::reading::{self, Reading};
use crate::workspace_path::WorkspacePath;

/// The digests that a manifest lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinTargets {
    /// The image's reference as written, `python:3.12`, where it has no digest.
    pub image: Option<String>,
    /// The inputs without a digest, in the order written.
    pub inputs: Vec<UnpinnedInput>,
}

/// An input without a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpinnedInput {
    /// Its place in `[[inputs]]`, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Where it lands.
    pub at: WorkspacePath,
}

/// The digests to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinnedValues {
    /// The registry's digest of the image that the reference names.
    pub image: Option<Sha256Digest>,
    /// Digests of inputs by their place in `[[inputs]]`.
    pub inputs: BTreeMap<usize, Sha256Digest>,
}

impl PinTargets {
    /// Whether the manifest lacks no digest.
    pub fn is_empty(&self) -> bool {
        self.image.is_none() && self.inputs.is_empty()
    }

    /// Reads which digests the manifest lacks.
    ///
    /// # Errors
    /// Every fault of the text that a digest does not mend.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        let reading = mendable(text)?;
        Ok(Self {
            image: reading.unpinned_image.map(|(reference, _)| reference),
            inputs: reading
                .unpinned_inputs
                .into_iter()
                .map(|input| UnpinnedInput {
                    index: input.index,
                    name: input.name,
                    at: input.at,
                })
                .collect(),
        })
    }
}

fn mendable(text: &str) -> Result<Reading, Faults> {
    let mut reading = reading::read(text);
    let faults = std::mem::take(&mut reading.faults);
    let others = faults
        .into_iter()
        .filter(|fault| fault.kind != FaultKind::Unpinned)
        .collect();
    Faults::new(others).map_or(Ok(reading), Err)
}

/// The text with these digests written into it; every other byte stays as it is.
///
/// An image's reference gets `@sha256:…` behind it. An input gets a line `sha256 = "…"` below its `at`, or in an inline
/// table a key behind `at`. Values for what is pinned already are passed over.
///
/// # Errors
/// Every fault of the text that a digest does not mend.
pub fn pin(text: &str, values: &PinnedValues) -> Result<String, Faults> {
    let reading = mendable(text)?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if let (Some((reference, span)), Some(digest)) = (&reading.unpinned_image, values.image) {
        edits.push((span.clone(), format!("\"{reference}@{digest}\"")));
    }
    for input in &reading.unpinned_inputs {
        let Some(digest) = values.inputs.get(&input.index) else {
            continue;
        };
        let key = format!("sha256 = \"{}\"", digest.hex());
        let end = input.at_span.end;
        edits.push(if input.inline {
            (end..end, format!(", {key}"))
        } else {
            line_below(text, &input.at_span, &key)
        });
    }
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut pinned = text.to_owned();
    for (span, replacement) in edits {
        pinned.replace_range(span, &replacement);
    }
    Ok(pinned)
}

/// The edit that adds a line below the one on which the value at `span` ends, with its indentation and line ending.
fn line_below(text: &str, span: &Range<usize>, line: &str) -> (Range<usize>, String) {
    let start = text[..span.start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let indentation: String = text[start..]
        .chars()
        .take_while(|character| matches!(character, ' ' | '\t'))
        .collect();
    let end = text[span.end..]
        .find('\n')
        .map_or(text.len(), |newline| span.end + newline);
    let (end, ending) = if text[span.end..end].ends_with('\r') {
        (end - 1, "\r\n")
    } else {
        (end, "\n")
    };
    (end..end, format!("{ending}{indentation}{line}"))
}
