//! Whether what was set otherwise acted on a run: from what its processes counted and said, and from what was in force.

use std::collections::BTreeMap;
use std::time::Duration;

use resow_manifest::conditions::{Acted, Conditions, Factor};
use resow_manifest::determinism::Entropy;
use resow_manifest::isolation::Isolation;
use resow_manifest::seeding_report::{SeedingReport, UnreachedReason};
use resow_seeding::counters::{Counter, Counters};

/// What is known of a run's surroundings after it.
pub(super) struct Surroundings<'a> {
    pub(super) conditions: &'a Conditions,
    /// Whose entropy the plan has.
    pub(super) entropy: Entropy,
    pub(super) counters: &'a Counters,
    pub(super) seeding: &'a SeedingReport,
    pub(super) isolation: Option<&'a Isolation>,
    /// How much processor time what competed with the run took.
    pub(super) load: Option<Duration>,
}

/// Of each factor that the conditions set: whether that acted.
pub(super) fn of(surroundings: &Surroundings<'_>) -> BTreeMap<Factor, Acted> {
    let factors = surroundings.conditions.factors().into_iter();
    factors
        .map(|factor| (factor, surroundings.acted(factor)))
        .collect()
}

impl Surroundings<'_> {
    fn acted(&self, factor: Factor) -> Acted {
        match factor {
            Factor::Threads => self.threads(),
            Factor::Cpus => self.cpus(),
            Factor::InstructionSet => self.instruction_set(),
            Factor::HashSeed => self.hash_seed(),
            Factor::Entropy => self.entropy(),
            Factor::WallClock => self.counted(
                Counter::WallClock,
                |times| format!("the wall clock was read {times}"),
                "the wall clock was not read",
            ),
            Factor::ElapsedTime => self.counted(
                Counter::OtherClock,
                |times| format!("clocks that measure were read {times}"),
                "no clock that measures was read",
            ),
            Factor::DirectoryOrder => self.directory_order(),
            Factor::Addresses => self.addresses(),
            Factor::HostName => self.counted(
                Counter::HostName,
                |times| format!("the host's name was asked for {times}"),
                "the host's name was not asked for",
            ),
            Factor::TimeZone => self.counted(
                Counter::TimeZone,
                |times| format!("the time of day in a time zone was asked for {times}"),
                "no time of day in a time zone was asked for",
            ),
            Factor::Locale => self.counted(
                Counter::Locale,
                |times| format!("a locale was chosen {times}"),
                "no locale was chosen",
            ),
            Factor::EnvironmentSize => self.environment_size(),
            Factor::Load => self.load(),
        }
    }

    fn counted(&self, counter: Counter, evidence: impl Fn(&str) -> String, none: &str) -> Acted {
        if self.counters.get(counter) > 0 {
            let evidence = evidence(&self.counters.times(counter));
            return Acted::Yes { evidence };
        }
        self.not_seen(none)
    }

    /// Nothing was seen to meet it, which says little where something in the run cannot be seen.
    fn not_seen(&self, evidence: &str) -> Acted {
        match self.blind() {
            Some(reason) => Acted::Unknown { reason },
            None => Acted::NotSeen {
                evidence: evidence.to_owned(),
            },
        }
    }

    /// Why not everything in the run can be seen, where that is so.
    fn blind(&self) -> Option<String> {
        if self.seeding.programs == 0 {
            return Some("no program of the run said anything".to_owned());
        }
        let unreached = self.seeding.unreached.first()?;
        let program = &unreached.program;
        Some(match unreached.reason {
            UnreachedReason::Static => format!("`{program}` is linked statically"),
            UnreachedReason::Environment => {
                format!("`{program}` was started without the variables of the run")
            }
            _ => format!("`{program}` cannot be seen into"),
        })
    }

    /// What libraries say they use.
    fn uses(&self, of: impl Fn(&str) -> bool) -> Vec<String> {
        let uses = self.seeding.uses.iter();
        uses.filter(|each| of(&each.what))
            .map(|each| format!("{}: {} {}", each.library, each.what, each.value))
            .collect()
    }

    fn threads(&self) -> Acted {
        let told = self.uses(|what| what == "threads");
        // A library may take fewer: no more than it finds processors, say.
        let wanted = self.conditions.threads.map(|threads| threads.to_string());
        let uses = self.seeding.uses.iter();
        let mut numbers = uses.filter(|each| each.what == "threads");
        if numbers.any(|each| Some(&each.value) == wanted.as_ref()) {
            return Acted::Yes {
                evidence: told.join(", "),
            };
        }
        if self.counters.get(Counter::Processors) > 0 {
            let times = self.counters.times(Counter::Processors);
            let evidence = format!("the number of processors was asked for {times}");
            return Acted::Yes { evidence };
        }
        if !told.is_empty() {
            return self.not_seen(&told.join(", "));
        }
        if self.counters.get(Counter::Thread) > 0 {
            let times = self.counters.times(Counter::Thread);
            let reason = format!("threads were made {times}, and nothing says by which number");
            return Acted::Unknown { reason };
        }
        self.not_seen("no thread was made, and no library said how many it has")
    }

    fn cpus(&self) -> Acted {
        match self.isolation {
            Some(isolation) => Acted::Yes {
                evidence: format!("the run was on processors {}", isolation.cpu_set),
            },
            None => Acted::Unknown {
                reason: "the run ended before its processors were read back".to_owned(),
            },
        }
    }

    fn instruction_set(&self) -> Acted {
        let told = self.uses(|what| what != "threads");
        if told.is_empty() {
            return self.not_seen("no library said which instructions it uses");
        }
        Acted::Yes {
            evidence: told.join(", "),
        }
    }

    fn hash_seed(&self) -> Acted {
        if self.has_python() {
            let reason =
                "Python began with it, and whether the order of hashes was used cannot be seen";
            return Acted::Unknown {
                reason: reason.to_owned(),
            };
        }
        self.not_seen("Python did not begin")
    }

    fn entropy(&self) -> Acted {
        if self.entropy == Entropy::Host {
            return Acted::Unknown {
                reason: "`entropy` is the host's, which follows no seed".to_owned(),
            };
        }
        self.counted(
            Counter::Entropy,
            |times| format!("the operating system's entropy was drawn {times}"),
            "the operating system's entropy was not drawn",
        )
    }

    fn directory_order(&self) -> Acted {
        let met = |counter, how: &str| Acted::Yes {
            evidence: format!("folders were listed {}{how}", self.counters.times(counter)),
        };
        if self.counters.get(Counter::Folder) > 0 {
            return met(Counter::Folder, " in Python, each of two files or more");
        }
        // Python lists folders where it looks for modules, in whatever order.
        if self.counters.get(Counter::OtherFolder) > 0 && !self.has_python() {
            return met(Counter::OtherFolder, "");
        }
        self.not_seen("no folder of two files or more was listed")
    }

    fn has_python(&self) -> bool {
        let libraries = &self.seeding.libraries;
        libraries.iter().any(|library| library.name == "python")
    }

    fn addresses(&self) -> Acted {
        let fixed = self.counters.get(Counter::FixedAddresses);
        let random = self.counters.get(Counter::RandomAddresses);
        if fixed + random == 0 {
            return self.not_seen("no program said where its memory is");
        }
        Acted::Yes {
            evidence: format!("began at random addresses: {random}, at fixed ones: {fixed}"),
        }
    }

    fn environment_size(&self) -> Acted {
        match self.counters.get(Counter::EnvironmentSize) {
            0 => self.not_seen("no program said how large its environment is"),
            bytes => Acted::Yes {
                evidence: format!("a program began with {bytes} bytes of environment"),
            },
        }
    }

    fn load(&self) -> Acted {
        match self.load {
            Some(taken) if taken > Duration::ZERO => Acted::Yes {
                evidence: format!(
                    "what competed with the run took {:.3} s of processor time",
                    taken.as_secs_f64()
                ),
            },
            Some(_) => Acted::NotSeen {
                evidence: "what competed with the run took no processor time".to_owned(),
            },
            None => Acted::Unknown {
                reason: "nothing competed with the run".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resow_manifest::seeding_report::{LibraryUse, SeededLibrary, UnreachedProgram};

    fn counters(counted: &[(Counter, u64)]) -> Counters {
        let mut page = vec![0; 4096];
        for (counter, count) in counted {
            let at = *counter as usize * 64;
            page[at..at + 8].copy_from_slice(&count.to_le_bytes());
        }
        Counters::read(&page)
    }

    fn report() -> SeedingReport {
        SeedingReport {
            programs: 1,
            ..SeedingReport::default()
        }
    }

    fn every_condition() -> Conditions {
        serde_json::from_value(serde_json::json!({
            "threads": 2, "cpus": 2, "instruction_set": "host", "hash_seed": 1, "entropy": 1,
            "clock": "from 2026-01-01T00:00:00Z by 1us", "directory_order": "reversed",
            "addresses": "random", "host_name": "a", "time_zone": "UTC", "locale": "C",
            "environment_bytes": 1, "load": 1,
        }))
        .expect("conditions")
    }

    fn acted(counters: &Counters, seeding: &SeedingReport) -> BTreeMap<Factor, Acted> {
        of(&Surroundings {
            conditions: &every_condition(),
            entropy: Entropy::Seeded,
            counters,
            seeding,
            isolation: None,
            load: Some(Duration::from_millis(5)),
        })
    }

    #[test]
    fn what_nothing_met_was_not_seen() {
        let acted = acted(&Counters::default(), &report());
        assert_eq!(acted.len(), Factor::ALL.len());
        for (factor, acted) in acted {
            match factor {
                Factor::Cpus => assert!(matches!(acted, Acted::Unknown { .. }), "{factor}"),
                Factor::Load => assert!(matches!(acted, Acted::Yes { .. }), "{factor}"),
                _ => assert!(matches!(acted, Acted::NotSeen { .. }), "{factor} {acted:?}"),
            }
        }
    }

    #[test]
    fn what_is_counted_acted() {
        let all: Vec<_> = [
            Counter::WallClock,
            Counter::OtherClock,
            Counter::Entropy,
            Counter::Folder,
            Counter::HostName,
            Counter::TimeZone,
            Counter::Locale,
            Counter::Processors,
            Counter::RandomAddresses,
            Counter::EnvironmentSize,
        ]
        .map(|counter| (counter, 3))
        .into();
        let mut report = report();
        report.uses.push(LibraryUse {
            library: "openblas".to_owned(),
            what: "kernels".to_owned(),
            value: "Nehalem".to_owned(),
        });
        let acted = acted(&counters(&all), &report);
        for (factor, acted) in &acted {
            let unseen = matches!(factor, Factor::Cpus | Factor::HashSeed);
            assert_eq!(matches!(acted, Acted::Yes { .. }), !unseen, "{factor}");
        }
        let evidence = "the wall clock was read 3 times".to_owned();
        assert_eq!(acted[&Factor::WallClock], Acted::Yes { evidence });
    }

    #[test]
    fn a_library_with_another_number_of_threads_did_not_meet_the_one_that_was_set() {
        let told = |threads: &str| {
            let mut report = report();
            report.uses.push(LibraryUse {
                library: "openblas".to_owned(),
                what: "threads".to_owned(),
                value: threads.to_owned(),
            });
            acted(&Counters::default(), &report)[&Factor::Threads].clone()
        };
        let evidence = "openblas: threads 2".to_owned();
        assert_eq!(told("2"), Acted::Yes { evidence });
        let evidence = "openblas: threads 1".to_owned();
        assert_eq!(told("1"), Acted::NotSeen { evidence });
    }

    #[test]
    fn where_something_cannot_be_seen_nothing_is_said_to_be_unseen() {
        let mut report = report();
        report.unreached.push(UnreachedProgram {
            program: "/bin/static".to_owned(),
            arguments: Vec::new(),
            reason: UnreachedReason::Static,
        });
        let reason = "`/bin/static` is linked statically".to_owned();
        let unseen = acted(&Counters::default(), &report);
        assert_eq!(unseen[&Factor::Entropy], Acted::Unknown { reason });
        // What was seen, was seen all the same.
        let seen = acted(&counters(&[(Counter::Entropy, 1)]), &report);
        assert!(matches!(seen[&Factor::Entropy], Acted::Yes { .. }));
        assert!(matches!(
            acted(&Counters::default(), &SeedingReport::default())[&Factor::Entropy],
            Acted::Unknown { .. }
        ));
    }

    #[test]
    fn folders_that_python_lists_for_itself_are_no_evidence() {
        let counters = counters(&[(Counter::OtherFolder, 5)]);
        let mut report = report();
        let of_other = acted(&counters, &report);
        assert!(matches!(
            of_other[&Factor::DirectoryOrder],
            Acted::Yes { .. }
        ));
        report.libraries.push(SeededLibrary {
            name: "python".to_owned(),
            version: "3.13.0".to_owned(),
        });
        let of_python = acted(&counters, &report);
        assert!(matches!(
            of_python[&Factor::DirectoryOrder],
            Acted::NotSeen { .. }
        ));
        assert!(matches!(
            of_python[&Factor::HashSeed],
            Acted::Unknown { .. }
        ));
    }
}
