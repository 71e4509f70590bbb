//! How everything is held: so that two runs give the same, where that can be had.

use std::collections::BTreeSet;

use resow_manifest::conditions::Conditions;

use super::base::{Base, HeldClock, Narrowed};
use super::examination::Examination;
use super::finding::{Cause, Evidence};
use super::level::Levels;
use super::seen::Number;
use super::trial::{Needed, Purpose};
use crate::outputs::OutputName;

/// How often everything is held where plain reruns gave the same.
const HELD: u32 = 2;
/// How often everything is held where plain reruns differ, or another way to hold it did not do.
const HELD_IN_DOUBT: u32 = 4;

impl Examination<'_> {
    /// Finds how everything can be held; `false` where nothing can be compared at all.
    pub(super) fn hold(&mut self, plain: &[Number]) -> Result<bool, Box<Needed>> {
        let mut best: Option<(Base, BTreeSet<OutputName>)> = None;
        let mut wide_unsteady = BTreeSet::new();
        let mut repetitions = if self.seen.unsteady(plain).is_empty() {
            HELD
        } else {
            HELD_IN_DOUBT
        };
        for base in self.bases() {
            let Some(unsteady) = self.try_base(base, repetitions)? else {
                continue;
            };
            repetitions = HELD_IN_DOUBT;
            if base.clock == HeldClock::Counting && !base.is_narrow() {
                wide_unsteady.clone_from(&unsteady);
            }
            let is_better = best
                .as_ref()
                .is_none_or(|(_, least)| unsteady.len() < least.len());
            let is_steady = unsteady.is_empty();
            if is_better {
                best = Some((base, unsteady));
            }
            if is_steady {
                break;
            }
        }
        let nothing = Base::NOTHING;
        let (base, unsteady) = match best {
            Some(best) => best,
            None => match self.try_base(nothing, HELD)? {
                Some(unsteady) => (nothing, unsteady),
                None => return Ok(false),
            },
        };
        self.base = base;
        self.diagnosis.base = Some(base);
        self.held = self.need_held(0)?;
        if base.is_narrow() {
            self.racing = &wide_unsteady - &unsteady;
            let wide = self.bench.conditions(Base::WIDE[0], &Levels::new());
            let without = match base.narrowed {
                Narrowed::OneThread => "1 thread",
                _ => "1 thread and 1 processor",
            };
            for output in self.racing.clone() {
                self.blame_race_under(&wide, &output, Some(without.to_owned()));
            }
        }
        if base.clock == HeldClock::Running {
            // Held with clocks that count, it changed by itself: that it seems steady now may be luck.
            let wide = self.bench.conditions(Base::WIDE[0], &Levels::new());
            for output in &wide_unsteady - &unsteady {
                self.blame_race_under(&wide, &output, None);
            }
        }
        let conditions = self.bench.conditions(base, &Levels::new());
        for output in &unsteady {
            self.blame_race_under(&conditions, output, None);
        }
        self.unsteady = unsteady;
        Ok(true)
    }

    /// The ways to hold everything, in the order in which they are tried.
    fn bases(&self) -> Vec<Base> {
        let [counting, running] = Base::WIDE;
        let mut bases = vec![counting];
        let narrow = |narrowed| Base {
            narrowed,
            ..counting
        };
        if self.bench.threads(counting)[0] > 1 {
            bases.push(narrow(Narrowed::OneThread));
        }
        if self.bench.cpus(counting) > 1 {
            bases.push(narrow(Narrowed::OneProcessor));
        }
        bases.push(running);
        bases
    }

    /// The outputs that change though everything is held so; `None` where the run fails then.
    fn try_base(
        &mut self,
        base: Base,
        repetitions: u32,
    ) -> Result<Option<BTreeSet<OutputName>>, Box<Needed>> {
        let conditions = self.bench.conditions(base, &Levels::new());
        for repetition in 0..repetitions {
            let number = self.seen.need(&conditions, repetition, Purpose::Held)?;
            if !self.seen.get(number).is_success() {
                let what = match base.clock {
                    HeldClock::Counting => "everything held, with clocks that count their reads",
                    HeldClock::Running => "everything held, with a wall clock that stands",
                    HeldClock::Nothing => "nothing set otherwise, and watched",
                };
                self.diagnosis.not_held.push((what.to_owned(), number));
                return Ok(None);
            }
            // Those of a later confirmation count as well.
            let unsteady = self.seen.unsteady(&self.seen.repetitions(&conditions));
            if !unsteady.is_empty() {
                return Ok(Some(unsteady));
            }
        }
        Ok(Some(BTreeSet::new()))
    }

    /// What changes by itself under these conditions.
    fn blame_race_under(
        &mut self,
        conditions: &Conditions,
        output: &OutputName,
        without: Option<String>,
    ) {
        let runs = self.seen.repetitions(conditions);
        if let Some(evidence) = self.seen.pair(&runs, output) {
            self.blame_race(output, evidence, None, without);
        }
    }

    /// What changes by itself, though its surroundings are held: what the seed does not reach, or who is first.
    pub(super) fn blame_race(
        &mut self,
        output: &OutputName,
        evidence: Evidence,
        under: Option<String>,
        without: Option<String>,
    ) {
        let what = &self.seen.get(evidence.changed).unseeded;
        let cause = if without.is_none() && !what.is_empty() {
            let what = what.clone();
            Cause::Unseeded { what, evidence }
        } else {
            Cause::Race {
                under,
                without,
                evidence,
            }
        };
        self.blame(output, cause);
    }
}
