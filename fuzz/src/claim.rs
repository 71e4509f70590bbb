//! Claims: what is read is written and read again as the same.

use resow_verifier::claim::{Claim, ClaimError};

use crate::words;

/// A claim's bytes: what is accepted has one text, and its plan the identity that it says.
pub fn claim(data: &[u8]) -> bool {
    match Claim::from_toml(data) {
        Ok(claim) => {
            check(&claim);
            true
        }
        Err(error) => {
            words::check(&error, error.hint());
            let newer = matches!(error, ClaimError::Newer { .. });
            assert_ne!(error.is_damage(), newer, "{error}");
            false
        }
    }
}

/// That a claim is written and read again as the same.
pub(crate) fn check(claim: &Claim) {
    let text = claim.to_toml().expect("what is read can be written");
    let again = Claim::from_toml(&text).expect("what is written can be read");
    assert_eq!(&again, claim);
    assert_eq!(again.to_toml().expect("again"), text);
    assert_eq!(claim.plan.plan().id(), claim.plan.id());
}
