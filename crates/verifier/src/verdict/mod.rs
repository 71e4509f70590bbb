//! Verdicts: what reruns are found to be, as data.

mod comparison;
mod evidence;
mod examination;
mod grade;
mod judging;
mod overall;

pub use comparison::{Finding, OutputVerdict, compare};
pub use evidence::Evidence;
pub use examination::{Bytes, ExaminationError, NoBytes, examine};
pub use grade::Grade;
pub use judging::{Acceptance, judge};
pub use overall::Verdict;
