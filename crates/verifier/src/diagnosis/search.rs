//! Which of many factors change an output: halves of them, halves of halves, one alone; then a run that confirms it.

use std::collections::BTreeSet;

use resow_manifest::conditions::{Conditions, Factor};
use resow_manifest::determinism::Clock;

use super::bench::Bench;
use super::examination::{CONFIRMATION, Examination};
use super::finding::{Cause, Evidence};
use super::level::Level;
use super::seen::Number;
use super::trial::Needed;
use crate::outputs::OutputName;

/// The repetition of a run that shows a cause.
const AGAIN: u32 = 2;

impl Examination<'_> {
    /// Finds what among the units changes `outputs`, which all of them together do; returns those that it explains.
    pub(super) fn search(
        &mut self,
        units: &[Vec<Factor>],
        outputs: &BTreeSet<OutputName>,
        levels: &[Level],
    ) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        if let [unit] = units {
            return match unit.as_slice() {
                [Factor::Threads, Factor::Cpus] => self.search_parallelism(outputs),
                [factor, ..] => self.search_one(*factor, outputs, levels),
                [] => Ok(BTreeSet::new()),
            };
        }
        let (left, right) = units.split_at(units.len() / 2);
        let in_left = self.changed_by(&left.concat(), outputs, levels)?;
        let mut explained = BTreeSet::new();
        if !in_left.is_empty() {
            explained.extend(self.search(left, &in_left, levels)?);
        }
        // What the one half does not change, the other does.
        let in_right = if in_left.is_empty() {
            outputs.clone()
        } else {
            self.changed_by(&right.concat(), outputs, levels)?
        };
        if !in_right.is_empty() {
            explained.extend(self.search(right, &in_right, levels)?);
        }
        let left_over = outputs - &explained;
        if !left_over.is_empty() {
            explained.extend(self.search_together(&units.concat(), &left_over, levels)?);
        }
        Ok(explained)
    }

    /// Those of the outputs that change under these factors.
    fn changed_by(
        &self,
        factors: &[Factor],
        outputs: &BTreeSet<OutputName>,
        levels: &[Level],
    ) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        let mut changed = BTreeSet::new();
        for level in levels {
            if changed == *outputs {
                break;
            }
            if let Some(number) = self.vary(factors, *level)? {
                changed.extend(&self.changed_in(number) & outputs);
            }
        }
        Ok(changed)
    }

    /// One factor, all others held.
    fn search_one(
        &mut self,
        factor: Factor,
        outputs: &BTreeSet<OutputName>,
        levels: &[Level],
    ) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        let causes = self.causes_of(&[factor], factor, outputs, levels)?;
        let explained = causes.iter().map(|(output, _)| output.clone()).collect();
        self.blame_all(causes);
        Ok(explained)
    }

    pub(super) fn blame_all(&mut self, causes: Vec<(OutputName, Cause)>) {
        for (output, cause) in causes {
            let is_of_race = matches!(
                cause,
                Cause::Factor {
                    factor: Factor::Threads | Factor::Cpus,
                    ..
                }
            );
            if !(is_of_race && self.racing.contains(&output)) {
                self.blame(&output, cause);
            }
        }
    }

    /// What `factor` does to the outputs when all of `varied` are set otherwise, confirmed by a second run of each side.
    pub(super) fn causes_of(
        &self,
        varied: &[Factor],
        factor: Factor,
        outputs: &BTreeSet<OutputName>,
        levels: &[Level],
    ) -> Result<Vec<(OutputName, Cause)>, Box<Needed>> {
        let mut causes: Vec<(OutputName, Cause)> = Vec::new();
        for level in levels {
            let is_explained =
                |output: &OutputName| causes.iter().any(|(known, _)| known == output);
            let open: BTreeSet<_> = outputs
                .iter()
                .filter(|output| !is_explained(output))
                .cloned()
                .collect();
            if open.is_empty() {
                break;
            }
            let Some(number) = self.vary(varied, *level)? else {
                continue;
            };
            for output in &self.changed_in(number) & &open {
                let cause = self.confirmed(varied, factor, *level, number, &output)?;
                causes.push((output, cause));
            }
        }
        Ok(causes)
    }

    /// The cause that a run shows, once it was repeated, and what it is compared with as well.
    fn confirmed(
        &self,
        varied: &[Factor],
        factor: Factor,
        level: Level,
        number: Number,
        output: &OutputName,
    ) -> Result<Cause, Box<Needed>> {
        let run = self.seen.get(number);
        let conditions = &run.trial.conditions;
        let again = self.seen.need(conditions, AGAIN, run.purpose.clone())?;
        // Where this gives something else, everything held was not steady after all, and the course is another.
        self.need_held(CONFIRMATION)?;
        let evidence = Evidence {
            held: self.held,
            changed: number,
        };
        let held = &self.seen.get(self.held).trial.conditions;
        let differs_again = self.seen.differing(number, again).contains(output);
        // Real time, other addresses, and what is let go are not the same twice.
        let may_differ = Bench::varies_by_itself(factor)
            || level == Level::Released
            || (factor == Factor::ElapsedTime && matches!(conditions.clock, Some(Clock::At(_))));
        if factor == Factor::Load || (differs_again && !may_differ) {
            return Ok(Cause::Race {
                under: Some(described(varied, conditions)),
                without: None,
                evidence,
            });
        }
        let mut others = varied.to_vec();
        others.retain(|other| *other != factor);
        Ok(Cause::Factor {
            factor,
            held: Bench::described(factor, held),
            changed: Bench::described(factor, conditions),
            with: (!others.is_empty()).then(|| described(&others, conditions)),
            evidence,
        })
    }

    /// Several factors of which none does it alone: the fewest that do it together.
    fn search_together(
        &mut self,
        factors: &[Factor],
        outputs: &BTreeSet<OutputName>,
        levels: &[Level],
    ) -> Result<BTreeSet<OutputName>, Box<Needed>> {
        let mut explained = BTreeSet::new();
        for level in levels {
            let Some(mut number) = self.vary(factors, *level)? else {
                continue;
            };
            let open: BTreeSet<_> = &(&self.changed_in(number) & outputs) - &explained;
            if open.is_empty() {
                continue;
            }
            let mut needed = factors.to_vec();
            for factor in factors {
                let without: Vec<_> = needed.iter().copied().filter(|it| it != factor).collect();
                if let Some(other) = self.vary(&without, *level)?
                    && open.is_subset(&self.changed_in(other))
                {
                    (needed, number) = (without, other);
                }
            }
            let run = self.seen.get(number);
            let again = self
                .seen
                .need(&run.trial.conditions, AGAIN, run.purpose.clone())?;
            self.need_held(CONFIRMATION)?;
            let evidence = Evidence {
                held: self.held,
                changed: number,
            };
            for output in open {
                let is_lasting = self.changed_in(again).contains(&output);
                let cause = if is_lasting && !needed.contains(&Factor::Load) {
                    Cause::Together {
                        factors: needed.iter().copied().collect(),
                        evidence,
                    }
                } else {
                    // What one run gives and the next does not comes from who is first.
                    Cause::Race {
                        under: Some(described(&needed, &run.trial.conditions)),
                        without: None,
                        evidence,
                    }
                };
                self.blame(&output, cause);
                explained.insert(output);
            }
        }
        Ok(explained)
    }
}

/// Several factors with their values, in words.
pub(super) fn described(factors: &[Factor], conditions: &Conditions) -> String {
    let described: Vec<_> = factors
        .iter()
        .map(|factor| format!("{factor}: {}", Bench::described(*factor, conditions)))
        .collect();
    described.join(", ")
}
