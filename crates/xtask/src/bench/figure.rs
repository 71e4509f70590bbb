//! One measured figure: a ratio against a named command, a time, or a peak of memory, with the bound it is held to.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::RUNS;
use crate::process::{TaskError, say, words};

/// A command to measure: what to call it, and how to make it anew for each run (with what must be tidied before).
pub(crate) type Measured<'a> = (&'a str, &'a mut dyn FnMut() -> Command);

/// How a command that compares ends where it finds a difference: `cmp`, `resow diff`.
pub(crate) const DIFFERENT: i32 = 1;

/// One figure.
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The figure with its unit, and what it is made of.
    pub(crate) value: String,
    /// The bound, with its unit.
    pub(crate) bound: String,
    /// Whether the figure is within its bound.
    pub(crate) holds: bool,
}

impl Figure {
    /// The ratio of the medians of two commands, run in turn, held to a bound or to none.
    ///
    /// # Errors
    /// When a command fails.
    pub(crate) fn ratio(
        name: &str,
        first: Measured<'_>,
        second: Measured<'_>,
        bound: Option<f64>,
    ) -> Result<Self, TaskError> {
        Self::ratio_ending_with(0, name, first, second, bound)
    }

    /// The same, of two commands that both end with this exit code.
    ///
    /// # Errors
    /// When a command ends with another.
    pub(crate) fn ratio_ending_with(
        code: i32,
        name: &str,
        first: Measured<'_>,
        second: Measured<'_>,
        bound: Option<f64>,
    ) -> Result<Self, TaskError> {
        let (what, than) = (first.0, second.0);
        say(&format!("measuring {name}"));
        let (first_median, second_median) = medians_in_turn(code, first, second)?;
        let ratio = first_median / second_median;
        Ok(Self {
            name: name.to_owned(),
            value: format!(
                "{ratio:.2} (`{what}` {first_median:.3} s, `{than}` {second_median:.3} s)"
            ),
            bound: bound.map_or_else(|| "none".to_owned(), |bound| format!("{bound:.2}")),
            holds: bound.is_none_or(|bound| ratio <= bound),
        })
    }

    /// How much longer one command takes than another, by their medians, held to a bound in seconds or to none.
    ///
    /// # Errors
    /// When a command fails.
    pub(crate) fn added(
        name: &str,
        first: Measured<'_>,
        second: Measured<'_>,
        bound: Option<f64>,
    ) -> Result<Self, TaskError> {
        let (what, than) = (first.0, second.0);
        say(&format!("measuring {name}"));
        let (first_median, second_median) = medians_in_turn(0, first, second)?;
        Ok(Self {
            name: name.to_owned(),
            value: format!(
                "{:.1} ms (`{what}` {:.1} ms, `{than}` {:.1} ms)",
                (first_median - second_median) * 1e3,
                first_median * 1e3,
                second_median * 1e3
            ),
            bound: bound.map_or_else(
                || "none".to_owned(),
                |bound| format!("{:.0} ms", bound * 1e3),
            ),
            holds: bound.is_none_or(|bound| first_median - second_median <= bound),
        })
    }

    /// The median time of a command, in seconds.
    ///
    /// # Errors
    /// When the command fails.
    pub(crate) fn time(name: &str, measured: Measured<'_>, bound: f64) -> Result<Self, TaskError> {
        say(&format!("measuring {name}"));
        time(0, (measured.1)())?;
        let times = (0..RUNS)
            .map(|_| time(0, (measured.1)()))
            .collect::<Result<Vec<_>, _>>()?;
        let median = median(times);
        Ok(Self {
            name: name.to_owned(),
            value: format!("{:.1} ms (`{}`)", median * 1e3, measured.0),
            bound: format!("{:.0} ms", bound * 1e3),
            holds: median <= bound,
        })
    }

    /// The greatest resident memory of one run of a command that ends with this exit code, in bytes, as the kernel
    /// reports it while it runs.
    ///
    /// # Errors
    /// When it ends with another.
    pub(crate) fn peak_memory(
        code: i32,
        name: &str,
        command: &mut Command,
        bound: u64,
    ) -> Result<Self, TaskError> {
        say(&format!("measuring {name}"));
        let mut child = quiet(command).spawn()?;
        let status_file = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let status = loop {
            // The high-water mark never falls, so the last look before the end is the one that counts.
            peak = high_water_mark(&status_file).unwrap_or(peak).max(peak);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        if status.code() != Some(code) {
            return Err(TaskError::new(format!(
                "`{}` failed: {status}",
                words(command)
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            value: format!("{:.1} MiB", peak as f64 / f64::from(1 << 20)),
            bound: format!("{} MiB", bound >> 20),
            holds: peak <= bound,
        })
    }
}

/// The median times of two commands that run in turn, in seconds; the first run of each does not count.
fn medians_in_turn(
    code: i32,
    first: Measured<'_>,
    second: Measured<'_>,
) -> Result<(f64, f64), TaskError> {
    let (mut first_times, mut second_times) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let (first_time, second_time) = (time(code, (first.1)())?, time(code, (second.1)())?);
        if run > 0 {
            first_times.push(first_time);
            second_times.push(second_time);
        }
    }
    Ok((median(first_times), median(second_times)))
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn time(code: i32, mut command: Command) -> Result<f64, TaskError> {
    let start = Instant::now();
    let status = quiet(&mut command).status()?;
    let elapsed = start.elapsed().as_secs_f64();
    if status.code() == Some(code) {
        Ok(elapsed)
    } else {
        Err(TaskError::new(format!(
            "`{}` failed: {status}",
            words(&command)
        )))
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn high_water_mark(status_file: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status_file).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
