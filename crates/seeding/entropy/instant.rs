//! Instants as C has them, and how one of a clock that stands becomes one of a clock that runs.

/// Seconds and nanoseconds (`struct timespec`).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: i64,
}

const SECOND: i64 = 1_000_000_000;

impl Instant {
    /// Reads seconds, `.`, nine digits.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let (seconds, nanoseconds) = text.split_once('.')?;
        let digits =
            nanoseconds.len() == 9 && nanoseconds.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self {
            seconds: seconds.parse().ok()?,
            nanoseconds: nanoseconds.parse().ok().filter(|_| digits)?,
        })
    }

    /// Whether C would take it.
    pub(crate) fn is_valid(self) -> bool {
        self.seconds >= 0 && (0..SECOND).contains(&self.nanoseconds)
    }

    /// The instant that is as long after `running` as this one is after `standing`: when a wait ends that is to end
    /// now, on a clock that stands at `standing`.
    pub(crate) fn translate(self, standing: Self, running: Self) -> Self {
        let nanoseconds = running.nanoseconds + self.nanoseconds - standing.nanoseconds;
        let seconds = running
            .seconds
            .saturating_add(self.seconds.saturating_sub(standing.seconds))
            .saturating_add(nanoseconds.div_euclid(SECOND));
        Self {
            seconds: seconds.max(0),
            nanoseconds: nanoseconds.rem_euclid(SECOND),
        }
    }

    /// Whether this is nearer to `one` than to `other`, by their seconds.
    pub(crate) fn is_nearer(self, one: Self, other: Self) -> bool {
        self.seconds.abs_diff(one.seconds) < self.seconds.abs_diff(other.seconds)
    }
}
