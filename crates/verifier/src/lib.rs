//! The verifier: digests of outputs, records, claims, comparators, verdicts. Neither Docker nor git nor async.
