//! Traces: what the processes of a run wrote down of their state at each step, and where those of two runs part.
//!
//! A trace is a run's word: it is read as a stream, in bounded memory, and a line that is none is counted and left out.

mod comparing;
mod digest;
mod examination;
mod extraction;
mod finding;
mod held;
mod line;
mod outline;
mod process;
mod reader;
mod recorded;
mod steps;
mod survey;

pub use examination::{TraceEvidence, examine_traces};
pub use finding::{Parting, PartingPlace, TraceFinding, ValueDifference};
pub use held::HeldTrace;
pub use process::ProcessName;
pub use recorded::RecordedTrace;
pub use survey::{TraceSurvey, bounded, survey};
