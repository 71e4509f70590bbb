//! The rows of a table, one at a time, none longer than memory bears.

use std::cell::Cell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use resow_manifest::comparator::ComparatorKind;

use super::source::SourceReader;
use super::{Budget, ContentError, Format, Number, Table};

/// Which share of the bytes of structured data one row may have.
const SHARE: u64 = 8;

/// The rows of a table, after the line that names the columns.
pub(crate) struct Rows {
    reader: Reader<Counted>,
    taken: Rc<Cell<u64>>,
    limit: u64,
    most_cells: usize,
    columns: Vec<String>,
    first: Option<ByteRecord>,
}

impl Rows {
    /// The rows of this table.
    ///
    /// # Errors
    /// When it cannot be read, or has more columns than `budget` allows.
    pub(crate) fn of(table: &Table, budget: &Budget) -> Result<Self, ContentError> {
        let taken = Rc::new(Cell::new(0));
        let limit = budget.limits().structured / SHARE;
        let counted = Counted {
            reader: table.source.reader(),
            taken: Rc::clone(&taken),
            limit,
        };
        let reader = ReaderBuilder::new()
            .delimiter(table.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(counted);
        let mut rows = Self {
            reader,
            taken,
            limit,
            most_cells: budget.limits().members,
            columns: Vec::new(),
            first: None,
        };
        rows.read_header()?;
        Ok(rows)
    }

    /// The names of the columns; their numbers, from 1, where no line names them.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than a row may be.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, ContentError> {
        if let Some(cells) = self.first.take() {
            return Ok(Some(Row { cells }));
        }
        let mut cells = ByteRecord::new();
        Ok(self.read_into(&mut cells)?.then_some(Row { cells }))
    }

    /// How many rows are left.
    ///
    /// # Errors
    /// When one cannot be read, or is longer than a row may be.
    pub(crate) fn count(mut self) -> Result<u64, ContentError> {
        let mut count = u64::from(self.first.is_some());
        let mut cells = ByteRecord::new();
        while self.read_into(&mut cells)? {
            count += 1;
        }
        Ok(count)
    }

    fn read_header(&mut self) -> Result<(), ContentError> {
        let mut record = ByteRecord::new();
        if !self.read_into(&mut record)? {
            return Ok(());
        }
        let is_data = record.iter().all(|cell| number(cell).is_some());
        self.columns = (1..)
            .zip(&record)
            .map(|(index, cell)| match is_data {
                true => Ok(index.to_string()),
                false => String::from_utf8(cell.to_vec()),
            })
            .collect::<Result<_, _>>()
            .map_err(|_| malformed("the name of a column is no UTF-8"))?;
        self.first = is_data.then_some(record);
        Ok(())
    }

    /// Reads the next row; whether there is one.
    fn read_into(&mut self, record: &mut ByteRecord) -> Result<bool, ContentError> {
        self.taken.set(0);
        match self.reader.read_byte_record(record) {
            Ok(_) if record.len() > self.most_cells => Err(ContentError::TooMany {
                what: "columns",
                limit: self.most_cells,
            }),
            Ok(found) => Ok(found),
            Err(_) if self.taken.get() > self.limit => Err(ContentError::TooLarge {
                size: self.taken.get(),
                limit: self.limit,
            }),
            Err(error) => Err(of_csv(error)),
        }
    }
}

fn of_csv(error: csv::Error) -> ContentError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ContentError::Read(error),
        _ => malformed("a row cannot be read"),
    }
}

fn malformed(reason: &str) -> ContentError {
    match Format::of_kind(ComparatorKind::Csv) {
        Some(format) => ContentError::malformed(format, reason),
        None => ContentError::Truncated,
    }
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    cells: ByteRecord,
}

impl Row {
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// How many bytes its cells have.
    pub(crate) fn size(&self) -> usize {
        self.cells.as_slice().len()
    }

    /// The cell of this column, counted from 0.
    pub(crate) fn cell(&self, column: usize) -> Option<&[u8]> {
        self.cells.get(column)
    }

    /// The cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.cells.iter()
    }

    /// A number that equal rows share, of the cells in these columns.
    pub(crate) fn hash(&self, columns: &[usize]) -> u64 {
        let mut hasher = DefaultHasher::new();
        for column in columns {
            self.cell(*column).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// The number that a cell writes, spaces around it apart: as JSON does, or, not finite, as pandas and NumPy do.
pub(crate) fn number(cell: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(cell).ok()?.trim_ascii();
    // The first byte tells most texts from numbers.
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || b"+-.nNiI".contains(&first)) {
        return None;
    }
    // `007` and `+49` are written by people who mean a text: a code, a telephone number.
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if first == b'+'
        || (digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit))
    {
        return None;
    }
    match Number::parse(text) {
        // Without a fraction it is negative zero all the same: no whole number is written so.
        Some(Number::Integer(0)) if first == b'-' => Some(Number::Float(-0.0)),
        Some(number) => Some(number),
        None => not_finite(text).map(Number::Float),
    }
}

fn not_finite(text: &str) -> Option<f64> {
    let (sign, word) = match text.strip_prefix('-') {
        Some(word) => (-1.0, word),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if word.eq_ignore_ascii_case("nan") {
        Some(f64::NAN)
    } else if word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity") {
        Some(sign * f64::INFINITY)
    } else {
        None
    }
}

/// A stream that ends with an error when one row takes too much of it.
struct Counted {
    reader: SourceReader,
    taken: Rc<Cell<u64>>,
    limit: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken.get() > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.reader.read(buffer)?;
        self.taken.set(self.taken.get().saturating_add(read as u64));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Source;

    fn rows(text: &str) -> Result<Rows, ContentError> {
        let table = Table {
            source: Source::of_bytes(text.as_bytes()),
            delimiter: b',',
        };
        Rows::of(&table, &Budget::default())
    }

    #[test]
    fn the_first_line_names_the_columns_unless_it_is_numbers() {
        let mut named = rows("a,b\n1,2\n").expect("rows");
        assert_eq!(named.columns(), ["a", "b"]);
        let row = named.next().expect("a row").expect("a row");
        assert_eq!(row.cell(1), Some(b"2".as_slice()));
        assert!(named.next().expect("the end").is_none());

        let mut bare = rows("1,nan\n3,4\n").expect("rows");
        assert_eq!(bare.columns(), ["1", "2"]);
        let row = bare.next().expect("a row").expect("a row");
        assert_eq!(row.cell(0), Some(b"1".as_slice()));
        assert!(rows("").expect("nothing").columns().is_empty());
    }

    #[test]
    fn cells_are_numbers_as_pandas_writes_them() {
        for text in [
            "1", "-1.5e-3", " 2 ", "NaN", "nan", "inf", "-inf", "Infinity",
        ] {
            assert!(number(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "", " ", "x", "007", "-01", "+7", "nano", "1 2", "-", "infinit", "0x1", "\u{661}",
        ] {
            assert!(number(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn no_row_and_no_header_is_too_long() {
        let wide = ",".repeat(1_000_000);
        assert!(matches!(rows(&wide), Err(ContentError::TooMany { .. })));
        let open = format!("a\n\"{}", "x".repeat(10 << 20));
        let mut open = rows(&open).expect("a header");
        assert!(matches!(open.next(), Err(ContentError::TooLarge { .. })));
    }
}
