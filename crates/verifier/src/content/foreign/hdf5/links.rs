//! All links of a group, as they are stored: the reader's own lists leave out those that lead nowhere.

use std::collections::BTreeMap;

use hdf5_reader::group::Group;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::link::{self, LinkMessage, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::object_header::ObjectHeader;

use super::super::refusal::Refusal;
use super::heap::Heap;
use super::symbols::symbols;

/// Where a link leads.
pub(super) enum Link {
    /// To the object with its header at this address.
    Hard(u64),
    /// To whatever is at this path.
    Soft(String),
}

/// The links of a group by name.
pub(super) fn links(
    group: &Group,
    header: &ObjectHeader,
) -> Result<BTreeMap<String, Link>, Refusal> {
    let mut links = Links::default();
    for message in &header.messages {
        match message {
            HdfMessage::SymbolTable(table) => symbols(group, table, &mut links)?,
            HdfMessage::Link(message) => links.add(message)?,
            HdfMessage::LinkInfo(info) => dense(group, info, &mut links)?,
            _ => {}
        }
    }
    Ok(links.found)
}

/// The links that were found so far.
#[derive(Default)]
pub(super) struct Links {
    found: BTreeMap<String, Link>,
}

impl Links {
    fn add(&mut self, message: &LinkMessage) -> Result<(), Refusal> {
        let link = match &message.target {
            LinkTarget::Hard { address } => Link::Hard(*address),
            LinkTarget::Soft { path } => Link::Soft(path.clone()),
            LinkTarget::External { .. } => {
                return Err(Refusal::unsupported("links to other files"));
            }
        };
        self.insert(message.name.clone(), link)
    }

    /// Adds a link.
    pub(super) fn insert(&mut self, name: String, link: Link) -> Result<(), Refusal> {
        if name.is_empty() || name.contains('/') {
            return Err(Refusal::damaged("a link has a name that is none"));
        }
        match self.found.insert(name, link) {
            None => Ok(()),
            Some(_) => Err(Refusal::damaged("a group has two links of one name")),
        }
    }
}

/// The links of a group with many, which lie in a heap of their own.
fn dense(group: &Group, info: &LinkInfoMessage, links: &mut Links) -> Result<(), Refusal> {
    let sizes = (group.offset_size(), group.length_size());
    let heap = Heap {
        storage: group.storage(),
        sizes,
        address: info.fractal_heap_address,
        index: info.btree_name_index_address,
    };
    for bytes in heap.messages()? {
        let mut cursor = Cursor::new(&bytes);
        let message = link::parse(&mut cursor, sizes.0, sizes.1, bytes.len())?;
        links.add(&message)?;
    }
    Ok(())
}
