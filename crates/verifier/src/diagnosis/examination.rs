//! The course of the experiment: plain reruns, everything held, everything set otherwise, another seed, one factor after
//! another.
//!
//! It is written as if every run could be had at once. A run that was not made yet ends it, as what is needed next; with
//! that run among the observations, the same course is taken again and gets one run further.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::conditions::{Acted, Conditions, Factor};

use super::base::Base;
use super::bench::Bench;
use super::finding::{Cause, Diagnosis, OutputFinding, Reruns, SeedEffect};
use super::level::{Level, Levels};
use super::observation::Observation;
use super::seen::{Number, Seen};
use super::trial::{Needed, Purpose};
use crate::outputs::OutputName;

/// How often the plan is run as it is.
const RERUNS: u32 = 3;
/// The repetition of what everything is compared with that is made once something was found.
pub(super) const CONFIRMATION: u32 = 8;

/// What was found so far, and the run that is needed next; `None` once everything was tried.
pub fn examine(bench: &Bench, observations: &[Observation]) -> (Diagnosis, Option<Needed>) {
    let mut examination = Examination::new(bench, observations);
    let needed = examination.take_course().err();
    examination.finish();
    (examination.diagnosis, needed.map(|needed| *needed))
}

/// One course through what was observed.
pub(super) struct Examination<'a> {
    pub(super) bench: &'a Bench,
    pub(super) seen: Seen<'a>,
    pub(super) diagnosis: Diagnosis,
    pub(super) base: Base,
    /// The run that others are compared with.
    pub(super) held: Number,
    /// Outputs that change though everything is held.
    pub(super) unsteady: BTreeSet<OutputName>,
    /// Outputs that change unless there is one thread or processor alone.
    pub(super) racing: BTreeSet<OutputName>,
    /// What makes the run fail.
    pub(super) failing: BTreeSet<(Factor, Level)>,
}

impl<'a> Examination<'a> {
    fn new(bench: &'a Bench, observations: &'a [Observation]) -> Self {
        Self {
            bench,
            seen: Seen::of(observations),
            diagnosis: Diagnosis::default(),
            base: Base::NOTHING,
            held: 0,
            unsteady: BTreeSet::new(),
            racing: BTreeSet::new(),
            failing: BTreeSet::new(),
        }
    }

    fn take_course(&mut self) -> Result<(), Box<Needed>> {
        let Some(plain) = self.rerun()? else {
            return Ok(());
        };
        if !self.hold(&plain)? {
            return Ok(());
        }
        self.prepare_factors();
        self.drop_what_fails()?;
        let changed = self.vary_everything()?;
        self.reseed()?;
        if !changed.is_empty() {
            let units = self.units();
            self.search(&units, &changed, Level::VARIED)?;
        }
        self.release(&plain)?;
        self.tell_apart()
    }

    /// Runs the plan as it is; `None` where it fails.
    fn rerun(&mut self) -> Result<Option<Vec<Number>>, Box<Needed>> {
        let mut plain = Vec::new();
        for repetition in 0..RERUNS {
            let number = self
                .seen
                .need(&Conditions::default(), repetition, Purpose::Rerun)?;
            if !self.seen.get(number).is_success() {
                self.diagnosis.failed = Some(number);
                return Ok(None);
            }
            plain.push(number);
        }
        let differing = self.seen.unsteady(&plain);
        let results = plain.iter().flat_map(|run| self.seen.get(*run).results());
        self.diagnosis.outputs = results
            .map(|name| {
                let reruns = if differing.contains(&name) {
                    Reruns::Differ
                } else {
                    Reruns::Same
                };
                let finding = OutputFinding {
                    reruns,
                    causes: Vec::new(),
                    through_addresses: BTreeSet::new(),
                    unexplained: None,
                    seed: SeedEffect::Untold,
                };
                (name, finding)
            })
            .collect();
        Ok(Some(plain))
    }

    /// Adds a cause of an output's changes, unless it is known.
    pub(super) fn blame(&mut self, output: &OutputName, cause: Cause) {
        // An output that only some run gave has no reruns that could be the same.
        let finding = self.diagnosis.outputs.entry(output.clone());
        let finding = finding.or_insert_with(|| OutputFinding {
            reruns: Reruns::Differ,
            causes: Vec::new(),
            through_addresses: BTreeSet::new(),
            unexplained: None,
            seed: SeedEffect::Untold,
        });
        let is_known = finding
            .causes
            .iter()
            .any(|known| known.name() == cause.name());
        if !is_known {
            finding.causes.push(cause);
        }
    }

    pub(super) fn need_held(&self, repetition: u32) -> Result<Number, Box<Needed>> {
        let conditions = self.bench.conditions(self.base, &Levels::new());
        self.seen.need(&conditions, repetition, Purpose::Held)
    }

    /// The outputs that a run gave otherwise than the one with everything held, and that do not change by themselves.
    pub(super) fn changed_in(&self, number: Number) -> BTreeSet<OutputName> {
        if !self.seen.get(number).is_success() {
            return BTreeSet::new();
        }
        &self.seen.differing(self.held, number) - &self.unsteady
    }

    /// What is left to be said once no more runs are made, for now or at all.
    fn finish(&mut self) {
        self.note_unexplained();
        let mut acted: BTreeMap<Factor, (usize, Acted)> = BTreeMap::new();
        for number in 0..self.seen.count() {
            let run = self.seen.get(number);
            let Purpose::Varied { factors } = &run.purpose else {
                continue;
            };
            for factor in factors {
                let Some(told) = run.acted.get(factor) else {
                    continue;
                };
                let rank = match told {
                    Acted::Yes { .. } => 0,
                    Acted::Unknown { .. } => 1,
                    Acted::NotSeen { .. } => 2,
                };
                let known = acted.get(factor);
                if known.is_none_or(|(least, _)| rank < *least) {
                    acted.insert(*factor, (rank, told.clone()));
                }
            }
        }
        for (factor, (_, told)) in acted {
            if let Some(finding) = self.diagnosis.factors.get_mut(&factor) {
                finding.acted = Some(told);
            }
        }
        for finding in self.diagnosis.outputs.values_mut() {
            finding.causes.sort_by_key(|cause| match cause {
                Cause::Factor { factor, .. } => (0, Some(*factor)),
                Cause::Race { .. } => (1, None),
                Cause::Unseeded { .. } => (2, None),
                Cause::Together { .. } => (3, None),
            });
        }
    }
}
