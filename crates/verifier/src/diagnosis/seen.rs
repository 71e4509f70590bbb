//! What was observed so far, to be asked for a run.

use std::collections::BTreeSet;

use resow_manifest::conditions::Conditions;
use resow_manifest::seed::Seed;

use super::finding::Evidence;
use super::observation::Observation;
use super::trial::{Needed, Purpose, Trial};
use crate::outputs::OutputName;

/// A run by its number.
pub(super) type Number = usize;

/// What was observed so far.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    observations: &'a [Observation],
}

impl<'a> Seen<'a> {
    pub(super) fn of(observations: &'a [Observation]) -> Self {
        Self { observations }
    }

    pub(super) fn get(self, number: Number) -> &'a Observation {
        &self.observations[number]
    }

    /// The number of a run; where it was not made yet, it is needed.
    pub(super) fn need(
        self,
        conditions: &Conditions,
        repetition: u32,
        purpose: Purpose,
    ) -> Result<Number, Box<Needed>> {
        self.need_with_seed(conditions, None, repetition, purpose)
    }

    /// The same, with another seed.
    pub(super) fn need_with_seed(
        self,
        conditions: &Conditions,
        seed: Option<Seed>,
        repetition: u32,
        purpose: Purpose,
    ) -> Result<Number, Box<Needed>> {
        let trial = Trial {
            conditions: conditions.clone(),
            seed,
            repetition,
        };
        let mut made = self.observations.iter();
        let found = made.position(|observation| observation.trial == trial);
        found.ok_or_else(|| Box::new(Needed { trial, purpose }))
    }

    /// The runs of the same conditions with the plan's seed, in order.
    pub(super) fn repetitions(self, conditions: &Conditions) -> Vec<Number> {
        let all = self.observations.iter().enumerate();
        all.filter(|(_, it)| it.trial.conditions == *conditions && it.trial.seed.is_none())
            .map(|(number, _)| number)
            .collect()
    }

    /// In what two runs differ.
    pub(super) fn differing(self, one: Number, other: Number) -> BTreeSet<OutputName> {
        self.get(one).differing(self.get(other))
    }

    /// In what several runs differ from the first; a run that failed says nothing.
    pub(super) fn unsteady(self, runs: &[Number]) -> BTreeSet<OutputName> {
        let mut good = runs.iter().filter(|number| self.get(**number).is_success());
        let Some(first) = good.next() else {
            return BTreeSet::new();
        };
        good.flat_map(|other| self.differing(*first, *other))
            .collect()
    }

    /// The first two of several runs that differ in an output; a run that failed says nothing.
    pub(super) fn pair(self, runs: &[Number], output: &OutputName) -> Option<Evidence> {
        let mut good = runs.iter().filter(|number| self.get(**number).is_success());
        let held = *good.next()?;
        let changed = *good.find(|other| self.differing(held, **other).contains(output))?;
        Some(Evidence { held, changed })
    }

    pub(super) fn count(self) -> usize {
        self.observations.len()
    }
}
