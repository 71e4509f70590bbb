//! The verifier: digests of outputs, records, claims, comparators, verdicts. Neither Docker nor git nor async.

pub mod claim;
pub mod content;
pub mod diagnosis;
pub mod difference;
pub mod digesting;
pub mod explanation;
pub mod outputs;
pub mod record;
pub mod trace;
pub mod verdict;
