//! What every message must be, whatever the input.

use std::error::Error;

/// A message and its hint say something.
pub(crate) fn check(error: &dyn Error, hint: Option<String>) {
    assert!(!error.to_string().is_empty(), "an empty message: {error:?}");
    assert!(!error.to_string().ends_with('.'), "a full stop: {error}");
    assert_ne!(hint.as_deref(), Some(""), "an empty hint: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        assert!(!inner.to_string().is_empty(), "an empty cause: {error:?}");
        cause = inner.source();
    }
}
