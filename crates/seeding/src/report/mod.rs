//! From the lines that the processes of a run wrote to the report of its record.

mod event;
mod programs;
mod tally;

use resow_manifest::determinism::{Determinism, Entropy};
use resow_manifest::seeding_report::{
    CodePlace, LibraryUse, NetworkAttempt, Operation, SeededLibrary, SeedingFault, SeedingReport,
    SeedingState, UnreachedProgram, UnreachedReason, UnseededDraw,
};

use self::event::Event;
use self::programs::Programs;
use self::tally::Tally;

/// The most bytes of events that are read.
pub const MOST_BYTES: u64 = 16 << 20;

/// The longest line that is an event, with its line feed: no layer writes longer ones.
const LONGEST_LINE: usize = 4096;

/// The report of a run whose processes wrote `events`, of which `whole` says whether it is everything they wrote. The
/// command that began it is `command`.
///
/// Every line is another program's word: one that is no event is counted as a fault, and nothing is believed to be
/// shorter than it is.
pub fn read(
    events: &[u8],
    whole: bool,
    command: &[String],
    determinism: &Determinism,
) -> SeedingReport {
    let mut gathered = Gathered::default();
    for line in events.split(|byte| *byte == b'\n') {
        if !line.is_empty() {
            gathered.take(line);
        }
    }
    gathered.into_report(whole, command, determinism)
}

/// What was told, each thing once.
#[derive(Default)]
struct Gathered {
    programs: Programs,
    libraries: Tally<SeededLibrary>,
    uses: Tally<LibraryUse>,
    draws: Tally<UnseededDraw>,
    network: Tally<NetworkAttempt>,
    unreached: Tally<UnreachedProgram>,
    operations: Tally<Operation>,
    faults: Tally<SeedingFault>,
}

impl Gathered {
    fn take(&mut self, line: &[u8]) {
        let event = (line.len() < LONGEST_LINE)
            .then(|| serde_json::from_slice::<Event>(line).ok())
            .flatten();
        let Some(event) = event else {
            self.faults.add(SeedingFault {
                what: "a line of the report".to_owned(),
                message: "it is no event".to_owned(),
            });
            return;
        };
        match event {
            Event::Process {
                pid,
                program,
                arguments,
            } => self.programs.began(pid, program, arguments),
            Event::Language { pid, name, version } => {
                self.programs.spoke(pid, &name);
                self.libraries.add(SeededLibrary { name, version });
            }
            Event::Unreached {
                program,
                arguments,
                reason,
                ..
            } => self.unreached.add(UnreachedProgram {
                program,
                arguments: without_program(arguments),
                reason: reason.into(),
            }),
            Event::Library { name, version, .. } => {
                self.libraries.add(SeededLibrary { name, version });
            }
            Event::Uses {
                name, what, value, ..
            } => self.uses.add(LibraryUse {
                library: name,
                what,
                value,
            }),
            Event::Draw {
                call,
                reason,
                file,
                line,
                ..
            } => self.draws.add(UnseededDraw {
                call,
                reason,
                at: place(file, line),
            }),
            Event::Network {
                host, file, line, ..
            } => self.network.add(NetworkAttempt {
                host,
                at: place(file, line),
            }),
            Event::Operation {
                library,
                name,
                stopped,
                file,
                line,
                ..
            } => self.operations.add(Operation {
                library,
                name,
                stopped,
                at: place(file, line),
            }),
            Event::Fault { what, message, .. } => self.faults.add(SeedingFault { what, message }),
        }
    }

    fn into_report(
        mut self,
        whole: bool,
        command: &[String],
        determinism: &Determinism,
    ) -> SeedingReport {
        let programs = self.programs.count();
        for program in self.programs.unreached() {
            self.unreached.add(program);
        }
        if !self.programs.began_with(command) {
            self.unreached.add(UnreachedProgram {
                program: command.first().cloned().unwrap_or_default(),
                arguments: command.iter().skip(1).cloned().collect(),
                reason: UnreachedReason::Command,
            });
        }
        if determinism.entropy == Entropy::Host && programs > 0 {
            self.draws.add(UnseededDraw {
                call: "the operating system's entropy".to_owned(),
                reason: "`entropy` is the host's".to_owned(),
                at: None,
            });
        }
        let nothing_amiss =
            self.draws.is_empty() && self.unreached.is_empty() && self.faults.is_empty() && whole;
        let truncated = !whole
            || self.libraries.is_cut()
            || self.uses.is_cut()
            || self.draws.is_cut()
            || self.network.is_cut()
            || self.unreached.is_cut()
            || self.operations.is_cut()
            || self.faults.is_cut();
        SeedingReport {
            state: match (programs, nothing_amiss) {
                (0, _) => SeedingState::Unseeded,
                (_, true) => SeedingState::Seeded,
                (_, false) => SeedingState::Partly,
            },
            programs,
            libraries: self.libraries.sorted(),
            uses: self.uses.sorted(),
            draws: self.draws.sorted(),
            network: placed(self.network.sorted()),
            unreached: self.unreached.sorted(),
            operations: self.operations.sorted(),
            faults: self.faults.sorted(),
            truncated,
            of_layer_0: None,
        }
    }
}

fn place(file: Option<String>, line: Option<u32>) -> Option<CodePlace> {
    Some(CodePlace {
        file: file?,
        line: line.unwrap_or(0),
    })
}

/// Attempts without a place are left out where one on the same host has it: the C library saw it too.
fn placed(attempts: Vec<NetworkAttempt>) -> Vec<NetworkAttempt> {
    let host = |attempt: &NetworkAttempt| match attempt.host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host.to_owned(),
        _ => attempt.host.clone(),
    };
    let with_place: Vec<_> = attempts
        .iter()
        .filter(|attempt| attempt.at.is_some())
        .map(host)
        .collect();
    attempts
        .into_iter()
        .filter(|attempt| attempt.at.is_some() || !with_place.contains(&host(attempt)))
        .collect()
}

fn without_program(mut arguments: Vec<String>) -> Vec<String> {
    if !arguments.is_empty() {
        arguments.remove(0);
    }
    arguments
}

#[cfg(test)]
mod tests;
