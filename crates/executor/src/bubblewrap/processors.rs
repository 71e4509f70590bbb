//! Which processors this process may use.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity};

/// The numbers of the processors that this process may use, in order.
pub(crate) fn allowed() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU)
        .filter(|number| set.is_set(*number))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_may_use_some() {
        assert!(!allowed().expect("an affinity").is_empty());
    }
}
