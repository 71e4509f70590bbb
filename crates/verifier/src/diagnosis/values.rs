//! The values of factors: as they are held, and as they are set otherwise.

use jiff::Timestamp;
use resow_manifest::clock::ClockStep;
use resow_manifest::conditions::{Addresses, Conditions, DirectoryOrder, Factor};
use resow_manifest::determinism::{Clock, InstructionSet};

use super::base::{Base, HeldClock};
use super::bench::Bench;
use super::level::{Level, Levels};

/// Where the wall clock stands: whole seconds between 2004 and 2038, so that differences of times in seconds since 1970
/// have the same bits wherever it stands.
const INSTANTS: [i64; 3] = [1_704_067_200, 1_942_062_449, 1_330_559_887];
/// The steps of the counting clock, in nanoseconds.
const STEPS: [u64; 2] = [1_000, 7_000_000];
const HOST_NAMES: [&str; 3] = ["host-a", "host-b", "host-c"];
/// As POSIX writes them: an image needs no table for them.
const TIME_ZONES: [&str; 3] = ["UTC0", "JST-9", "NST3:30"];
const LOCALES: [&str; 3] = ["C.UTF-8", "de_DE.UTF-8", "C"];
/// All beyond what an allocator of small objects takes, so that the addresses of these stay.
const ENVIRONMENT_BYTES: [u32; 3] = [1_000, 6_000, 33_000];

impl Bench {
    /// Why a factor cannot be set otherwise here; `None` where it can.
    pub(super) fn untestable(&self, factor: Factor, base: Base) -> Option<&'static str> {
        match factor {
            Factor::Cpus if self.other_cpus(base).is_empty() => {
                Some("the run can have one processor alone")
            }
            Factor::InstructionSet if self.other_sets().is_empty() => {
                Some("no library chooses by instructions on this processor")
            }
            Factor::ElapsedTime if base.clock != HeldClock::Counting => {
                Some("the run does not stand a clock that counts")
            }
            _ => None,
        }
    }

    /// Whether the same conditions may act otherwise when they are repeated.
    pub(super) fn varies_by_itself(factor: Factor) -> bool {
        matches!(factor, Factor::Addresses | Factor::Load)
    }

    /// The conditions of a run: all held as `base` says, but for `levels`.
    pub(super) fn conditions(&self, base: Base, levels: &Levels) -> Conditions {
        let mut conditions = Conditions {
            watched: true,
            ..Conditions::default()
        };
        if base.clock == HeldClock::Nothing {
            for (factor, level) in levels {
                self.set(&mut conditions, base, *factor, Some(*level));
            }
            if levels.contains_key(&Factor::WallClock) {
                conditions.clock = self.clock(base, levels);
            }
            return conditions;
        }
        for factor in Factor::ALL {
            self.set(&mut conditions, base, factor, levels.get(&factor).copied());
        }
        conditions.clock = self.clock(base, levels);
        conditions
    }

    fn set(&self, to: &mut Conditions, base: Base, factor: Factor, level: Option<Level>) {
        if level == Some(Level::Released) {
            return;
        }
        let index = index(level);
        match factor {
            Factor::Threads => to.threads = Some(self.threads(base)[index]),
            Factor::Cpus => {
                let held = self.cpus(base);
                let other = self.other_cpus(base);
                let at = other.get(index.wrapping_sub(1)).or(other.first());
                to.cpus = Some(if index == 0 {
                    held
                } else {
                    *at.unwrap_or(&held)
                });
            }
            Factor::InstructionSet => {
                let held = self.plan.determinism.instruction_set;
                let other = self.other_sets();
                let at = other.get(index.wrapping_sub(1)).or(other.first());
                to.instruction_set = Some(if index == 0 {
                    held
                } else {
                    *at.unwrap_or(&held)
                });
            }
            Factor::HashSeed => to.hash_seed = u32::try_from(index).ok(),
            Factor::Entropy => to.entropy = Some(index as u64),
            // Both are one setting.
            Factor::WallClock | Factor::ElapsedTime => {}
            Factor::DirectoryOrder => {
                to.directory_order = Some(match index {
                    0 => DirectoryOrder::Sorted,
                    _ => DirectoryOrder::Reversed,
                });
            }
            Factor::Addresses => {
                to.addresses = Some(match index {
                    0 => Addresses::Fixed,
                    _ => Addresses::Random,
                });
            }
            Factor::HostName => to.host_name = Some(HOST_NAMES[index].to_owned()),
            Factor::TimeZone => to.time_zone = Some(TIME_ZONES[index].to_owned()),
            Factor::Locale => to.locale = Some(LOCALES[index].to_owned()),
            Factor::EnvironmentSize => to.environment_bytes = Some(ENVIRONMENT_BYTES[index]),
            Factor::Load => to.load = (index > 0).then_some(2 * self.processors.max(1)),
        }
    }

    /// The clock that stands for both the wall clock and elapsed time.
    fn clock(&self, base: Base, levels: &Levels) -> Option<Clock> {
        let level = |factor| levels.get(&factor).copied();
        let (wall, elapsed) = (level(Factor::WallClock), level(Factor::ElapsedTime));
        if wall == Some(Level::Released) || elapsed == Some(Level::Released) {
            return None;
        }
        let start = self.instants()[index(wall)];
        let counting = |step: usize| {
            Some(Clock::Counting {
                start,
                step: ClockStep::from_nanoseconds(STEPS[step]),
            })
        };
        match (base.clock, elapsed) {
            (HeldClock::Counting, None) => counting(0),
            (HeldClock::Counting, Some(Level::First)) => counting(1),
            _ => Some(Clock::At(start)),
        }
    }

    /// The conditions under which the wall clock stands and all other time passes as it does.
    pub(super) fn with_time_running(&self, base: Base) -> Conditions {
        let levels = Levels::from([(Factor::ElapsedTime, Level::Second)]);
        self.conditions(base, &levels)
    }

    fn instants(&self) -> [Timestamp; 3] {
        let mut instants = INSTANTS
            .map(|seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH));
        if let Clock::At(instant) | Clock::Counting { start: instant, .. } =
            self.plan.determinism.clock
            && !instants.contains(&instant)
        {
            instants[0] = instant;
        }
        instants
    }

    /// How many threads, held and otherwise.
    pub(super) fn threads(&self, base: Base) -> [u32; 3] {
        let planned = self.plan.determinism.threads.unwrap_or(self.plan.cpus);
        match if base.is_narrow() { 1 } else { planned } {
            1 => [1, 2, 3],
            held => [held, 1, held + 1],
        }
    }

    /// The size of the CPU set as it is held.
    pub(super) fn cpus(&self, base: Base) -> u32 {
        match base.narrowed {
            super::base::Narrowed::OneProcessor => 1,
            _ => self.plan.cpus,
        }
    }

    fn other_cpus(&self, base: Base) -> Vec<u32> {
        let held = self.cpus(base);
        let mut other = vec![1, held + 1, 2];
        other.retain(|cpus| *cpus != held && *cpus <= self.processors);
        other.dedup();
        other.truncate(2);
        other
    }

    /// The nearest lesser set, and a greater one where the processor has it.
    fn other_sets(&self) -> Vec<InstructionSet> {
        let widest = InstructionSet::of_processor(&self.features);
        if widest == InstructionSet::Host {
            return Vec::new();
        }
        let held = match self.plan.determinism.instruction_set {
            InstructionSet::Host => widest,
            pinned => pinned,
        };
        let all = [
            InstructionSet::X86_64V4,
            InstructionSet::X86_64V3,
            InstructionSet::X86_64V2,
            InstructionSet::X86_64,
        ];
        let mut lesser = all.into_iter().filter(|set| *set < held);
        let greater = all
            .into_iter()
            .rev()
            .find(|set| *set > held && *set <= widest);
        let nearest = lesser.next();
        nearest
            .into_iter()
            .chain(greater)
            .chain(lesser)
            .take(2)
            .collect()
    }

    /// A factor's value in conditions, in words.
    pub(super) fn described(factor: Factor, conditions: &Conditions) -> String {
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let text = match factor {
            Factor::Threads => number(conditions.threads.map(u64::from)),
            Factor::Cpus => number(conditions.cpus.map(u64::from)),
            Factor::InstructionSet => conditions.instruction_set.map(|set| set.to_string()),
            Factor::HashSeed => number(conditions.hash_seed.map(u64::from)),
            Factor::Entropy => conditions.entropy.map(|stream| format!("stream {stream}")),
            Factor::WallClock => conditions.clock.map(|clock| match clock {
                Clock::Host => "the host's".to_owned(),
                Clock::At(start) | Clock::Counting { start, .. } => start.to_string(),
            }),
            Factor::ElapsedTime => conditions.clock.map(|clock| match clock {
                Clock::Counting { step, .. } => format!("{step} a read"),
                _ => "real".to_owned(),
            }),
            Factor::DirectoryOrder => conditions.directory_order.map(|order| {
                match order {
                    DirectoryOrder::Sorted => "by name",
                    DirectoryOrder::Reversed => "by name, the last first",
                }
                .to_owned()
            }),
            Factor::Addresses => conditions.addresses.map(|addresses| {
                match addresses {
                    Addresses::Fixed => "the same each time",
                    Addresses::Random => "other each time",
                }
                .to_owned()
            }),
            Factor::HostName => conditions.host_name.clone(),
            Factor::TimeZone => conditions.time_zone.clone(),
            Factor::Locale => conditions.locale.clone(),
            Factor::EnvironmentSize => conditions
                .environment_bytes
                .map(|bytes| format!("{bytes} bytes more")),
            Factor::Load => Some(match conditions.load {
                Some(threads) => format!("{threads} busy threads"),
                None => "none of ours".to_owned(),
            }),
        };
        text.unwrap_or_else(|| "as the plan and the host have it".to_owned())
    }
}

fn index(level: Option<Level>) -> usize {
    match level {
        None | Some(Level::Released) => 0,
        Some(Level::First) => 1,
        Some(Level::Second) => 2,
    }
}
