//! What the process writes that reads HDF5 and Parquet, and which has read a hostile file: bounded, whatever it promises.

use resow_manifest::comparator::ComparatorKind;
use resow_verifier::content::{Array, Budget, Format, Limits, receive};

/// A stream of arrays: each array has as many bytes as its shape says, and all of them no more than the stream. Accepted
/// is what is whole.
pub fn stream(data: &[u8]) -> bool {
    let format = Format::of_kind(ComparatorKind::Hdf5).unwrap_or(Format::bytes());
    let limits = Limits {
        unpacked: 1 << 20,
        members: 1000,
        ..Limits::default()
    };
    let Ok(received) = receive(format, data, &Budget::new(limits)) else {
        return false;
    };
    let mut sum = 0;
    for array in received.arrays.values() {
        let length = array.data.length();
        assert_eq!(Array::bytes(array.element, &array.shape), Some(length));
        sum += length;
    }
    assert!(sum <= data.len() as u64, "{sum} bytes");
    true
}
