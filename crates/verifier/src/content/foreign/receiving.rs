//! The stream of arrays, read. What wrote it has read a hostile file, and is believed in nothing.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::sending::{BROKEN_OFF, LONGEST_PART, MAGIC};
use crate::content::parts::Parts;
use crate::content::{
    Array, Arrays, Budget, ByteOrder, ContentError, ElementType, Format, Layout, Number, Source,
    Value,
};

/// The longest name of an array, in bytes.
const LONGEST_NAME: u64 = 4096;
const MOST_DIMENSIONS: u32 = 64;

/// The arrays that a stream holds, as [`super::send`] writes it.
///
/// # Errors
/// When the stream is none, says that the file cannot be read, or is more than `budget` allows.
pub fn receive(format: Format, stream: impl Read, budget: &Budget) -> Result<Arrays, ContentError> {
    let mut receiving = Receiving {
        format,
        stream,
        budget,
        held: 0,
        values: 0,
    };
    receiving.stream()
}

struct Receiving<'a, R> {
    format: Format,
    stream: R,
    budget: &'a Budget,
    /// Bytes of names and texts so far.
    held: u64,
    values: usize,
}

/// An array whose elements lie among those of all others.
struct Form {
    element: ElementType,
    order: ByteOrder,
    shape: Vec<u64>,
    range: Range<u64>,
}

impl<R: Read> Receiving<'_, R> {
    fn stream(&mut self) -> Result<Arrays, ContentError> {
        let mut magic = [0; MAGIC.len()];
        self.fill(&mut magic)?;
        if magic != MAGIC {
            return Err(self.broken("it does not begin as one"));
        }
        let mut parts = Parts::new(self.format, self.budget);
        let mut forms = BTreeMap::new();
        let mut metadata = None;
        loop {
            match self.letter()? {
                b'A' => {
                    let (name, form) = self.array(&mut parts)?;
                    if forms.len() >= self.budget.limits().members {
                        return Err(self.too_many("arrays"));
                    }
                    if forms.insert(name, form).is_some() {
                        return Err(ContentError::Unsupported {
                            what: "two things of one name in a file".to_owned(),
                        });
                    }
                }
                b'M' if metadata.is_none() => metadata = Some(self.value(0)?),
                b'Z' => break,
                letter => return Err(self.refusal(letter)?),
            }
        }
        if self.stream.read(&mut [0])? != 0 {
            return Err(self.broken("it goes on after its end"));
        }
        let metadata = metadata.ok_or_else(|| self.broken("it ends too early"))?;
        let elements = parts.finish()?;
        let arrays = forms
            .into_iter()
            .map(|(name, form)| Ok((name, form.array(&elements)?)))
            .collect::<Result<_, ContentError>>()?;
        Ok(Arrays { arrays, metadata })
    }

    fn array(&mut self, parts: &mut Parts<'_>) -> Result<(String, Form), ContentError> {
        let name = self.text(LONGEST_NAME)?;
        let element = self.element()?;
        let order = match self.letter()? {
            b'L' => ByteOrder::Little,
            b'B' => ByteOrder::Big,
            _ => return Err(self.broken("it has another order of bytes")),
        };
        let mut elements = Elements {
            stream: &mut self.stream,
            left: 0,
            is_done: false,
            is_broken_off: false,
        };
        let range = parts.add(&mut elements);
        if elements.is_broken_off {
            let letter = self.letter()?;
            return Err(self.refusal(letter)?);
        }
        let range = range?;
        let dimensions = self.number()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(self.broken("an array has too many dimensions"));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            let mut length = [0; 8];
            self.fill(&mut length)?;
            shape.push(u64::from_le_bytes(length));
        }
        if Array::bytes(element, &shape) != Some(range.end - range.start) {
            return Err(self.broken("an array has not as many elements as its shape says"));
        }
        let form = Form {
            element,
            order,
            shape,
            range,
        };
        Ok((name, form))
    }

    fn element(&mut self) -> Result<ElementType, ContentError> {
        let letter = self.letter()?;
        let size = self.number()?;
        let small = u8::try_from(size).unwrap_or(0);
        match (letter, size) {
            (b'b', 1) => Ok(ElementType::Bool),
            (b'i', 1 | 2 | 4 | 8) => Ok(ElementType::Signed(small)),
            (b'u', 1 | 2 | 4 | 8) => Ok(ElementType::Unsigned(small)),
            (b'f', 2 | 4 | 8) => Ok(ElementType::Float(small)),
            (b'c', 4 | 8) => Ok(ElementType::Complex(small)),
            (b'o', 1..) => Ok(ElementType::Opaque(size)),
            _ => Err(self.broken("it has another type of elements")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ContentError> {
        let limits = *self.budget.limits();
        if depth > limits.nesting {
            return Err(self.broken("its values are nested too deep"));
        }
        self.values += 1;
        if self.values > limits.members.saturating_mul(16) {
            return Err(self.too_many("values"));
        }
        Ok(match self.letter()? {
            b'N' => Value::Null,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'I' => {
                let mut integer = [0; 16];
                self.fill(&mut integer)?;
                Value::Number(Number::Integer(i128::from_le_bytes(integer)))
            }
            b'S' => Value::Text(self.text(limits.structured)?),
            b'L' => {
                let mut items = Vec::new();
                for _ in 0..self.number()? {
                    items.push(self.value(depth + 1)?);
                }
                Value::List(items)
            }
            b'M' => {
                let mut items = BTreeMap::new();
                for _ in 0..self.number()? {
                    let key = self.text(limits.structured)?;
                    if items.insert(key, self.value(depth + 1)?).is_some() {
                        return Err(self.broken("a key is there twice"));
                    }
                }
                Value::Map(items)
            }
            _ => return Err(self.broken("it has another letter")),
        })
    }

    /// Why the stream is broken off.
    fn refusal(&mut self, letter: u8) -> Result<ContentError, ContentError> {
        match letter {
            b'U' => {
                let what = self.reason()?;
                Ok(ContentError::Unsupported { what })
            }
            b'D' => {
                let reason = self.reason()?;
                Ok(ContentError::malformed(self.format, reason))
            }
            _ => Err(self.broken("it has another letter")),
        }
    }

    /// A reason, without what a terminal would act on.
    fn reason(&mut self) -> Result<String, ContentError> {
        let text = self.text(LONGEST_NAME)?;
        let plain = |character: char| match character.is_control() {
            true => ' ',
            false => character,
        };
        Ok(text.chars().map(plain).collect())
    }

    fn text(&mut self, limit: u64) -> Result<String, ContentError> {
        let length = u64::from(self.number()?);
        self.held = self.held.saturating_add(length);
        let most = self.budget.limits().structured;
        if length > limit || self.held > most {
            return Err(ContentError::TooLarge {
                size: self.held.max(length),
                limit: limit.min(most),
            });
        }
        let mut bytes = Vec::new();
        (&mut self.stream).take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(self.broken("it ends in the middle"));
        }
        String::from_utf8(bytes).map_err(|_| self.broken("a text is no UTF-8"))
    }

    fn number(&mut self) -> Result<u32, ContentError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn letter(&mut self) -> Result<u8, ContentError> {
        let mut letter = [0];
        self.fill(&mut letter)?;
        Ok(letter[0])
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), ContentError> {
        match self.stream.read_exact(buffer) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(self.broken("it ends in the middle"))
            }
            done => Ok(done?),
        }
    }

    fn broken(&self, reason: &str) -> ContentError {
        ContentError::ReaderFailed {
            format: self.format,
            reason: format!("what it wrote is no stream of arrays: {reason}"),
        }
    }

    fn too_many(&self, what: &'static str) -> ContentError {
        let limit = self.budget.limits().members;
        ContentError::TooMany { what, limit }
    }
}

impl Form {
    fn array(self, elements: &Source) -> Result<Array, ContentError> {
        let length = self.range.end - self.range.start;
        let data = elements.slice(self.range.start, length);
        Ok(Array {
            element: self.element,
            order: self.order,
            shape: self.shape,
            layout: Layout::RowMajor,
            data: data.ok_or(ContentError::Truncated)?,
        })
    }
}

/// The elements of one array, part after part.
struct Elements<'a, R> {
    stream: &'a mut R,
    left: usize,
    is_done: bool,
    is_broken_off: bool,
}

impl<R: Read> Read for Elements<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 && !self.is_done {
            let mut length = [0; 4];
            self.stream.read_exact(&mut length)?;
            let length = u32::from_le_bytes(length);
            self.left = usize::try_from(length).unwrap_or(usize::MAX);
            self.is_done = length == 0;
            self.is_broken_off = length == BROKEN_OFF;
            if self.left > LONGEST_PART {
                return Err(ErrorKind::InvalidData.into());
            }
        }
        let wanted = self.left.min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.stream.read(&mut buffer[..wanted])?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= read;
        Ok(read)
    }
}
