//! Locks of recipes: what is read is written and read again as the same.

use resow_executor::image::lock::Lock;

use crate::words;

/// A lock's text: what is accepted is written and accepted again as the same.
pub fn lock(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    match Lock::parse(text) {
        Ok(lock) => {
            let written = lock.to_text();
            let again = Lock::parse(&written).expect("what is written can be read");
            assert_eq!(again, lock);
            assert_eq!(again.to_text(), written);
            assert_eq!(lock.changes(&again), []);
            true
        }
        Err(error) => {
            words::check(&error, error.hint());
            false
        }
    }
}
