//! The rows of a table, one at a time, none longer than memory bears.

use resow_manifest::comparator::ComparatorKind;

use super::records::{Record, Records};
use super::{Budget, ContentError, Format, Number, Table};

/// Which share of the bytes of structured data one row may have.
const SHARE: u64 = 8;

/// The rows of a table, after the line that names the columns.
pub(crate) struct Rows {
    records: Records,
    most_bytes: u64,
    most_cells: usize,
    columns: Vec<String>,
    first: Option<Record>,
    /// Whether all lines so far were blank: readers go past these to the names.
    seeks_names: bool,
}

impl Rows {
    /// The rows of this table.
    ///
    /// # Errors
    /// When it cannot be read, or has more columns than `budget` allows.
    pub(crate) fn of(table: &Table, budget: &Budget) -> Result<Self, ContentError> {
        let most_bytes = budget.limits().structured / SHARE;
        let most_cells = budget.limits().members;
        let records = Records::new(&table.source, table.delimiter, most_cells, most_bytes);
        let mut rows = Self {
            records,
            most_bytes,
            most_cells,
            columns: Vec::new(),
            first: None,
            seeks_names: false,
        };
        rows.read_header()?;
        Ok(rows)
    }

    /// The names of the columns; their numbers, from 1, where no line names them.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row; `None` after the last. A blank line is one without cells.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than a row may be.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, ContentError> {
        let mut row = Row::default();
        Ok(self.read(&mut row)?.then_some(row))
    }

    /// Reads the next row in the place of the one that is there; whether there is one.
    ///
    /// # Errors
    /// As for [`Self::next`].
    pub(crate) fn read(&mut self, row: &mut Row) -> Result<bool, ContentError> {
        row.may_be_names = self.first.is_some() || self.seeks_names;
        match self.first.take() {
            Some(cells) => row.cells = cells,
            None if !self.record(&mut row.cells)? => return Ok(false),
            None => {}
        }
        self.seeks_names = self.seeks_names && row.cells.iter().all(<[u8]>::is_empty);
        Ok(true)
    }

    /// How many rows are left.
    ///
    /// # Errors
    /// When one cannot be read, or is longer than a row may be.
    pub(crate) fn count(mut self) -> Result<u64, ContentError> {
        let mut row = Row::default();
        let mut count = 0;
        while self.read(&mut row)? {
            count += 1;
        }
        Ok(count)
    }

    fn read_header(&mut self) -> Result<(), ContentError> {
        let mut record = Record::default();
        if !self.record(&mut record)? {
            return Ok(());
        }
        let is_blank = record.iter().all(<[u8]>::is_empty);
        let is_data = record.iter().all(|cell| number(cell).is_some());
        self.columns = (1..)
            .zip(record.iter())
            .map(|(index, cell)| match is_data {
                true => Ok(index.to_string()),
                false => String::from_utf8(cell.to_vec()),
            })
            .collect::<Result<_, _>>()
            .map_err(|_| malformed("the name of a column is no UTF-8"))?;
        self.seeks_names = is_blank;
        self.first = is_data.then_some(record);
        Ok(())
    }

    fn record(&mut self, record: &mut Record) -> Result<bool, ContentError> {
        let (cells, bytes) = (self.most_cells, self.most_bytes);
        let read = self.records.read(record);
        read.map_err(|error| error.into_content(cells, bytes, malformed))
    }
}

fn malformed(reason: &str) -> ContentError {
    match Format::of_kind(ComparatorKind::Csv) {
        Some(format) => ContentError::malformed(format, reason),
        None => ContentError::Truncated,
    }
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    cells: Record,
    /// Whether it is the first line of a table that is all numbers, or follows none but blank ones, and so may be names of
    /// columns all the same.
    may_be_names: bool,
}

impl Row {
    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// How many bytes its cells have.
    pub(crate) fn size(&self) -> usize {
        self.cells.bytes().len()
    }

    /// Whether its cells may be names that are written as numbers: how they are written counts.
    pub(crate) fn may_be_names(&self) -> bool {
        self.may_be_names
    }

    /// The cell of this column, counted from 0.
    pub(crate) fn cell(&self, column: usize) -> Option<&[u8]> {
        self.cells.get(column)
    }

    /// The cells in order.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.cells.iter()
    }
}

/// The number that a cell writes, blanks around it apart: as JSON does, or, not finite, as pandas and NumPy do.
pub(crate) fn number(cell: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(cell).ok()?.trim_matches(' ');
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
            "", " ", "x", "1\t", "\n1", "\u{c}1", "007", "-01", "+7", "nano", "1 2", "-",
            "infinit", "0x1", "\u{661}",
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
