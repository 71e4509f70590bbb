//! The factors that can be set otherwise, and the runs in which some are.

use std::collections::BTreeSet;

use resow_manifest::conditions::{Acted, Factor};

use super::bench::Bench;
use super::examination::Examination;
use super::finding::{FactorFinding, Tested};
use super::level::{Level, Levels, all_at};
use super::pinning::Pinning;
use super::seen::Number;
use super::trial::{Needed, Purpose};
use crate::outputs::OutputName;

impl Examination<'_> {
    pub(super) fn prepare_factors(&mut self) {
        let held = self.bench.conditions(self.base, &Levels::new());
        for factor in Factor::ALL {
            let tested = match self.bench.untestable(factor, self.base) {
                Some(reason) => Tested::No {
                    reason: reason.to_owned(),
                },
                None => Tested::NotYet,
            };
            let mut varied: Vec<_> = Level::VARIED
                .iter()
                .map(|level| all_at(&[factor], *level))
                .map(|levels| self.bench.conditions(self.base, &levels))
                .map(|conditions| Bench::described(factor, &conditions))
                .collect();
            varied.dedup();
            if tested != Tested::NotYet {
                varied.clear();
            }
            let finding = FactorFinding {
                tested,
                held: Bench::described(factor, &held),
                varied,
                acted: None,
                pinning: Pinning::of(factor, &self.bench.plan),
                failed: None,
            };
            self.diagnosis.factors.insert(factor, finding);
        }
    }

    /// The factors that can be set at a level.
    pub(super) fn factors(&self, level: Level) -> Vec<Factor> {
        let can_be = |factor: &Factor| {
            let is_testable = self.bench.untestable(*factor, self.base).is_none();
            (is_testable || level == Level::Released) && !self.failing.contains(&(*factor, level))
        };
        Factor::ALL.into_iter().filter(can_be).collect()
    }

    /// Leaves out what makes the run fail, so that it does not hide what changes outputs.
    pub(super) fn drop_what_fails(&mut self) -> Result<(), Box<Needed>> {
        for level in [Level::First, Level::Second] {
            loop {
                let factors = self.factors(level);
                let Some(number) = self.vary(&factors, level)? else {
                    break;
                };
                if self.seen.get(number).is_success() {
                    break;
                }
                let (culprits, number) = self.culprits(&factors, level, number)?;
                for factor in culprits {
                    self.failing.insert((factor, level));
                    if let Some(finding) = self.diagnosis.factors.get_mut(&factor) {
                        finding.failed.get_or_insert(number);
                    }
                }
            }
        }
        Ok(())
    }

    /// The fewest of the factors that make the run fail, and a run that shows it.
    fn culprits(
        &self,
        factors: &[Factor],
        level: Level,
        number: Number,
    ) -> Result<(Vec<Factor>, Number), Box<Needed>> {
        if factors.len() > 1 {
            let (left, right) = factors.split_at(factors.len() / 2);
            for half in [left, right] {
                if let Some(number) = self.vary(half, level)?
                    && !self.seen.get(number).is_success()
                {
                    return self.culprits(half, level, number);
                }
            }
        }
        Ok((factors.to_vec(), number))
    }

    /// The run with these factors at a level; `None` where it would be one that was made already.
    pub(super) fn vary(
        &self,
        factors: &[Factor],
        level: Level,
    ) -> Result<Option<Number>, Box<Needed>> {
        let factors: Vec<_> = factors
            .iter()
            .copied()
            .filter(|factor| !self.failing.contains(&(*factor, level)))
            .collect();
        if factors.is_empty() {
            return Ok(None);
        }
        let at = |level| self.bench.conditions(self.base, &all_at(&factors, level));
        let conditions = at(level);
        let is_repeated = level == Level::Second && conditions == at(Level::First);
        if is_repeated
            && !factors
                .iter()
                .any(|factor| Bench::varies_by_itself(*factor))
        {
            return Ok(None);
        }
        let purpose = match level {
            Level::Released => Purpose::Released { factors },
            _ => Purpose::Varied { factors },
        };
        let repetition = u32::from(is_repeated);
        self.seen.need(&conditions, repetition, purpose).map(Some)
    }

    /// The outputs that change when everything is set otherwise at once.
    pub(super) fn vary_everything(&mut self) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        let mut changed = BTreeSet::new();
        for level in [Level::First, Level::Second] {
            if let Some(number) = self.vary(&self.factors(level), level)? {
                changed.extend(self.changed_in(number));
            }
        }
        for finding in self.diagnosis.factors.values_mut() {
            if finding.tested == Tested::NotYet {
                finding.tested = Tested::Yes;
            }
        }
        Ok(changed)
    }

    /// What is to be searched, what acted first. Threads and processors are told apart from each other, and stay together.
    pub(super) fn units(&self) -> Vec<Vec<Factor>> {
        let factors = self.factors(Level::First);
        let everything = self
            .bench
            .conditions(self.base, &all_at(&factors, Level::First));
        let runs = self.seen.repetitions(&everything);
        let acted = runs.first().map(|run| &self.seen.get(*run).acted);
        let rank = |factor: &Factor| match acted.and_then(|acted| acted.get(factor)) {
            Some(Acted::Yes { .. }) => 0,
            Some(Acted::NotSeen { .. }) => 2,
            Some(Acted::Unknown { .. }) | None => 1,
        };
        let mut units: Vec<_> = self.all_factors().map(|factor| vec![factor]).collect();
        if let [threads, cpus, ..] = units.as_slice()
            && (threads[0], cpus[0]) == (Factor::Threads, Factor::Cpus)
        {
            units.splice(..2, [vec![Factor::Threads, Factor::Cpus]]);
        }
        units.sort_by_key(|unit| unit.iter().map(rank).min());
        units
    }

    /// The factors that can be set otherwise in any way.
    fn all_factors(&self) -> impl Iterator<Item = Factor> {
        let first: BTreeSet<_> = self.factors(Level::First).into_iter().collect();
        let second = self.factors(Level::Second).into_iter();
        let all: BTreeSet<_> = first.into_iter().chain(second).collect();
        all.into_iter()
    }
}
