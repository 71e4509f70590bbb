//! How long a process may take by the clock.

use std::process::Child;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Does work that a process takes part in, and kills that where it takes longer than `limit`; whether it had to.
pub(super) fn within<T>(
    limit: Duration,
    child: &Mutex<Child>,
    work: impl FnOnce() -> T,
) -> (T, bool) {
    let (working, worked) = channel::<()>();
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let is_late = worked.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if is_late {
                // Where it has ended meanwhile, there is nothing to kill.
                let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
            }
            is_late
        });
        let done = work();
        drop(working);
        (done, watch.join().unwrap_or(false))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::*;

    fn read(script: &str, limit: Duration) -> (String, bool) {
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut output = child.stdout.take().expect("a pipe");
        let child = Mutex::new(child);
        let found = within(limit, &child, || {
            let mut text = String::new();
            output.read_to_string(&mut text).expect("text");
            text
        });
        let _ = child.lock().expect("no panic").wait();
        found
    }

    #[test]
    fn what_takes_too_long_is_killed() {
        let begun = Instant::now();
        let (text, is_late) = read("echo a; exec sleep 600", Duration::from_millis(200));
        assert_eq!((text.as_str(), is_late), ("a\n", true));
        assert!(begun.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn what_ends_in_time_is_not() {
        let found = read("echo a", Duration::from_secs(600));
        assert_eq!(found, ("a\n".to_owned(), false));
    }
}
