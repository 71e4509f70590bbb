//! Single steps out of a trace, with their values.

use std::collections::BTreeMap;
use std::io;

use super::line::Entry;
use super::reader::TraceReader;
use super::steps::Steps;
use crate::content::Source;

/// The most bytes of names and values that are held of a step.
const MOST_BYTES: usize = 16 << 20;

/// Values by name, in their order.
pub(super) type Values = Vec<(String, String)>;

/// Steps of a process that were asked for: a stretch of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    /// The number of the step before.
    pub(super) before: Option<u64>,
    /// The number of the first; `None` where there is none.
    pub(super) first: Option<u64>,
    /// The number of the last.
    pub(super) last: Option<u64>,
    /// The values of the first.
    pub(super) values: Values,
}

/// Which stretch of which process: by the place of the process among all, and of steps among its own, the end not one
/// of them.
pub(super) type Wanted = BTreeMap<usize, (u64, u64)>;

/// Takes stretches out of a trace. Where those of many processes are asked for, no more values than fit are held.
pub(super) fn extract(trace: &Source, wanted: &Wanted) -> io::Result<BTreeMap<usize, Stretch>> {
    let mut reader = TraceReader::new(trace);
    let mut steps = Steps::default();
    let mut found: BTreeMap<usize, Stretch> = BTreeMap::new();
    let mut held = 0;
    while let Some(entry) = reader.next()? {
        let Entry::Step { who, step, values } = entry else {
            continue;
        };
        let Some(place) = steps.place(&who, step) else {
            continue;
        };
        let Some(&(start, end)) = wanted.get(&place.process) else {
            continue;
        };
        let stretch = found.entry(place.process).or_default();
        if place.position + 1 == start {
            stretch.before = Some(step);
        } else if place.position >= start && place.position < end {
            stretch.first = stretch.first.or(Some(step));
            stretch.last = Some(step);
            if place.position == start {
                for (name, text) in values {
                    held += name.len() + text.len();
                    if held <= MOST_BYTES {
                        stretch.values.push((name, text));
                    }
                }
            }
        }
    }
    Ok(found)
}
