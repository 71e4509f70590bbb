//! The shape of what differs: how far numbers are apart, whether texts tell the time, whether it is but another order.

use jiff::Timestamp;

use crate::difference::{Agreement, ArrayDifference, Comparison, Difference, DifferenceKind};
use crate::outputs::OutputName;
use crate::record::Record;
use crate::verdict::{Finding, Verdict};

/// The greatest relative distance that sums in another order explain by themselves: the square root of the resolution of
/// single precision, about half of its digits.
const ROUNDING: f64 = 3.5e-4;

/// Words in the names of fields that tell a time or a duration.
const TIMES: &[&str] = &[
    "time",
    "date",
    "stamp",
    "elapsed",
    "duration",
    "seconds",
    "started",
    "ended",
    "finished",
    "created",
    "modified",
    "latency",
    "throughput",
    "per_second",
];

/// What is to be seen of all differences beyond the tolerance together.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Outputs whose content is the same in other bytes.
    pub(super) rewritten: Vec<OutputName>,
    /// Places that tell a time.
    pub(super) times: Vec<String>,
    /// Outputs in which the same things stand in another order.
    pub(super) reordered: Vec<OutputName>,
    /// Places where numbers differ by no more than rounding, and the greatest relative distance of all.
    pub(super) rounded: Vec<String>,
    pub(super) greatest: f64,
    /// How many differences are none of these.
    pub(super) others: u64,
}

impl Shape {
    /// Looks at every output that differs.
    pub(super) fn of(verdict: &Verdict, got: &Record) -> Self {
        let mut shape = Self::default();
        let times = Times::of(got);
        for output in &verdict.outputs {
            match (&output.finding, &output.comparison) {
                (Finding::Different, Some(comparison)) => {
                    shape.add(&output.name, comparison, &times);
                }
                (
                    Finding::Different
                    | Finding::Unexamined
                    | Finding::KindChanged
                    | Finding::Missing
                    | Finding::Extra
                    | Finding::Renamed { .. },
                    _,
                ) => shape.others += 1,
                _ => {}
            }
        }
        shape
    }

    fn add(&mut self, name: &OutputName, comparison: &Comparison, times: &Times) {
        if comparison.agreement == Agreement::Equivalent {
            self.rewritten.push(name.clone());
            return;
        }
        let differences = || {
            let shown = comparison.differences.iter();
            shown.filter(|difference| !difference.is_tolerated)
        };
        let shown = differences().count() as u64;
        if shown == comparison.differing && is_reordered(differences()) {
            self.reordered.push(name.clone());
            return;
        }
        self.others += comparison.differing - shown;
        for difference in differences() {
            let place = match difference.place.as_str() {
                "" => name.to_string(),
                place => format!("{name}: {place}"),
            };
            if times.are_told(difference) {
                self.times.push(place);
            } else if let Some(distance) = relative(&difference.kind)
                && distance <= ROUNDING
            {
                self.rounded.push(place);
                self.greatest = self.greatest.max(distance);
            } else {
                self.others += 1;
            }
        }
    }

    /// Whether nothing but rounding, or what follows from it, is to be seen.
    pub(super) fn is_rounding(&self) -> bool {
        !self.rounded.is_empty() && self.others == 0
    }
}

/// How far numbers are apart at most, as a share of what is expected; `None` where it is no matter of numbers.
fn relative(kind: &DifferenceKind) -> Option<f64> {
    match kind {
        DifferenceKind::Value {
            distance: Some(distance),
            left,
            right,
        } => {
            // Whole numbers are not rounded.
            let is_whole = |text: &str| !text.contains(['.', 'e', 'E']);
            distance
                .relative
                .filter(|_| !(is_whole(left) && is_whole(right)))
        }
        DifferenceKind::Array(array) => of_array(array),
        _ => None,
    }
}

fn of_array(array: &ArrayDifference) -> Option<f64> {
    let elements = array.elements.as_ref()?;
    let worst = elements.worst.as_ref()?.distance?;
    let greatest = elements.greatest?;
    if elements.not_finite > 0 || worst.units_in_last_place.is_none() {
        // Whole numbers are not rounded.
        return None;
    }
    // Near zero a share says nothing: there the one that is furthest away counts.
    if elements.is_near_zero {
        worst.relative
    } else {
        greatest.relative.or(worst.relative)
    }
}

/// Whether what is gone on one side is all there on the other, elsewhere.
fn is_reordered<'d>(differences: impl Iterator<Item = &'d Difference>) -> bool {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for difference in differences {
        match &difference.kind {
            DifferenceKind::Lines {
                left,
                left_count,
                right,
                right_count,
                ..
            } => {
                if left.len() as u64 != *left_count || right.len() as u64 != *right_count {
                    return false;
                }
                gone.extend(left.iter().map(String::as_str));
                come.extend(right.iter().map(String::as_str));
            }
            DifferenceKind::Value { left, right, .. } => {
                gone.push(left);
                come.push(right);
            }
            _ => return false,
        }
    }
    gone.sort_unstable();
    come.sort_unstable();
    !gone.is_empty() && gone == come
}

/// When the rerun took place, as programs write it.
struct Times {
    from: f64,
    to: f64,
    days: [String; 2],
}

impl Times {
    fn of(got: &Record) -> Self {
        let seconds = |time: Timestamp| {
            #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
            let seconds = time.as_second() as f64;
            seconds
        };
        let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        Self {
            from: seconds(got.started) - 1.0,
            to: seconds(got.ended) + 1.0,
            days: [day(got.started), day(got.ended)],
        }
    }

    /// Whether a difference is one of times: by the name of its field, or because the rerun's own time stands there.
    fn are_told(&self, difference: &Difference) -> bool {
        let texts: Vec<&str> = match &difference.kind {
            DifferenceKind::Value { right, .. } => vec![right],
            DifferenceKind::Lines { right, .. } => right.iter().map(String::as_str).collect(),
            _ => return false,
        };
        let place = difference.place.to_lowercase();
        let field = place.rsplit(['.', '/', '!']).next().unwrap_or(&place);
        let is_value = matches!(difference.kind, DifferenceKind::Value { .. });
        (is_value && TIMES.iter().any(|word| field.contains(word)))
            || texts.iter().any(|text| self.is_told_in(text))
    }

    /// Whether a text has the day of the rerun, or its time in seconds, milliseconds, microseconds or nanoseconds.
    fn is_told_in(&self, text: &str) -> bool {
        if self.days.iter().any(|day| text.contains(day.as_str())) {
            return true;
        }
        let is_part = |character: char| character.is_ascii_digit() || character == '.';
        text.split(|character| !is_part(character))
            .filter(|word| word.len() >= 10)
            .filter_map(|word| word.trim_matches('.').parse::<f64>().ok())
            .any(|number| {
                [1.0, 1e3, 1e6, 1e9]
                    .into_iter()
                    .any(|unit| (self.from..=self.to).contains(&(number / unit)))
            })
    }
}
