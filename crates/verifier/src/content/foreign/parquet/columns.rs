//! The columns of a Parquet file.

use parquet::basic::{LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{DataType, Int96};
use parquet::schema::types::ColumnDescriptor;

use super::super::refusal::Refusal;
use super::super::sending::Sending;
use super::super::texts::Texts;
use crate::content::{ByteOrder, ElementType};

/// How many rows are read at once.
const ROWS: usize = 8192;
/// The most levels and nulls that are held, in bytes.
const MOST_LEVELS: usize = 1 << 30;

/// A column while its row groups are read.
pub(super) struct Column {
    name: String,
    /// `None` for texts of any length.
    element: Option<ElementType>,
    greatest_definition: i16,
    greatest_repetition: i16,
    rows: u64,
    rows_read: u64,
    values: u64,
    texts: Texts,
    /// Of a column without nesting, whether each value is null.
    nulls: Vec<u8>,
    definitions: Vec<u8>,
    repetitions: Vec<u8>,
}

impl Column {
    /// A column of which nothing is read.
    pub(super) fn of(column: &ColumnDescriptor, rows: u64) -> Result<Self, Refusal> {
        Ok(Self {
            name: column.path().string(),
            element: element(column)?,
            greatest_definition: column.max_def_level(),
            greatest_repetition: column.max_rep_level(),
            rows,
            rows_read: 0,
            values: 0,
            texts: Texts::default(),
            nulls: Vec::new(),
            definitions: Vec::new(),
            repetitions: Vec::new(),
        })
    }

    /// Whether each row has one value or none: then what is null is a zero, and its place is kept. Else values follow
    /// each other, and levels say where they stand.
    fn is_flat(&self) -> bool {
        self.greatest_repetition == 0 && self.greatest_definition <= 1
    }

    /// The start of the column.
    pub(super) fn begin(&self, output: &mut Sending<'_>) -> Result<(), Refusal> {
        match self.element {
            Some(element) => output.array(&self.name, element, ByteOrder::Little),
            None => Ok(()),
        }
    }

    /// The column in one row group.
    pub(super) fn read(
        &mut self,
        reader: ColumnReader,
        rows: i64,
        output: &mut Sending<'_>,
    ) -> Result<(), Refusal> {
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &bool, bytes| {
                    bytes.push(u8::from(*value));
                })
            }
            ColumnReader::Int32ColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &i32, bytes| {
                    bytes.extend(value.to_le_bytes());
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &i64, bytes| {
                    bytes.extend(value.to_le_bytes());
                })
            }
            ColumnReader::Int96ColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &Int96, bytes| {
                    for word in value.data() {
                        bytes.extend(word.to_le_bytes());
                    }
                })
            }
            ColumnReader::FloatColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &f32, bytes| {
                    bytes.extend(value.to_le_bytes());
                })
            }
            ColumnReader::DoubleColumnReader(reader) => {
                self.numbers(reader, rows, output, |value: &f64, bytes| {
                    bytes.extend(value.to_le_bytes());
                })
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                self.numbers(reader, rows, output, |value, bytes| {
                    bytes.extend_from_slice(value.data());
                })
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                self.each(reader, rows, output, |column, value, _| {
                    column
                        .texts
                        .push(value.map_or(&[][..], |value| value.data()))
                })
            }
        }
    }

    /// Values of one size.
    fn numbers<T: DataType>(
        &mut self,
        reader: ColumnReaderImpl<T>,
        rows: i64,
        output: &mut Sending<'_>,
        encode: impl Fn(&T::T, &mut Vec<u8>),
    ) -> Result<(), Refusal> {
        let size = self.element.map_or(0, ElementType::size);
        self.each(reader, rows, output, |_, value, bytes| {
            let end = (bytes.len() as u64).saturating_add(size);
            let end = usize::try_from(end).map_err(Refusal::damaged)?;
            match value {
                Some(value) => encode(value, bytes),
                None => bytes.resize(end, 0),
            }
            match bytes.len() == end {
                true => Ok(()),
                false => Err(Refusal::damaged(
                    "a value has another length than its column",
                )),
            }
        })
    }

    /// Reads the values of one row group and hands each on, of a flat column the nulls too.
    fn each<T: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        rows: i64,
        output: &mut Sending<'_>,
        mut add: impl FnMut(&mut Self, Option<&T::T>, &mut Vec<u8>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut rows_left = usize::try_from(rows).map_err(Refusal::damaged)?;
        let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
        let mut bytes = Vec::new();
        while rows_left > 0 {
            values.clear();
            definitions.clear();
            repetitions.clear();
            bytes.clear();
            let (records, count, levels) = reader.read_records(
                rows_left.min(ROWS),
                (self.greatest_definition > 0).then_some(&mut definitions),
                (self.greatest_repetition > 0).then_some(&mut repetitions),
                &mut values,
            )?;
            if records == 0 || count != values.len() {
                return Err(Refusal::damaged("a column has fewer rows than the file"));
            }
            rows_left = rows_left.saturating_sub(records);
            self.rows_read += records as u64;
            let mut values = values.iter();
            if self.greatest_definition == 0 || !self.is_flat() {
                for value in values.by_ref() {
                    self.values += 1;
                    add(self, Some(value), &mut bytes)?;
                }
            } else {
                for definition in &definitions {
                    let value = match *definition == self.greatest_definition {
                        true => values.next(),
                        false => None,
                    };
                    self.values += 1;
                    self.nulls.push(u8::from(value.is_none()));
                    add(self, value, &mut bytes)?;
                }
            }
            if values.next().is_some()
                || (self.greatest_definition > 0 && levels != definitions.len())
            {
                return Err(Refusal::damaged(
                    "a column has other values than its levels say",
                ));
            }
            if !self.is_flat() {
                levels_of(&definitions, &mut self.definitions);
                levels_of(&repetitions, &mut self.repetitions);
            }
            if self.nulls.len() + self.definitions.len() + self.repetitions.len() > MOST_LEVELS {
                return Err(Refusal::unsupported("more than 1 GiB of levels at once"));
            }
            output.elements(&bytes)?;
        }
        let mut rest = (Vec::new(), Vec::new(), Vec::new());
        let more = reader.read_records(1, Some(&mut rest.0), Some(&mut rest.1), &mut rest.2)?;
        match more {
            (0, 0, 0) => Ok(()),
            _ => Err(Refusal::damaged("a column has more rows than the file")),
        }
    }

    /// The end of the column.
    pub(super) fn end(self, output: &mut Sending<'_>) -> Result<(), Refusal> {
        if self.rows_read != self.rows || (self.is_flat() && self.values != self.rows) {
            return Err(Refusal::damaged("a column has other rows than the file"));
        }
        match self.element {
            Some(_) => output.shape(&[self.values])?,
            None => self.texts.send(&self.name, &[self.texts.count()], output)?,
        }
        let name = &self.name;
        if self.is_flat() && self.greatest_definition > 0 {
            let nulls_name = format!("{name} (null)");
            output.whole(&nulls_name, ElementType::Bool, &[self.rows], &self.nulls)?;
        }
        for (word, greatest, levels) in [
            (
                "definition levels",
                self.greatest_definition,
                &self.definitions,
            ),
            (
                "repetition levels",
                self.greatest_repetition,
                &self.repetitions,
            ),
        ] {
            if !self.is_flat() && greatest > 0 {
                let count = levels.len() as u64 / 2;
                let name = format!("{name} ({word})");
                output.whole(&name, ElementType::Signed(2), &[count], levels)?;
            }
        }
        Ok(())
    }
}

fn levels_of(levels: &[i16], bytes: &mut Vec<u8>) {
    for level in levels {
        bytes.extend(level.to_le_bytes());
    }
}

/// The type of a column's elements; `None` for texts of any length.
fn element(column: &ColumnDescriptor) -> Result<Option<ElementType>, Refusal> {
    let logical = column.logical_type_ref();
    let is_unsigned = matches!(
        logical,
        Some(LogicalType::Integer(integer)) if !integer.is_signed
    );
    let length = u32::try_from(column.type_length()).unwrap_or(0);
    Ok(Some(match column.physical_type() {
        Physical::BOOLEAN => ElementType::Bool,
        Physical::INT32 if is_unsigned => ElementType::Unsigned(4),
        Physical::INT32 => ElementType::Signed(4),
        Physical::INT64 if is_unsigned => ElementType::Unsigned(8),
        Physical::INT64 => ElementType::Signed(8),
        Physical::INT96 => ElementType::Opaque(12),
        Physical::FLOAT => ElementType::Float(4),
        Physical::DOUBLE => ElementType::Float(8),
        Physical::BYTE_ARRAY => return Ok(None),
        Physical::FIXED_LEN_BYTE_ARRAY => match (logical, length) {
            (Some(LogicalType::Float16), 2) => ElementType::Float(2),
            (_, 1..) => ElementType::Opaque(length),
            _ => return Err(Refusal::unsupported("values without a byte")),
        },
    }))
}
