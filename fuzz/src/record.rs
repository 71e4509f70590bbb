//! Records: what is read is written and read again as the same, with the same identity.

use resow_verifier::claim::{Claim, ClaimError};
use resow_verifier::record::{Record, RecordError};

use crate::{claim, words};

/// A record's bytes: what is accepted has one text and one identity, and makes a claim or says why not.
pub fn record(data: &[u8]) -> bool {
    match Record::from_json(data) {
        Ok(record) => {
            check(&record);
            true
        }
        Err(error) => {
            words::check(&error, error.hint());
            let newer = matches!(error, RecordError::Newer { .. });
            assert_ne!(error.is_damage(), newer, "{error}");
            false
        }
    }
}

fn check(record: &Record) {
    let bytes = record.to_json().expect("what is read can be written");
    let again = Record::from_json(&bytes).expect("what is written can be read");
    assert_eq!(&again, record);
    let written_again = again.to_json().expect("again");
    assert_eq!(Record::id_of(&written_again), Record::id_of(&bytes));
    assert_eq!(record.plan.plan().id(), record.plan.id());
    check_claim(record);
}

/// A success makes a claim, unless it has nothing to compare.
fn check_claim(record: &Record) {
    match Claim::from_record(record) {
        Ok(made) if made.outputs.is_empty() => {
            let error = made.to_toml().expect_err("a claim of nothing");
            words::check(&error, error.hint());
        }
        Ok(made) => claim::check(&made),
        Err(error) => {
            assert!(matches!(error, ClaimError::FailedRun { .. }), "{error}");
            assert!(!record.is_success());
            words::check(&error, error.hint());
        }
    }
}
