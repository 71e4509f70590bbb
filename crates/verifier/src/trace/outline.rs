//! A trace in outline: of each process, each step as 64 bits.

use std::io;

use super::digest::StepDigest;
use super::line::Entry;
use super::process::ProcessName;
use super::reader::TraceReader;
use super::steps::Steps;
use crate::content::Source;

/// A trace in outline.
pub(super) struct Outline {
    /// The processes, in the order in which they came.
    pub(super) processes: Vec<ProcessOutline>,
    /// Whether every line is in it that is one.
    pub(super) is_whole: bool,
}

/// A process in outline.
pub(super) struct ProcessOutline {
    pub(super) who: ProcessName,
    pub(super) steps: Vec<u64>,
}

impl Outline {
    pub(super) fn read(source: &Source) -> io::Result<Self> {
        let mut reader = TraceReader::new(source);
        let mut steps = Steps::default();
        let mut digests: Vec<(Vec<u64>, StepDigest)> = Vec::new();
        while let Some(entry) = reader.next()? {
            let Entry::Step { who, step, values } = entry else {
                continue;
            };
            let Some(place) = steps.place(&who, step) else {
                continue;
            };
            match digests.get_mut(place.process) {
                None => digests.push((Vec::new(), StepDigest::new(step))),
                Some((finished, open)) if place.is_first => {
                    let before = std::mem::replace(open, StepDigest::new(step));
                    finished.push(before.finish());
                }
                Some(_) => {}
            }
            if let Some((_, open)) = digests.get_mut(place.process) {
                open.add(&values);
            }
        }
        let is_whole = !steps.is_cut();
        let processes = steps.into_processes().into_iter().zip(digests);
        let processes = processes.map(|(who, (mut steps, open))| {
            steps.push(open.finish());
            ProcessOutline { who, steps }
        });
        Ok(Self {
            processes: processes.collect(),
            is_whole,
        })
    }

    pub(super) fn names(&self) -> Vec<&ProcessName> {
        self.processes.iter().map(|process| &process.who).collect()
    }

    /// The most steps that a process has.
    pub(super) fn longest(&self) -> u64 {
        let lengths = self.processes.iter().map(|process| process.steps.len());
        lengths.max().unwrap_or(0) as u64
    }
}
