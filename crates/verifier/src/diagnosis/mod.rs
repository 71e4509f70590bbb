//! What makes the outputs of a plan differ, found by experiment.
//!
//! [`examine`] is the experiment's plan: from what was observed so far it says what is to be run next, or what was found.
//! It runs nothing itself and keeps no state but the observations, so that it goes on wherever it was left.

mod base;
mod bench;
mod closing;
mod estimate;
mod examination;
mod factors;
mod finding;
mod holding;
mod keeping;
mod level;
mod observation;
mod parallelism;
mod pinning;
mod search;
mod seen;
#[cfg(test)]
mod tests;
mod trial;
mod unexplained;
mod values;

pub use bench::Bench;
pub use estimate::remaining;
pub use examination::examine;
pub use finding::{
    Cause, Diagnosis, Evidence, FactorFinding, OutputFinding, Reruns, SeedEffect, Tested,
};
pub use observation::Observation;
pub use pinning::{Pin, Pinning};
pub use trial::{Needed, Purpose, Trial};
