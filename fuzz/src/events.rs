//! Events of a run's processes: whatever they write makes a report that a record can hold.

use resow_manifest::manifest::DeterminismDeclaration;
use resow_manifest::seeding_report::{SeedingReport, SeedingState};
use resow_seeding::report;

/// More things of one kind than a report has.
const MOST: usize = 500;

/// What processes wrote: the report is bounded, is read again as the same, and is called seeded only where nothing is
/// amiss. Accepted is what has no line that is no event.
pub fn events(data: &[u8]) -> bool {
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    let command = ["python3".to_owned(), "train.py".to_owned()];
    let read = report::read(data, true, &command, &determinism);
    let text = serde_json::to_string(&read).expect("a report can be written");
    let again: SeedingReport = serde_json::from_str(&text).expect("and read");
    assert_eq!(again, read);
    let lists = [
        read.libraries.len(),
        read.uses.len(),
        read.draws.len(),
        read.network.len(),
        read.unreached.len(),
        read.operations.len(),
        read.faults.len(),
    ];
    assert!(lists.into_iter().all(|length| length <= MOST), "{lists:?}");
    if read.state == SeedingState::Seeded {
        assert!(read.programs > 0);
        assert!(read.draws.is_empty() && read.unreached.is_empty() && read.faults.is_empty());
    }
    let cut = report::read(data, false, &command, &determinism);
    assert_ne!(cut.state, SeedingState::Seeded);
    read.faults
        .iter()
        .all(|fault| fault.what != "a line of the report")
}
