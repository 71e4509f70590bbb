//! What was published, against the records: people may change it, and like to know where they have.

use resow_manifest::identifiers::{RecordId, RunId};

use super::finding::{EntryKind, Fault};
use super::records::{Recorded, read_record};
use super::survey::{Depth, Survey, open_file};
use crate::results::{RUNS, first_difference};

/// The most bytes that name a run.
const LONGEST_NOTE: u64 = 64;

impl Survey<'_> {
    pub(super) fn results(&mut self, recorded: &Recorded) {
        let results = self.root.join("results");
        self.temporaries(&results.join(".tmp"));
        if self.depth == Depth::Names {
            return;
        }
        for note in self.list(&results.join(RUNS)) {
            let place = results.join(&note.name);
            let is_there = place
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_dir());
            let run = (note.kind == EntryKind::File).then(|| run_in(&note.path));
            let Some(run) = run.flatten().filter(|_| is_there) else {
                continue;
            };
            match recorded.runs.get(&run) {
                None => self.find(&place, Fault::ForeignResults { run }),
                Some((record, experiment)) => {
                    if let Some(first) = self.changed(*record, &place) {
                        let published = note.name.parse();
                        let fault = Fault::ChangedResults {
                            experiment: published.unwrap_or_else(|_| experiment.clone()),
                            record: *record,
                            first,
                        };
                        self.find(&place, fault);
                    }
                }
            }
        }
    }

    fn changed(&self, id: RecordId, place: &std::path::Path) -> Option<String> {
        let name = format!("{}.json", id.digest().hex());
        let record = read_record(&self.folder("records").join(name), id).ok()?;
        first_difference(place, &record)
    }
}

fn run_in(note: &std::path::Path) -> Option<RunId> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = open_file(note).ok()?;
    file.take(LONGEST_NOTE).read_to_string(&mut text).ok()?;
    text.parse().ok()
}
