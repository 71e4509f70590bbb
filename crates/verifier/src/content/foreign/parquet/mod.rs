//! Parquet: each column an array by its path, of all row groups one after another.
//!
//! Left aside is how it is stored: row groups, pages, encodings, compression, statistics, indices, filters, and who wrote
//! it. The schema and the metadata by key count.

mod columns;
mod schema;

use std::collections::BTreeMap;
use std::io::Read as _;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, FileReader as _, Length, SerializedFileReader};

use self::columns::Column;
use super::refusal::Refusal;
use super::sending::Sending;
use crate::content::{Source, SourceReader, Value};

impl From<ParquetError> for Refusal {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::NYI(what) => Self::Unsupported(what),
            error => Self::damaged(error),
        }
    }
}

/// Writes what a Parquet file holds.
pub(super) fn send(source: &Source, output: &mut Sending<'_>) -> Result<(), Refusal> {
    let file = SerializedFileReader::new(Input(source.clone()))?;
    let metadata = file.metadata().file_metadata();
    let schema = metadata.schema_descr();
    let mut beside = BTreeMap::from([("schema".to_owned(), schema::value(schema.root_schema()))]);
    let mut keys = BTreeMap::new();
    for entry in metadata.key_value_metadata().into_iter().flatten() {
        let value = entry.value.clone().map_or(Value::Null, Value::Text);
        if keys.insert(entry.key.clone(), value).is_some() {
            return Err(Refusal::unsupported("two entries of one key in metadata"));
        }
    }
    if !keys.is_empty() {
        beside.insert("metadata".to_owned(), Value::Map(keys));
    }
    let rows = row_count(&file, metadata.num_rows())?;
    for index in 0..schema.num_columns() {
        let mut column = Column::of(&schema.column(index), rows)?;
        column.begin(output)?;
        for group in 0..file.num_row_groups() {
            let group = file.get_row_group(group)?;
            let rows = group.metadata().num_rows();
            column.read(group.get_column_reader(index)?, rows, output)?;
        }
        column.end(output)?;
    }
    output.metadata(&Value::Map(beside))
}

/// How many rows there are, as the file says in two places.
fn row_count(file: &SerializedFileReader<Input>, expected: i64) -> Result<u64, Refusal> {
    let mut count = 0_i64;
    for group in file.metadata().row_groups() {
        let rows = Some(group.num_rows()).filter(|rows| *rows >= 0);
        let sum = rows.and_then(|rows| count.checked_add(rows));
        count = sum.ok_or_else(|| Refusal::damaged("a number of rows is none"))?;
    }
    match u64::try_from(count) {
        Ok(rows) if count == expected => Ok(rows),
        _ => Err(Refusal::damaged(
            "the row groups have other rows than the file",
        )),
    }
}

/// The bytes of a file, as the reader takes them.
struct Input(Source);

impl Length for Input {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Input {
    type T = SourceReader;

    fn get_read(&self, start: u64) -> ParquetResult<SourceReader> {
        let length = self.0.length().saturating_sub(start);
        let rest = self.0.slice(start, length);
        let rest = rest.ok_or_else(|| ParquetError::EOF("a place behind its end".to_owned()))?;
        Ok(rest.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let part = self.0.slice(start, length as u64);
        let part = part.ok_or_else(|| ParquetError::EOF("a place behind its end".to_owned()))?;
        let mut bytes = Vec::with_capacity(length);
        part.reader().read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}
