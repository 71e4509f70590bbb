//! Which step of which process a line belongs to: lines of a process that follow one another with one number are one
//! step, whatever others write in between.

use std::collections::BTreeMap;

use super::process::ProcessName;

/// How many steps of all processes together are told apart; what comes after them is left out.
const MOST: u64 = 4 << 20;

/// The processes of a trace so far, in the order in which they came, and the last step of each.
#[derive(Default)]
pub(super) struct Steps {
    processes: BTreeMap<ProcessName, usize>,
    last: Vec<Last>,
    count: u64,
    /// Whether lines were left out.
    is_cut: bool,
}

struct Last {
    number: u64,
    position: u64,
}

/// Where a line belongs.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The process, by its place among all.
    pub(super) process: usize,
    /// The step, by its place among those of the process.
    pub(super) position: u64,
    /// Whether the line is the first of the step.
    pub(super) is_first: bool,
}

impl Steps {
    /// Where the next line belongs; `None` where there is no room for it.
    pub(super) fn place(&mut self, who: &ProcessName, number: u64) -> Option<Place> {
        let known = self.processes.get(who).copied();
        if let Some(process) = known
            && self.last[process].number == number
        {
            return Some(Place {
                process,
                position: self.last[process].position,
                is_first: false,
            });
        }
        if self.count >= MOST || (known.is_none() && self.last.len() >= ProcessName::MOST) {
            self.is_cut = true;
            return None;
        }
        self.count += 1;
        let process = match known {
            Some(process) => {
                let last = &mut self.last[process];
                (last.number, last.position) = (number, last.position + 1);
                process
            }
            None => {
                self.processes.insert(who.clone(), self.last.len());
                self.last.push(Last {
                    number,
                    position: 0,
                });
                self.last.len() - 1
            }
        };
        Some(Place {
            process,
            position: self.last[process].position,
            is_first: true,
        })
    }

    /// How many steps each process has.
    pub(super) fn lengths(&self) -> impl Iterator<Item = u64> {
        self.last.iter().map(|last| last.position + 1)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The processes, in the order in which they came.
    pub(super) fn into_processes(self) -> Vec<ProcessName> {
        let mut processes: Vec<_> = self.processes.into_iter().collect();
        processes.sort_by_key(|(_, place)| *place);
        processes.into_iter().map(|(name, _)| name).collect()
    }
}
