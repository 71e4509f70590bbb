//! Cells and rows of comma-separated text, as RFC 4180 has them, without losing anything: blank lines are rows without
//! cells, and what a quotation mark leaves open is an error.

use super::error::ContentError;
use super::source::Source;

const BUFFER: usize = 64 << 10;

/// What is wrong, or too much, in a row.
#[derive(Debug)]
pub(super) enum RecordError {
    /// The file cannot be read.
    Read(std::io::Error),
    /// A quotation mark does not end.
    Open,
    /// Something other than a cell's end follows a quotation mark that ends.
    After,
    /// It has more cells than are read.
    Cells,
    /// It has more bytes than are read: at least as many.
    Bytes(u64),
}

/// A row: its cells one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Record {
    /// How many cells it has: none where the line is blank.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All bytes of its cells.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The cell at an index.
    pub(super) fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.bytes[start..end])
    }

    /// The cells in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// The rows of a text that are not read yet.
pub(super) struct Records {
    source: Source,
    delimiter: u8,
    most_cells: usize,
    most_bytes: u64,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    offset: u64,
    /// Whether a line feed that comes next belongs to the carriage return before it.
    after_return: bool,
}

/// Where in a cell the next byte stands.
enum At {
    Start,
    Plain,
    Quoted,
    /// Behind a quotation mark in one that is quoted: its end, or the first of two.
    Quote,
}

impl Records {
    /// All rows, none of more cells or bytes than these.
    pub(super) fn new(source: &Source, delimiter: u8, most_cells: usize, most_bytes: u64) -> Self {
        Self {
            source: source.clone(),
            delimiter,
            most_cells,
            most_bytes,
            buffer: vec![0; BUFFER],
            at: 0,
            filled: 0,
            offset: 0,
            after_return: false,
        }
    }

    /// Reads the next row in the place of the one that is there; whether there is one.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        record.bytes.clear();
        record.ends.clear();
        let mut at = At::Start;
        let mut taken = 0;
        loop {
            let Some(byte) = self.byte()? else {
                return match at {
                    At::Quoted => Err(RecordError::Open),
                    At::Start if taken == 0 => Ok(false),
                    _ => {
                        self.end_cell(record)?;
                        Ok(true)
                    }
                };
            };
            if std::mem::take(&mut self.after_return) && byte == b'\n' {
                continue;
            }
            taken += 1;
            if taken > self.most_bytes {
                return Err(RecordError::Bytes(taken));
            }
            at = match (at, byte) {
                (At::Quoted, b'"') => At::Quote,
                (At::Quoted, byte) => {
                    record.bytes.push(byte);
                    At::Quoted
                }
                (At::Start, b'"') => At::Quoted,
                (_, b'\n' | b'\r') => {
                    self.after_return = byte == b'\r';
                    if taken > 1 {
                        self.end_cell(record)?;
                    }
                    return Ok(true);
                }
                (_, byte) if byte == self.delimiter => {
                    self.end_cell(record)?;
                    At::Start
                }
                (At::Quote, b'"') => {
                    record.bytes.push(byte);
                    At::Quoted
                }
                (At::Quote, _) => return Err(RecordError::After),
                (At::Start | At::Plain, byte) => {
                    record.bytes.push(byte);
                    At::Plain
                }
            };
        }
    }

    fn end_cell(&self, record: &mut Record) -> Result<(), RecordError> {
        if record.ends.len() == self.most_cells {
            return Err(RecordError::Cells);
        }
        record.ends.push(record.bytes.len());
        Ok(())
    }

    fn byte(&mut self) -> Result<Option<u8>, RecordError> {
        if self.at == self.filled {
            let read = self.source.read_at(self.offset, &mut self.buffer);
            self.filled = read.map_err(RecordError::Read)?;
            self.offset += self.filled as u64;
            self.at = 0;
            if self.filled == 0 {
                return Ok(None);
            }
        }
        self.at += 1;
        Ok(Some(self.buffer[self.at - 1]))
    }
}

impl RecordError {
    /// The error as one of what a file holds.
    pub(super) fn into_content(
        self,
        most_cells: usize,
        most_bytes: u64,
        malformed: impl FnOnce(&str) -> ContentError,
    ) -> ContentError {
        match self {
            Self::Read(error) => ContentError::Read(error),
            Self::Open => malformed("a quotation mark does not end"),
            Self::After => malformed("something follows a cell in quotation marks"),
            Self::Cells => ContentError::TooMany {
                what: "columns",
                limit: most_cells,
            },
            Self::Bytes(size) => ContentError::TooLarge {
                size,
                limit: most_bytes,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, RecordError> {
        let mut records = Records::new(&Source::of_bytes(text.as_bytes()), b',', 3, 40);
        let mut rows = Vec::new();
        let mut record = Record::default();
        while records.read(&mut record)? {
            let cells = record
                .iter()
                .map(|cell| String::from_utf8_lossy(cell).into_owned());
            rows.push(cells.collect());
        }
        Ok(rows)
    }

    #[test]
    fn rows_have_the_cells_that_are_written() {
        let none: [&str; 0] = [];
        assert_eq!(rows("").expect("rows"), [none; 0]);
        assert_eq!(rows("a,b\n").expect("rows"), [["a", "b"]]);
        assert_eq!(rows("a,b").expect("rows"), [["a", "b"]]);
        assert_eq!(rows("a,\r\n,b\r").expect("rows"), [["a", ""], ["", "b"]]);
        assert_eq!(
            rows("\"a\"\"b\",\"c\nd\"").expect("rows"),
            [["a\"b", "c\nd"]]
        );
        assert_eq!(rows("a\"b,\"\"").expect("rows"), [["a\"b", ""]]);
    }

    #[test]
    fn blank_lines_are_rows_without_cells() {
        let of = |text: &str| {
            rows(text)
                .expect(text)
                .iter()
                .map(Vec::len)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("\n"), [0]);
        assert_eq!(of("a\n\nb\n\n"), [1, 0, 1, 0]);
        assert_eq!(of("a\r\n\r\nb"), [1, 0, 1]);
        assert_eq!(of("\"\"\n"), [1]);
    }

    #[test]
    fn what_is_open_or_too_much_is_an_error() {
        assert!(matches!(rows("a,\"b"), Err(RecordError::Open)));
        assert!(matches!(rows("\"a\"b"), Err(RecordError::After)));
        assert!(matches!(rows(",,,"), Err(RecordError::Cells)));
        assert!(matches!(rows(&"x".repeat(41)), Err(RecordError::Bytes(41))));
    }
}
