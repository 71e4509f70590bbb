//! Whether an object is the one that its hash names.
//!
//! Each object that is read here is checked here, with the processor's own SHA-1 instructions; libgit2's check, which
//! also looks for known collisions, takes longer than everything else in an export. What enters a run is identified
//! by SHA-256 (see [`resow_manifest::source_tree`]), which a collision of SHA-1 does not deceive.

use std::sync::Once;

use git2::{ObjectType, Oid};
use sha1::{Digest as _, Sha1};

/// Leaves the check of objects to [`is_object`], for the whole process.
pub(super) fn check_here() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
}

/// Whether the hash of the content, with the header `KIND SIZE` and a NUL in front (git, "Git Objects"), is `oid`.
pub(super) fn is_object(oid: Oid, kind: ObjectType, content: &[u8]) -> bool {
    let mut hash = Sha1::new();
    hash.update(format!("{} {}\0", kind.str(), content.len()));
    hash.update(content);
    hash.finalize()[..] == *oid.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_git() {
        for content in [&b""[..], b"hello\n"] {
            let oid = Oid::hash_object(ObjectType::Blob, content).expect("a hash");
            assert!(is_object(oid, ObjectType::Blob, content));
            assert!(!is_object(oid, ObjectType::Tree, content));
            assert!(!is_object(oid, ObjectType::Blob, b"other"));
        }
    }
}
