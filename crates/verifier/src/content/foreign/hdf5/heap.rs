//! What lies in a heap of its own: the links of a group with many, the attributes of an object with many.

use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::io::Cursor;
use hdf5_reader::storage::Storage;

use super::super::refusal::Refusal;

/// Where messages lie that have no room in an object's header.
pub(super) struct Heap<'a> {
    pub(super) storage: &'a dyn Storage,
    /// How many bytes an address has, and a length.
    pub(super) sizes: (u8, u8),
    /// The address of the heap: none where that is undefined.
    pub(super) address: u64,
    /// The address of the index that has all of them by name.
    pub(super) index: u64,
}

impl Heap<'_> {
    /// All messages, in the order of the index.
    pub(super) fn messages(&self) -> Result<Vec<Vec<u8>>, Refusal> {
        let (offset_size, length_size) = self.sizes;
        if Cursor::is_undefined_offset(self.address, offset_size) {
            return Ok(Vec::new());
        }
        let storage = self.storage;
        let heap = FractalHeap::parse_at_storage(storage, self.address, offset_size, length_size)?;
        let index = BTreeV2Header::parse_at_storage(storage, self.index, offset_size, length_size)?;
        let records = collect_btree_v2_records_storage(
            storage,
            &index,
            offset_size,
            length_size,
            None,
            &[],
            None,
        )?;
        let mut cache = FractalHeapDirectBlockCache::default();
        let mut messages = Vec::new();
        for record in &records {
            let (BTreeV2Record::LinkNameHash { heap_id, .. }
            | BTreeV2Record::AttributeNameHash { heap_id, .. }) = record
            else {
                return Err(Refusal::damaged("an index of names has another record"));
            };
            messages.push(heap.get_object_storage_cached(
                heap_id,
                storage,
                offset_size,
                length_size,
                &mut cache,
            )?);
        }
        Ok(messages)
    }
}
