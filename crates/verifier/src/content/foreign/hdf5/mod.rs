//! HDF5: each dataset an array by its path, attributes as `path@name`.
//!
//! Left aside is how it is stored: chunks, filters, the order of links, addresses, times, the greatest shape, and what a
//! dataset is filled with where all of it is written. What this reader does not show as it is (links to other files,
//! references, sequences of any length, objects with two names) is refused, so that nothing is lost in silence.

mod attribute_names;
mod attributes;
mod description;
mod heap;
mod links;
mod numbers;
mod superblock;
mod symbols;
mod types;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use hdf5_reader::group::Group;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::dataspace::DataspaceType;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::object_header::ObjectHeader;
use hdf5_reader::{Dataset, Hdf5File, OpenOptions, RangeRequestStorage};

use self::attribute_names::check_names;
use self::attributes::Owner;
use self::links::{Link, links};
use self::types::Form;
use super::refusal::Refusal;
use super::sending::{LONGEST_PART, Sending};
use super::texts::Texts;
use crate::content::{Source, Value};

/// What a file without a block of its user's begins with.
const MARK: &[u8] = b"\x89HDF\r\n\x1a\n";
/// The most bytes of a dataset that does not lie in one piece.
const MOST_BYTES: usize = 1 << 30;
const DEEPEST: usize = 64;

impl From<hdf5_reader::error::Error> for Refusal {
    fn from(error: hdf5_reader::error::Error) -> Self {
        Self::damaged(error)
    }
}

/// Writes what an HDF5 file holds.
pub(super) fn send(source: &Source, output: &mut Sending<'_>) -> Result<(), Refusal> {
    if source.head(MARK.len())? != MARK {
        return Err(Refusal::unsupported("HDF5 behind other bytes"));
    }
    let file = open(source)?;
    superblock::check(&file, source.length())?;
    let mut walk = Walk {
        file: &file,
        output,
        seen: HashSet::new(),
        beside: Beside::default(),
    };
    let root = file.root_group()?;
    walk.group("", &root, 0)?;
    let metadata = walk.beside.value();
    output.metadata(&metadata)
}

fn open(source: &Source) -> Result<Hdf5File, Refusal> {
    let bytes = source.clone();
    let storage = RangeRequestStorage::new(source.length(), move |offset, length| {
        let mut buffer = vec![0; length];
        let read = bytes.read_at(offset, &mut buffer)?;
        buffer.truncate(read);
        Ok(buffer)
    });
    let options = OpenOptions::default()
        .with_chunk_cache_bytes(0)
        .with_max_read_bytes(MOST_BYTES);
    let file = Hdf5File::from_storage_with_options(Arc::new(storage), options)?;
    Ok(file)
}

/// What stands beside the arrays, each by the path of what it belongs to.
#[derive(Default)]
struct Beside {
    attributes: BTreeMap<String, Value>,
    comments: BTreeMap<String, Value>,
    groups: Vec<Value>,
    links: BTreeMap<String, Value>,
    types: BTreeMap<String, Value>,
}

impl Beside {
    fn value(self) -> Value {
        let maps = [
            ("attributes", self.attributes),
            ("comments", self.comments),
            ("links", self.links),
            ("types", self.types),
        ];
        let maps = maps.into_iter().filter(|(_, map)| !map.is_empty());
        let mut all: BTreeMap<String, Value> = maps
            .map(|(name, map)| (name.to_owned(), Value::Map(map)))
            .collect();
        if !self.groups.is_empty() {
            all.insert("groups".to_owned(), Value::List(self.groups));
        }
        match all.is_empty() {
            true => Value::Null,
            false => Value::Map(all),
        }
    }
}

/// All that is needed to go through a file.
struct Walk<'a, 'b> {
    file: &'a Hdf5File,
    output: &'a mut Sending<'b>,
    /// The addresses of objects that were there already.
    seen: HashSet<u64>,
    beside: Beside,
}

/// What an object header says its object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group,
    Dataset,
}

impl Walk<'_, '_> {
    fn group(&mut self, path: &str, group: &Group, depth: usize) -> Result<(), Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::unsupported(format!(
                "groups more than {DEEPEST} deep"
            )));
        }
        let header = self.enter(path, group.address())?;
        let attributes = group.raw_attributes()?;
        self.attributes(path, attributes, &Owner::Group(group))?;
        for (name, link) in links(group, &header)? {
            let below = match path {
                "" => name.clone(),
                _ => format!("{path}/{name}"),
            };
            match link {
                Link::Soft(target) => {
                    self.beside.links.insert(below, Value::Text(target));
                }
                Link::Hard(address) => self.object(group, &name, below, address, depth)?,
            }
        }
        Ok(())
    }

    fn object(
        &mut self,
        group: &Group,
        name: &str,
        path: String,
        address: u64,
        depth: usize,
    ) -> Result<(), Refusal> {
        let header = self.file.get_or_parse_header(address)?;
        match kind(&header).ok_or_else(|| Refusal::unsupported("types with a name of their own"))? {
            Kind::Group => {
                let below = group.group(name)?;
                is_at(below.address(), address)?;
                self.group(&path, &below, depth + 1)?;
                self.beside.groups.push(Value::Text(path));
                Ok(())
            }
            Kind::Dataset => {
                let dataset = group.dataset(name)?;
                is_at(dataset.address(), address)?;
                self.dataset(&path, &dataset)
            }
        }
    }

    /// The header of an object, which no other name led to, and which has nothing that is not looked at.
    fn enter(&mut self, path: &str, address: u64) -> Result<Arc<ObjectHeader>, Refusal> {
        if !self.seen.insert(address) {
            return Err(Refusal::unsupported("objects with two names"));
        }
        let header = self.file.get_or_parse_header(address)?;
        for message in &header.messages {
            match message {
                HdfMessage::Comment(text) => {
                    let comment = Value::Text(text.clone());
                    self.beside.comments.insert(path.to_owned(), comment);
                }
                HdfMessage::ExternalFiles(_) => {
                    return Err(Refusal::unsupported("data in other files"));
                }
                HdfMessage::Shared(_) => return Err(Refusal::unsupported("shared messages")),
                HdfMessage::Unknown { type_id, .. } => {
                    let what = format!("messages of type {type_id} in object headers");
                    return Err(Refusal::unsupported(what));
                }
                _ => {}
            }
        }
        check_names(self.file, &header, address)?;
        Ok(header)
    }

    fn dataset(&mut self, path: &str, dataset: &Dataset) -> Result<(), Refusal> {
        let header = self.enter(path, dataset.address())?;
        let attributes = dataset.raw_attributes()?;
        let is_filled = header
            .messages
            .iter()
            .any(|message| matches!(message, HdfMessage::FillValue(fill) if fill.value.is_some()));
        // The reader takes this attribute for what missing chunks are filled with, which HDF5 does not.
        if !is_filled && attributes.iter().any(|one| one.name() == "_FillValue") {
            return Err(Refusal::unsupported(
                "`_FillValue` where the dataset itself has none",
            ));
        }
        self.attributes(path, attributes, &Owner::Dataset(dataset))?;
        let raw = dataset.raw_datatype()?;
        let form = Form::of(dataset.dtype(), &raw)?;
        if let Some(note) = &form.note {
            let note = Value::Text(note.clone());
            self.beside.types.insert(path.to_owned(), note);
        }
        let space = header.messages.iter().find_map(|message| match message {
            HdfMessage::Dataspace(space) => Some(space),
            _ => None,
        });
        let space = space.ok_or_else(|| Refusal::damaged("a dataset has no shape"))?;
        if space.dataspace_type == DataspaceType::Null {
            let note = Value::Text("no elements at all".to_owned());
            self.beside.types.insert(format!("{path} (shape)"), note);
            return Ok(());
        }
        match form.array {
            None => self.texts(path, dataset),
            Some(array) => {
                let mut shape = dataset.shape().to_vec();
                shape.extend(&array.inner);
                self.output.array(path, array.element, array.order)?;
                self.elements(dataset, &header)?;
                Ok(self.output.shape(&shape)?)
            }
        }
    }

    /// The elements, from the file part by part where they lie in one piece.
    fn elements(&mut self, dataset: &Dataset, header: &ObjectHeader) -> Result<(), Refusal> {
        let layout = header.messages.iter().find_map(|message| match message {
            HdfMessage::DataLayout(message) => Some(&message.layout),
            _ => None,
        });
        let length = dataset.raw_byte_len()? as u64;
        match layout {
            Some(DataLayout::Contiguous { address, size })
                if *size == length && address.checked_add(*size).is_some() =>
            {
                let mut done = 0;
                while done < length {
                    let part = (length - done).min(LONGEST_PART as u64);
                    let count = usize::try_from(part).map_err(Refusal::damaged)?;
                    let bytes = self.file.storage().read_range(address + done, count)?;
                    self.output.elements(&bytes)?;
                    done += part;
                }
                Ok(())
            }
            _ => Ok(self.output.elements(&dataset.read_raw_bytes()?)?),
        }
    }

    fn texts(&mut self, path: &str, dataset: &Dataset) -> Result<(), Refusal> {
        let raw = dataset.read_raw_bytes()?;
        let mut texts = Texts::default();
        for reference in raw.chunks(dataset.vlen_reference_size()) {
            texts.push(&Owner::Dataset(dataset).text(reference)?)?;
        }
        let shape = dataset.shape().to_vec();
        if crate::content::Array::count(&shape) != Some(texts.count()) {
            return Err(Refusal::damaged(
                "a dataset has not as many texts as its shape says",
            ));
        }
        texts.send(path, &shape, self.output)
    }
}

/// What an object is; `None` for what is neither a group nor a dataset.
fn kind(header: &ObjectHeader) -> Option<Kind> {
    let has = |test: fn(&HdfMessage) -> bool| header.messages.iter().any(test);
    let is_dataset = has(|one| matches!(one, HdfMessage::DataLayout(_)));
    let is_group = has(|one| {
        matches!(
            one,
            HdfMessage::SymbolTable(_)
                | HdfMessage::LinkInfo(_)
                | HdfMessage::Link(_)
                | HdfMessage::GroupInfo(_)
        )
    });
    match (is_dataset, is_group) {
        (true, false) => Some(Kind::Dataset),
        (false, true) => Some(Kind::Group),
        _ => None,
    }
}

fn is_at(found: u64, expected: u64) -> Result<(), Refusal> {
    match found == expected {
        true => Ok(()),
        false => Err(Refusal::damaged("a name leads to two objects")),
    }
}
