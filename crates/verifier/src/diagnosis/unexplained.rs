//! What was seen to change though nothing that was tried explains it: no output is called stable that any run gave
//! otherwise.

use resow_manifest::conditions::{Addresses, Conditions, Factor};
use resow_manifest::determinism::Clock;

use super::bench::Bench;
use super::examination::Examination;
use super::finding::Evidence;
use super::level::Levels;
use super::search::described;
use crate::outputs::OutputName;

impl Examination<'_> {
    /// Of each output without a cause, two runs with the plan's seed that gave it otherwise. Where these were held in the
    /// same way, it is a race, or what the seed does not reach.
    pub(super) fn note_unexplained(&mut self) {
        let outputs = self.diagnosis.outputs.iter();
        let open: Vec<_> = outputs
            .filter(|(_, finding)| finding.causes.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        for output in open {
            if let Some((conditions, evidence)) = self.change_while_held(&output) {
                let under = self.difference_from_base(&conditions);
                self.blame_race(&output, evidence, under, None);
            } else if let Some(evidence) = self.change(&output)
                && let Some(finding) = self.diagnosis.outputs.get_mut(&output)
            {
                finding.unexplained = Some(evidence);
            }
        }
    }

    /// Two runs of the same conditions that differ in an output, where these hold all that changes by itself.
    fn change_while_held(&self, output: &OutputName) -> Option<(Conditions, Evidence)> {
        (0..self.seen.count()).find_map(|number| {
            let conditions = &self.seen.get(number).trial.conditions;
            let is_held = matches!(conditions.clock, Some(Clock::Counting { .. }))
                && conditions.addresses == Some(Addresses::Fixed)
                && conditions.load.is_none();
            let runs = is_held.then(|| self.seen.repetitions(conditions))?;
            let evidence = self.seen.pair(&runs, output)?;
            Some((conditions.clone(), evidence))
        })
    }

    /// Two runs with the plan's seed that differ in an output.
    fn change(&self, output: &OutputName) -> Option<Evidence> {
        let runs = (0..self.seen.count()).filter(|run| self.seen.get(*run).trial.seed.is_none());
        self.seen.pair(&runs.collect::<Vec<_>>(), output)
    }

    /// In which factors conditions are not those in which everything is held, in words; `None` where in none.
    fn difference_from_base(&self, conditions: &Conditions) -> Option<String> {
        let held = self.bench.conditions(self.base, &Levels::new());
        let is_other = |factor: &Factor| {
            Bench::described(*factor, conditions) != Bench::described(*factor, &held)
        };
        let factors: Vec<_> = Factor::ALL.into_iter().filter(is_other).collect();
        (!factors.is_empty()).then(|| described(&factors, conditions))
    }
}
