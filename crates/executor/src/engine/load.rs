//! Busy threads that compete with a run for its processors, from its beginning to its end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use super::EngineError;

/// How many turns are taken between two looks at whether it is over.
const TURNS: u32 = 10_000;

/// The threads; they end, and are waited for, when this is dropped.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<io::Result<Duration>>>,
}

impl Load {
    /// Starts `threads` of them on these processors.
    ///
    /// # Errors
    /// When the system gives no thread, or does not let it onto a processor.
    pub(crate) fn begin(threads: u32, processors: &[usize]) -> Result<Self, EngineError> {
        let mut load = Self {
            is_over: Arc::new(AtomicBool::new(false)),
            threads: Vec::new(),
        };
        for number in 0..threads {
            let is_over = Arc::clone(&load.is_over);
            let processors = processors.to_vec();
            let thread = thread::Builder::new()
                .name(format!("resow load {number}"))
                .spawn(move || busy(&processors, &is_over))
                .map_err(|source| EngineError::System { source })?;
            load.threads.push(thread);
        }
        Ok(load)
    }

    /// Ends them: how much processor time they took, all together; `None` where there was none of them.
    ///
    /// # Errors
    /// When one was not let onto a processor.
    pub(crate) fn end(mut self) -> Result<Option<Duration>, EngineError> {
        let taken = self.stop();
        let taken = taken.map_err(|source| EngineError::System { source })?;
        let total = taken.iter().sum();
        Ok((!taken.is_empty()).then_some(total))
    }

    fn stop(&mut self) -> io::Result<Vec<Duration>> {
        self.is_over.store(true, Ordering::Relaxed);
        let ended = self.threads.drain(..).map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.collect()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // What it took interests nobody where the run failed.
            let _ = thread.join();
        }
    }
}

/// Turns on these processors until it is over: the processor time that took.
fn busy(processors: &[usize], is_over: &AtomicBool) -> io::Result<Duration> {
    let mut set = CpuSet::new();
    for processor in processors {
        set.set(*processor);
    }
    sched_setaffinity(None, &set)?;
    while !is_over.load(Ordering::Relaxed) {
        for turn in 0..TURNS {
            std::hint::black_box(turn);
        }
    }
    let taken = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (taken.tv_sec.unsigned_abs(), taken.tv_nsec.unsigned_abs());
    Ok(Duration::new(
        seconds,
        u32::try_from(nanoseconds).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_busy_until_they_are_ended() {
        let processors = crate::bubblewrap::allowed_processors().expect("an affinity");
        let load = Load::begin(2, &processors[..1]).expect("threads");
        thread::sleep(Duration::from_millis(100));
        let taken = load.end().expect("an end").expect("threads");
        assert!(taken > Duration::ZERO, "{taken:?}");
        assert_eq!(
            Load::begin(0, &[]).expect("none").end().expect("an end"),
            None
        );
    }

    #[test]
    fn none_is_left_where_a_run_ends_before_its_load_is_ended() {
        let processors = crate::bubblewrap::allowed_processors().expect("an affinity");
        let load = Load::begin(2, &processors[..1]).expect("threads");
        let is_over = Arc::clone(&load.is_over);
        drop(load);
        // Each thread held one, too.
        assert_eq!(Arc::strong_count(&is_over), 1);
    }

    #[test]
    fn a_processor_that_is_not_there_is_an_error() {
        let load = Load::begin(1, &[CpuSet::MAX_CPU - 1]).expect("a thread");
        assert!(load.end().is_err());
    }
}
