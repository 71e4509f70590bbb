//! Arrays that are the same under another name.

use std::collections::BTreeMap;
use std::io::Read as _;

use sha2::{Digest as _, Sha256};

use crate::content::{Array, ByteOrder, ContentError, ElementType, Layout};

/// All that two arrays must have in common before their bytes are looked at.
type Form<'a> = (ElementType, ByteOrder, &'a [u64], Layout);

fn form(array: &Array) -> Form<'_> {
    (array.element, array.order, &array.shape, array.layout)
}

/// Which of the arrays on the right are one on the left, by digest, so that each is read once; by the new name, the old.
///
/// # Errors
/// When one cannot be read.
pub(super) fn renames<'a>(
    left: &[(&'a str, &'a Array)],
    right: &[(&'a str, &'a Array)],
) -> Result<BTreeMap<&'a str, &'a str>, ContentError> {
    let mut candidates: BTreeMap<Form<'_>, Vec<&'a str>> = BTreeMap::new();
    for (name, array) in right {
        candidates.entry(form(array)).or_default().push(name);
    }
    let mut known: BTreeMap<(Form<'_>, [u8; 32]), Vec<&'a str>> = BTreeMap::new();
    for (name, array) in left.iter().rev() {
        if candidates.contains_key(&form(array)) {
            let key = (form(array), digest(array)?);
            known.entry(key).or_default().push(name);
        }
    }
    let wanted: Vec<Form<'_>> = known.keys().map(|(form, _)| *form).collect();
    let mut found = BTreeMap::new();
    for (name, array) in right {
        if wanted.binary_search(&form(array)).is_err() {
            continue;
        }
        let same = known.get_mut(&(form(array), digest(array)?));
        if let Some(from) = same.and_then(Vec::pop) {
            found.insert(*name, from);
        }
    }
    Ok(found)
}

fn digest(array: &Array) -> Result<[u8; 32], ContentError> {
    let mut reader = array.data.reader();
    let mut buffer = vec![0; 64 << 10];
    let mut state = Sha256::new();
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(state.finalize().into()),
            read => state.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Source;

    fn array(shape: &[u64], bytes: &[u8]) -> Array {
        Array {
            element: ElementType::Unsigned(1),
            order: ByteOrder::Little,
            shape: shape.to_vec(),
            layout: Layout::RowMajor,
            data: Source::of_bytes(bytes),
        }
    }

    #[test]
    fn the_same_bytes_in_the_same_form_are_renamed_once() {
        let (one, other) = (array(&[2], b"ab"), array(&[2], b"cd"));
        let tall = array(&[2, 1], b"ab");
        let left = [("a", &one), ("b", &one), ("c", &other)];
        let right = [("x", &one), ("y", &one), ("z", &one), ("tall", &tall)];
        let found = renames(&left, &right).expect("in memory");
        assert_eq!(found, BTreeMap::from([("x", "a"), ("y", "b")]));
    }
}
