//! The links of a group as the first HDF5 wrote them, and h5py does unless told otherwise: a tree of nodes, each with the
//! names between two keys.
//!
//! The keys are checked: HDF5 looks names up by them, and does not find what lies behind a wrong one.

use hdf5_reader::group::Group;
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::symbol_table::SymbolTableNode;

use super::super::refusal::Refusal;
use super::links::{Link, Links};

/// Deeper than any tree of links: each level has 32 times as many.
const DEEPEST: u8 = 12;

/// Adds all links of a group.
pub(super) fn symbols(
    group: &Group,
    table: &SymbolTableMessage,
    links: &mut Links,
) -> Result<(), Refusal> {
    let (offset_size, length_size) = (group.offset_size(), group.length_size());
    let storage = group.storage();
    let heap = LocalHeap::parse_at_storage(storage, table.heap_address, offset_size, length_size)?;
    let mut tree = Tree { group, heap, links };
    tree.node(table.btree_address, DEEPEST)?;
    Ok(())
}

struct Tree<'a> {
    group: &'a Group,
    heap: LocalHeap,
    links: &'a mut Links,
}

impl Tree<'_> {
    /// A node of the tree, of fewer levels than `most`; the keys at its ends.
    fn node(&mut self, address: u64, most: u8) -> Result<(String, String), Refusal> {
        let damaged = || Refusal::damaged("a node of an index of links is none");
        let (offset_size, length_size) = (self.group.offset_size(), self.group.length_size());
        let head = 8 + 2 * usize::from(offset_size);
        let bytes = self.group.storage().read_range(address, head)?;
        let (level, count) = match bytes.as_ref() {
            [b'T', b'R', b'E', b'E', 0, level, low, high, ..] if *level < most => {
                (*level, u16::from_le_bytes([*low, *high]))
            }
            _ => return Err(damaged()),
        };
        let pair = usize::from(offset_size) + usize::from(length_size);
        let length = head + usize::from(count) * pair + usize::from(length_size);
        let bytes = self.group.storage().read_range(address, length)?;
        let mut cursor = Cursor::new(&bytes[head..]);
        let first = self.name(cursor.read_length(length_size)?)?;
        let mut low = first.clone();
        for _ in 0..count {
            let child = cursor.read_offset(offset_size)?;
            let high = self.name(cursor.read_length(length_size)?)?;
            if low >= high {
                return Err(damaged());
            }
            if level == 0 {
                self.leaf(child, low, &high)?;
            } else if self.node(child, level)? != (low, high.clone()) {
                return Err(damaged());
            }
            low = high;
        }
        Ok((first, low))
    }

    /// The links of a leaf, in order, behind `low` and up to `high`.
    fn leaf(&mut self, address: u64, low: String, high: &str) -> Result<(), Refusal> {
        let (offset_size, length_size) = (self.group.offset_size(), self.group.length_size());
        let storage = self.group.storage();
        let prefix = storage.read_range(address, 8)?;
        let count = u16::from_le_bytes([prefix[6], prefix[7]]);
        let length = 8 + usize::from(count) * (2 * usize::from(offset_size) + 24);
        let bytes = storage.read_range(address, length)?;
        let node = SymbolTableNode::parse(&mut Cursor::new(&bytes), offset_size, length_size)?;
        let mut before = low;
        for entry in &node.entries {
            let name = self.name(entry.link_name_offset)?;
            let link = match (entry.cache_type, entry.scratch) {
                (0 | 1, _) => Link::Hard(entry.object_header_address),
                (2, [a, b, c, d, ..]) => {
                    let offset = u64::from(u32::from_le_bytes([a, b, c, d]));
                    Link::Soft(self.name(offset)?)
                }
                _ => return Err(Refusal::damaged("a link is of no kind")),
            };
            if before >= name || name.as_str() > high {
                return Err(Refusal::damaged("links are not in order"));
            }
            before.clone_from(&name);
            self.links.insert(name, link)?;
        }
        Ok(())
    }

    fn name(&self, offset: u64) -> Result<String, Refusal> {
        Ok(self.heap.get_string_storage(offset, self.group.storage())?)
    }
}
