//! Progress on a terminal: after 250 ms, at most 20 times a second, and nothing in a pipe.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resow_executor::event::Event;

use crate::report::terminal;

const PATIENCE: Duration = Duration::from_millis(250);

/// The progress of one activity after another.
pub(crate) struct Progress {
    shown: bool,
    activity: Option<(String, Instant, Option<ProgressBar>)>,
}

impl Progress {
    /// Progress that is shown where `wanted` and the standard error is a terminal.
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            shown: wanted && std::io::stderr().is_terminal(),
            activity: None,
        }
    }

    /// Shows what an event tells of progress, and a warning above it.
    pub(crate) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Progress {
                activity,
                done,
                total,
            } => self.update(activity, done, total),
            Event::Warning { message, hint } => {
                self.clear();
                terminal::warning(&message, hint.as_deref());
            }
            Event::Output { .. } => {}
        }
    }

    /// Tells how far an activity is; another activity's name begins anew.
    pub(crate) fn update(&mut self, activity: &str, done: u64, total: Option<u64>) {
        if !self.shown {
            return;
        }
        if self
            .activity
            .as_ref()
            .is_none_or(|(name, ..)| name != activity)
        {
            self.clear();
            self.activity = Some((activity.to_owned(), Instant::now(), None));
        }
        let Some((name, since, bar)) = &mut self.activity else {
            return;
        };
        if since.elapsed() < PATIENCE {
            return;
        }
        let bar = bar.get_or_insert_with(|| bar_for(name, total));
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
    }

    /// Removes what is shown, so that other lines can be written.
    pub(crate) fn clear(&mut self) {
        if let Some((_, _, Some(bar))) = self.activity.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn bar_for(name: &str, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(20));
    let template = match total {
        Some(total) if total >= 1 << 20 => "{msg} {bar:24} {binary_bytes}/{binary_total_bytes}",
        Some(_) => "{msg} {bar:24} {pos}/{len}",
        None => "{msg} {spinner} {pos}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(name.to_owned());
    bar
}
