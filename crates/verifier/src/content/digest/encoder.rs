//! The encoding of documents, hashed as it is written.

use std::io::{self, Read as _};

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::{elements, place};
use crate::content::{
    Array, Arrays, Budget, ContentError, Document, Format, Number, Source, Value, join,
};

const MAGIC: &str = "resow content 2";
/// How much is looked at to guess a format.
pub(super) const FORMAT_HEAD: usize = 4096;
const BUFFER: usize = 64 << 10;
/// Up to this, every whole number is a floating-point one: 2 to the power of 53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The encoding of a file, as far as it is written.
pub(super) struct Encoder<'a> {
    pub(super) state: Sha256,
    pub(super) comparator: &'a Comparator,
}

impl<'a> Encoder<'a> {
    /// The start of an encoding, of all that the comparator does not ignore.
    pub(super) fn new(comparator: &'a Comparator) -> Self {
        let state = Sha256::new();
        let mut encoder = Self { state, comparator };
        encoder.text(MAGIC);
        encoder
    }

    /// The digest of all that was written.
    pub(super) fn finish(self) -> Sha256Digest {
        Sha256Digest::from_bytes(self.state.finalize().into())
    }

    /// Writes what a file called `name` holds that lies at `place`.
    ///
    /// # Errors
    /// When a part of it cannot be read after all, or has no encoding.
    pub(super) fn document(
        &mut self,
        place: &str,
        name: &str,
        format: Format,
        document: &Document,
        budget: &mut Budget,
    ) -> Result<(), ContentError> {
        self.text(format.kind().name());
        match document {
            Document::Bytes(source) => self.bytes(source)?,
            Document::Text(source) => self.lines(source)?,
            Document::Tree(value) => {
                self.letter(b'V');
                self.root(place, value);
            }
            Document::Arrays(arrays) => self.arrays(place, arrays)?,
            Document::Archive(archive) => self.members(place, name, archive, budget)?,
            Document::Table(table) => self.table(place, table, budget)?,
        }
        Ok(())
    }

    pub(super) fn letter(&mut self, letter: u8) {
        self.state.update([letter]);
    }

    pub(super) fn number(&mut self, number: u64) {
        self.state.update(number.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.state.update(text);
    }

    fn bytes(&mut self, source: &Source) -> io::Result<()> {
        self.letter(b'B');
        let mut hash = Sha256::new();
        each_part(source, |part| hash.update(part))?;
        self.state.update(hash.finalize());
        Ok(())
    }

    /// The text; where the comparator says that it is one, without the carriage returns of line ends, of which one may be the last byte of a part.
    fn lines(&mut self, source: &Source) -> io::Result<()> {
        self.letter(b'X');
        let mut hash = Sha256::new();
        if self.comparator.kind != ComparatorKind::Text {
            each_part(source, |part| hash.update(part))?;
            self.state.update(hash.finalize());
            return Ok(());
        }
        let mut held = false;
        each_part(source, |part| {
            for line in part.split_inclusive(|byte| *byte == b'\n') {
                if std::mem::take(&mut held) && line != b"\n" {
                    hash.update(b"\r");
                }
                if let Some(line) = line.strip_suffix(b"\r\n") {
                    hash.update(line);
                    hash.update(b"\n");
                } else if let Some(line) = line.strip_suffix(b"\r") {
                    hash.update(line);
                    held = true;
                } else {
                    hash.update(line);
                }
            }
        })?;
        if held {
            hash.update(b"\r");
        }
        self.state.update(hash.finalize());
        Ok(())
    }

    fn root(&mut self, place: &str, value: &Value) {
        match self.comparator.ignoring(place) {
            Some(_) => self.letter(b'O'),
            None => self.value(place, true, value),
        }
    }

    fn value(&mut self, place: &str, is_start: bool, value: &Value) {
        match value {
            Value::Null => self.letter(b'N'),
            Value::Bool(true) => self.letter(b'T'),
            Value::Bool(false) => self.letter(b'U'),
            Value::Number(number) => self.number_value(number),
            Value::Text(text) => {
                self.letter(b'S');
                self.text(text);
            }
            Value::List(list) => {
                let items = list.iter().enumerate();
                let items = items.map(|(index, item)| {
                    let at = place::of_index(place, is_start, index);
                    (at, index as u64, item)
                });
                let items = self.kept(items);
                self.letter(b'L');
                self.number(items.len() as u64);
                for (at, index, item) in items {
                    self.number(index);
                    self.value(&at, false, item);
                }
            }
            Value::Map(map) => {
                let items = map.iter();
                let items =
                    items.map(|(key, item)| (place::of_key(place, is_start, key), key, item));
                let items = self.kept(items);
                self.letter(b'M');
                self.number(items.len() as u64);
                for (at, key, item) in items {
                    self.text(key);
                    self.value(&at, false, item);
                }
            }
            Value::Typed(name, item) => {
                self.letter(b'Y');
                self.text(name.text());
                self.value(place, is_start, item);
            }
        }
    }

    /// Those whose place is not ignored.
    fn kept<K, T>(&self, items: impl Iterator<Item = (String, K, T)>) -> Vec<(String, K, T)> {
        let is_kept = |item: &(String, K, T)| self.comparator.ignoring(&item.0).is_none();
        items.filter(is_kept).collect()
    }

    pub(super) fn number_value(&mut self, number: &Number) {
        match number {
            Number::Integer(integer) => self.integer(&integer.to_string()),
            Number::Large(digits) => self.integer(digits),
            Number::Float(float) if is_whole(*float) => self.integer(&float.to_string()),
            Number::Float(float) => {
                self.letter(b'R');
                let bits = match float.is_nan() {
                    true => 0x7ff8_0000_0000_0000,
                    false => float.to_bits(),
                };
                self.number(bits);
            }
        }
    }

    fn integer(&mut self, digits: &str) {
        self.letter(b'I');
        self.text(digits);
    }

    fn arrays(&mut self, place: &str, arrays: &Arrays) -> Result<(), ContentError> {
        self.letter(b'A');
        self.root(place, &arrays.metadata);
        let named = arrays.arrays.iter();
        let kept = self.kept(named.map(|(name, array)| (join(place, name), name, array)));
        self.number(kept.len() as u64);
        for (_, name, array) in kept {
            self.text(name);
            self.array(array)?;
        }
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), ContentError> {
        self.text(&array.element.to_string());
        self.number(array.shape.len() as u64);
        for length in &array.shape {
            self.number(*length);
        }
        self.state.update(elements::hash(array)?);
        Ok(())
    }
}

/// Whether a floating-point number is a whole one that every reader makes of its digits.
fn is_whole(float: f64) -> bool {
    let is_negative_zero = float == 0.0 && float.is_sign_negative();
    !is_negative_zero && float.abs() <= EXACT && float.fract() == 0.0
}

fn each_part(source: &Source, mut work: impl FnMut(&[u8])) -> io::Result<()> {
    let mut reader = source.reader();
    let mut buffer = vec![0; BUFFER];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(()),
            read => work(&buffer[..read]),
        }
    }
}
