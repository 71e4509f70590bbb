//! What is tried besides: another seed, and factors as the plan and the host have them.

use resow_manifest::conditions::Factor;
use resow_manifest::seed::Seed;

use super::base::HeldClock;
use super::examination::Examination;
use super::finding::{OutputFinding, SeedEffect};
use super::level::{Level, Levels};
use super::seen::Number;
use super::trial::{Needed, Purpose};

impl Examination<'_> {
    /// Tries other seeds: each output must change with one of them.
    pub(super) fn reseed(&mut self) -> Result<(), Box<Needed>> {
        let seed = self.bench.plan.seed.value();
        let conditions = self.bench.conditions(self.base, &Levels::new());
        let others = [1, 0x9e37_79b9].map(|distance| Seed::new(seed.wrapping_add(distance)));
        for other in others {
            let is_open = |finding: &OutputFinding| {
                matches!(finding.seed, SeedEffect::Untold | SeedEffect::None)
            };
            let names = self.diagnosis.outputs.iter();
            let open: Vec<_> = names
                .filter(|(name, finding)| is_open(finding) && !self.unsteady.contains(*name))
                .map(|(name, _)| name.clone())
                .collect();
            if open.is_empty() {
                break;
            }
            let number =
                self.seen
                    .need_with_seed(&conditions, Some(other), 0, Purpose::OtherSeed)?;
            if !self.seen.get(number).is_success() {
                continue;
            }
            let changed = self.changed_in(number);
            for name in open {
                if let Some(finding) = self.diagnosis.outputs.get_mut(&name) {
                    finding.seed = if changed.contains(&name) {
                        SeedEffect::Changes
                    } else {
                        SeedEffect::None
                    };
                }
            }
        }
        Ok(())
    }

    /// Where plain reruns give something else than is given with everything held, and no other value of a factor does
    /// that: lets factors go one by one.
    pub(super) fn release(&mut self, plain: &[Number]) -> Result<(), Box<Needed>> {
        if self.base.clock == HeldClock::Nothing {
            return Ok(());
        }
        let mut open = self.seen.unsteady(plain);
        open.extend(plain.iter().flat_map(|run| self.changed_in(*run)));
        open.retain(|name| {
            let finding = self.diagnosis.outputs.get(name);
            !self.unsteady.contains(name) && finding.is_none_or(|finding| finding.causes.is_empty())
        });
        // The clocks are let go together, and load is never held.
        let mut factors = self.factors(Level::Released);
        factors.retain(|factor| !matches!(factor, Factor::ElapsedTime | Factor::Load));
        if open.is_empty() {
            return Ok(());
        }
        let Some(number) = self.vary(&factors, Level::Released)? else {
            return Ok(());
        };
        let changed = &self.changed_in(number) & &open;
        if changed.is_empty() {
            return Ok(());
        }
        let units: Vec<_> = factors.into_iter().map(|factor| vec![factor]).collect();
        self.search(&units, &changed, &[Level::Released])?;
        Ok(())
    }
}
