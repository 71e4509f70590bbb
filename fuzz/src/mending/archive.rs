//! The digests by which the files of an image's archive name each other.

use resow_manifest::digest::Sha256Digest;

use super::tarball;

/// An archive in which a file that changed is called by its new digest wherever the old one stood; headers are right
/// again too. Files are taken in their order: layers stand before what names them.
pub fn archive(before: &[u8], after: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = after.to_vec();
    let old: Vec<_> = tarball::entries(before)
        .into_iter()
        .map(|(_, content)| &before[content])
        .collect();
    for (number, old) in old.into_iter().enumerate() {
        let Some((_, content)) = tarball::entries(&bytes).into_iter().nth(number) else {
            break;
        };
        let (old, new) = (
            Sha256Digest::of(old).hex(),
            Sha256Digest::of(&bytes[content]).hex(),
        );
        replace(&mut bytes, old.as_bytes(), new.as_bytes());
    }
    tarball::mend(&mut bytes);
    Some(bytes)
}

/// Replaces each `old` by `new`, of the same length.
fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    if old == new {
        return;
    }
    let mut position = 0;
    while let Some(place) = bytes.get_mut(position..position + old.len()) {
        if place == old {
            place.copy_from_slice(new);
        }
        position += 1;
    }
}
