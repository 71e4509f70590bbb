//! The rows of tables, encoded.

use sha2::Digest as _;

use super::encoder::Encoder;
use crate::content::{Budget, ContentError, Row, Rows, Table, cell_number, join};

impl Encoder<'_> {
    /// The columns that are not ignored, then the rows, each with the cells that it has of these.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn table(
        &mut self,
        place: &str,
        table: &Table,
        budget: &Budget,
    ) -> Result<(), ContentError> {
        let mut rows = Rows::of(table, budget)?;
        let is_kept = |name: &str| self.comparator.ignoring(&join(place, name)).is_none();
        let kept: Vec<bool> = rows.columns().iter().map(|name| is_kept(name)).collect();
        self.letter(b'C');
        self.letter(table.delimiter);
        self.number(kept.iter().filter(|is_kept| **is_kept).count() as u64);
        for (name, is_kept) in rows.columns().iter().zip(&kept) {
            if *is_kept {
                self.text(name);
            }
        }
        let mut row = Row::default();
        while rows.read(&mut row)? {
            let cells = row.cells().enumerate();
            // What stands behind the last column is named by its number.
            let cells: Vec<&[u8]> = cells
                .filter(|(index, _)| match kept.get(*index) {
                    Some(is_kept) => *is_kept,
                    None => {
                        let at = join(place, &(index + 1).to_string());
                        self.comparator.ignoring(&at).is_none()
                    }
                })
                .map(|(_, cell)| cell)
                .collect();
            self.letter(b'W');
            self.number(cells.len() as u64);
            for cell in cells {
                self.cell(cell, row.may_be_names());
            }
        }
        self.letter(b'E');
        Ok(())
    }

    /// A number that may be the name of a column is a text, as it is written.
    fn cell(&mut self, cell: &[u8], may_be_name: bool) {
        match cell_number(cell) {
            Some(number) if !may_be_name => self.number_value(&number),
            _ => {
                self.letter(b'S');
                self.number(cell.len() as u64);
                self.state.update(cell);
            }
        }
    }
}
