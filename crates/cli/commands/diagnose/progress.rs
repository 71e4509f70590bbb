//! How far a diagnosis is, and how long it may still take: on a terminal, and nothing in a pipe.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resow_verifier::diagnosis::{Bench, Needed, Observation, remaining};

/// How often the line moves while a run goes on.
const TICK: Duration = Duration::from_millis(250);

/// The line that shows how far a diagnosis is.
pub(super) struct DiagnosisProgress {
    bar: Option<ProgressBar>,
}

impl DiagnosisProgress {
    /// A line where `wanted` and the standard error is a terminal.
    pub(super) fn new(wanted: bool) -> Self {
        let bar = (wanted && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar }
    }

    /// Tells what is run now.
    pub(super) fn update(&self, bench: &Bench, seen: &[Observation], needed: &Needed) {
        if let Some(bar) = &self.bar {
            let left = remaining(bench, seen);
            bar.set_message(line(seen, left, needed));
        }
    }
}

impl Drop for DiagnosisProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `run 12 of about 31, 2 min left: everything held`.
fn line(seen: &[Observation], left: usize, needed: &Needed) -> String {
    let number = seen.len() + 1;
    let all = seen.len() + left;
    let time = match u64::try_from(seen.len()) {
        Ok(made @ 1..) => {
            let total: u64 = seen.iter().map(|run| run.milliseconds).sum();
            format!(", {} left", in_words(total / made * left as u64 / 1000))
        }
        _ => String::new(),
    };
    format!("run {number} of about {all}{time}: {}", needed.purpose)
}

fn in_words(seconds: u64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5999 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn times_are_told_in_their_units() {
        assert_eq!(in_words(99), "99 s");
        assert_eq!(in_words(125), "2 min");
        assert_eq!(in_words(7_300), "2 h 1 min");
    }
}
