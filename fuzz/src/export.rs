//! What engines hand out (`docker save`): what is accepted becomes an archive with the same identity.

use crate::archive::copied;
use crate::scratch::Scratch;
use crate::words;

/// The bytes of an engine's export: as an archive it is read as the same image, and nothing else is written.
pub fn export(data: &[u8]) -> bool {
    let scratch = Scratch::new();
    let first = copied(data, &scratch.folder());
    let again = copied(data, &scratch.folder());
    scratch.check(&["copy.tar"]);
    match (&first, &again) {
        (Ok(first), Ok(again)) => {
            assert_eq!(first, again);
            true
        }
        (Err(error), Err(_)) => {
            words::check(error, None);
            false
        }
        _ => panic!("accepted once of two times: {first:?}, {again:?}"),
    }
}
