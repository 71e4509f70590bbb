//! What there is in a trace: counted when it is recorded.

use std::io;

use super::line::{Entry, LONGEST};
use super::reader::TraceReader;
use super::steps::Steps;
use crate::content::Source;

/// The most bytes of a trace that are kept.
const MOST_BYTES: u64 = 256 << 20;

/// How many different faults are listed, and how long one is at most, in characters.
const MOST_FAULTS: usize = 20;
const LONGEST_FAULT: usize = 300;

/// What there is in a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceSurvey {
    /// The most steps of a process.
    pub steps: u64,
    /// How many processes wrote any.
    pub processes: u64,
    /// How many lines are none that can be understood.
    pub malformed: u64,
    /// What could not be traced, each once.
    pub faults: Vec<String>,
    /// Whether more steps, processes or faults were written than are told apart.
    pub is_cut: bool,
}

/// As much of a trace as is kept, in whole lines; and whether that is not all.
///
/// # Errors
/// When it cannot be read.
pub fn bounded(trace: &Source) -> io::Result<(Source, bool)> {
    if trace.length() <= MOST_BYTES {
        return Ok((trace.clone(), false));
    }
    let mut tail = vec![0; LONGEST];
    let start = MOST_BYTES - LONGEST as u64;
    let read = trace.read_at(start, &mut tail)?;
    let end = tail[..read].iter().rposition(|byte| *byte == b'\n');
    let length = end.map_or(MOST_BYTES, |end| start + end as u64 + 1);
    let kept = trace.slice(0, length).unwrap_or_else(|| trace.clone());
    Ok((kept, true))
}

/// Counts what there is in a trace.
///
/// # Errors
/// When it cannot be read.
pub fn survey(trace: &Source) -> io::Result<TraceSurvey> {
    let mut reader = TraceReader::new(trace);
    let mut steps = Steps::default();
    let mut found = TraceSurvey::default();
    while let Some(entry) = reader.next()? {
        match entry {
            Entry::Step { who, step, .. } => {
                let _ = steps.place(&who, step);
            }
            Entry::Malformed => found.malformed += 1,
            Entry::Fault(text) => {
                let text: String = text.chars().take(LONGEST_FAULT).collect();
                if found.faults.contains(&text) {
                } else if found.faults.len() < MOST_FAULTS {
                    found.faults.push(text);
                } else {
                    found.is_cut = true;
                }
            }
        }
    }
    found.is_cut |= steps.is_cut();
    found.steps = steps.lengths().max().unwrap_or(0);
    found.processes = steps.lengths().count() as u64;
    // Which process is first to say it is left to chance.
    found.faults.sort();
    Ok(found)
}
