//! How long a diagnosis may take: a time, or a number of runs.

use std::str::FromStr;
use std::time::{Duration, Instant};

use resow_manifest::quantity::TimeSpan;

/// How long a diagnosis may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// No run begins once so much time has passed.
    Time(Duration),
    /// So many runs.
    Runs(usize),
}

impl Budget {
    /// Whether nothing is left of it, with so many runs made since `begun`.
    pub(super) fn is_spent(self, begun: Instant, runs: usize) -> bool {
        match self {
            Self::Time(time) => begun.elapsed() >= time,
            Self::Runs(most) => runs >= most,
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is neither a time (`90s`, `10m`, `2h`) nor a number of runs (`30runs`)"
            )
        };
        let runs = text
            .strip_suffix("runs")
            .or_else(|| text.strip_suffix("run"));
        if let Some(runs) = runs {
            return match runs.trim_end().parse() {
                Ok(0) | Err(_) => Err(wrong()),
                Ok(runs) => Ok(Self::Runs(runs)),
            };
        }
        let time: TimeSpan = text.parse().map_err(|_| wrong())?;
        Ok(Self::Time(time.duration()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_time_or_a_number_of_runs() {
        assert_eq!("10m".parse(), Ok(Budget::Time(Duration::from_secs(600))));
        assert_eq!("30runs".parse(), Ok(Budget::Runs(30)));
        assert_eq!("30 runs".parse(), Ok(Budget::Runs(30)));
        assert_eq!("1run".parse(), Ok(Budget::Runs(1)));
        for wrong in ["", "30", "runs", "0runs", "-1runs", "10x", "m", "1.5runs"] {
            let error = wrong.parse::<Budget>().expect_err(wrong);
            assert!(error.contains("a number of runs"), "{error}");
        }
    }
}
