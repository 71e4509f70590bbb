//! What holds for everything that is unpacked into a layer of its own.

use crate::layer_rules;

/// That unpacking gives the same twice, and a layer in which nothing leaves the root; whether it gives one.
pub(crate) fn is_sound(unpack: impl Fn() -> Option<Vec<u8>>) -> bool {
    let first = unpack();
    assert_eq!(first, unpack(), "unpacked twice");
    if let Some(layer) = &first {
        layer_rules::check(layer);
    }
    first.is_some()
}
