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

    /// As `parse`; then `+` and how many nanoseconds a clock that counts advances at each read, zero where it stands.
    pub(crate) fn parse_with_step(text: &[u8]) -> Option<(Self, u64)> {
        let text = str::from_utf8(text).ok()?;
        let (instant, step) = text.split_once('+').unwrap_or((text, "0"));
        let digits = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        let step = step.parse().ok().filter(|_| digits)?;
        Some((Self::parse(instant.as_bytes())?, step))
    }

    /// So many nanoseconds after 1970, or whenever a clock begins.
    pub(crate) fn of_nanoseconds(nanoseconds: u64) -> Self {
        let second = SECOND.unsigned_abs();
        Self {
            seconds: (nanoseconds / second) as i64,
            nanoseconds: (nanoseconds % second) as i64,
        }
    }

    /// The instant that is so many nanoseconds later.
    pub(crate) fn later(self, nanoseconds: u64) -> Self {
        let later = Self::of_nanoseconds(nanoseconds);
        let nanoseconds = self.nanoseconds + later.nanoseconds;
        Self {
            seconds: self
                .seconds
                .saturating_add(later.seconds)
                .saturating_add(nanoseconds / SECOND),
            nanoseconds: nanoseconds % SECOND,
        }
    }

    /// How many nanoseconds lie between an earlier instant and this one; none where it is not earlier, and no more than
    /// 2^62.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        let seconds = self.seconds.saturating_sub(earlier.seconds);
        let nanoseconds = seconds
            .saturating_mul(SECOND)
            .saturating_add(self.nanoseconds - earlier.nanoseconds);
        nanoseconds.clamp(0, 1 << 62).unsigned_abs()
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
