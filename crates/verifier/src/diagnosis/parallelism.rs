//! Factors that act through one another, told apart: threads and processors, the wall clock and elapsed time, addresses
//! and what moves memory besides.

use std::collections::BTreeSet;

use resow_manifest::conditions::Factor;

use super::base::HeldClock;
use super::examination::Examination;
use super::finding::Cause;
use super::level::{Level, Levels};
use super::seen::Number;
use super::trial::{Needed, Purpose};
use crate::outputs::OutputName;

/// Factors that move what lies in memory: a larger environment moves the stack and the heap, a locale and a time zone are
/// read from files, other instructions have other libraries' tables.
const MOVES_MEMORY: [Factor; 4] = [
    Factor::InstructionSet,
    Factor::TimeZone,
    Factor::Locale,
    Factor::EnvironmentSize,
];

impl Examination<'_> {
    /// Threads with the processors kept, processors with the threads kept. Libraries have no more threads than processors:
    /// where fewer processors change something, that counts only if they do it to a single thread too; and a second
    /// thread may need a second processor.
    pub(super) fn search_parallelism(
        &mut self,
        outputs: &BTreeSet<OutputName>,
    ) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        use Factor::{Cpus, Threads};
        let mut causes = self.causes_of(&[Threads], Threads, outputs, Level::VARIED)?;
        let by_threads: BTreeSet<_> = causes.iter().map(|(output, _)| output.clone()).collect();
        let mut explained = by_threads.clone();
        for (output, cause) in self.causes_of(&[Cpus], Cpus, outputs, Level::VARIED)? {
            explained.insert(output.clone());
            let is_through_threads =
                by_threads.contains(&output) && self.is_through_threads(&cause, &output)?;
            if !is_through_threads {
                causes.push((output, cause));
            }
        }
        let left_over = outputs - &explained;
        if !left_over.is_empty() {
            let more = self.causes_of(&[Threads, Cpus], Threads, &left_over, Level::VARIED)?;
            explained.extend(more.iter().map(|(output, _)| output.clone()));
            causes.extend(more);
        }
        self.blame_all(causes);
        Ok(explained)
    }

    /// Whether the change that other processors make is gone where there is one thread anyway.
    fn is_through_threads(&self, cause: &Cause, output: &OutputName) -> Result<bool, Box<Needed>> {
        let held = self.bench.threads(self.base)[0];
        if held == 1 {
            return Ok(false);
        }
        let shown = self.seen.get(cause.evidence().changed);
        let one_thread = Levels::from([(Factor::Threads, Level::First)]);
        let many = self.bench.conditions(self.base, &one_thread);
        let mut few = many.clone();
        few.cpus = shown.trial.conditions.cpus;
        let purpose = || Purpose::Varied {
            factors: vec![Factor::Threads, Factor::Cpus],
        };
        let many = self.seen.need(&many, 0, purpose())?;
        let few = self.seen.need(&few, 0, purpose())?;
        Ok(!self.seen.differing(many, few).contains(output))
    }

    /// Takes back what acts through another factor alone.
    pub(super) fn tell_apart(&mut self) -> Result<(), Box<Needed>> {
        let through_wall = self.changed_by_both(Factor::WallClock, Factor::ElapsedTime);
        if self.base.clock == HeldClock::Counting && !through_wall.is_empty() {
            // Each reading of the wall clock holds the time that has passed too: only what changes while it stands
            // comes from that.
            let runs = self.runs_with_time_running()?;
            for output in &through_wall - &self.seen.unsteady(&runs) {
                self.take_back(&output, Factor::ElapsedTime);
            }
        }
        for factor in MOVES_MEMORY {
            for output in self.changed_by_both(Factor::Addresses, factor) {
                self.take_back(&output, factor);
                if let Some(finding) = self.diagnosis.outputs.get_mut(&output) {
                    finding.through_addresses.insert(factor);
                }
            }
        }
        Ok(())
    }

    fn runs_with_time_running(&self) -> Result<Vec<Number>, Box<Needed>> {
        let conditions = self.bench.with_time_running(self.base);
        let purpose = || Purpose::Varied {
            factors: vec![Factor::ElapsedTime],
        };
        (0..3)
            .map(|repetition| self.seen.need(&conditions, repetition, purpose()))
            .collect()
    }

    fn changed_by_both(&self, one: Factor, other: Factor) -> BTreeSet<OutputName> {
        let outputs = self.diagnosis.outputs.iter();
        outputs
            .filter(|(_, finding)| {
                let has = |wanted| {
                    let mut causes = finding.causes.iter();
                    causes.any(|it| matches!(it, Cause::Factor { factor, .. } if *factor == wanted))
                };
                has(one) && has(other)
            })
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn take_back(&mut self, output: &OutputName, wrong: Factor) {
        if let Some(finding) = self.diagnosis.outputs.get_mut(output) {
            let is_it = |it: &Cause| matches!(it, Cause::Factor { factor, .. } if *factor == wrong);
            finding.causes.retain(|cause| !is_it(cause));
        }
    }
}
