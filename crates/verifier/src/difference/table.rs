//! Tables, compared row by row as they are read, column by column by name.

use resow_manifest::comparator::Comparator;

use super::ahead::Ahead;
use super::columns::{Column, Columns};
use super::distance::Distance;
use super::findings::{DifferenceKind, Findings};
use super::shown::shown;
use super::tree::{compare_leaves, differ_in_value};
use crate::content::{Budget, ContentError, Row, Rows, Table, Value, cell_number};

/// Compares two tables that lie at `place`.
///
/// # Errors
/// When either cannot be read, or has longer rows or more columns than `budget` allows.
pub(super) fn compare_tables(
    place: &str,
    left: &Table,
    right: &Table,
    comparator: &Comparator,
    budget: &Budget,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let (lefts, rights) = (Rows::of(left, budget)?, Rows::of(right, budget)?);
    let columns = Columns::of(place, lefts.columns(), rights.columns(), comparator);
    columns.report(findings);
    if left.delimiter != right.delimiter {
        let in_words = |table: &Table| format!("cells parted by {:?}", char::from(table.delimiter));
        let kind = DifferenceKind::Nature {
            left: in_words(left),
            right: in_words(right),
        };
        findings.differ(place, kind);
    }
    let mut rows = RowComparison {
        place,
        columns: &columns,
        unnamed: Vec::new(),
        findings,
        looked_at: 0,
    };
    if Rows::of(left, budget)?.count()? == Rows::of(right, budget)?.count()? {
        rows.by_number(lefts, rights)
    } else {
        rows.by_content(Ahead::of(lefts), Ahead::of(rights))
    }
}

struct RowComparison<'a> {
    place: &'a str,
    columns: &'a Columns<'a>,
    /// Columns without a name, as far as any row had so many.
    unnamed: Vec<Column<'a>>,
    findings: &'a mut Findings,
    /// How many pairs of cells were looked at.
    looked_at: u64,
}

impl RowComparison<'_> {
    /// Each row with the one of its number.
    fn by_number(&mut self, mut lefts: Rows, mut rights: Rows) -> Result<(), ContentError> {
        let (mut left, mut right) = (Row::default(), Row::default());
        let mut number = 0;
        while lefts.read(&mut left)? && rights.read(&mut right)? {
            number += 1;
            self.both(number, &left, &right);
        }
        Ok(())
    }

    /// Each row with the next equal one, where such a one is in sight.
    fn by_content(&mut self, mut lefts: Ahead, mut rights: Ahead) -> Result<(), ContentError> {
        let columns = self.columns;
        loop {
            lefts.fill(|row| columns.hash_left(row))?;
            rights.fill(|row| columns.hash_right(row))?;
            let (gone, new) = lefts.skipped(&rights);
            for (number, row) in (0..gone).map_while(|_| lefts.take()) {
                self.only(number, &row, |what| DifferenceKind::OnlyLeft { what });
            }
            for (number, row) in (0..new).map_while(|_| rights.take()) {
                self.only(number, &row, |what| DifferenceKind::OnlyRight { what });
            }
            match (lefts.take(), rights.take()) {
                (Some((number, left)), Some((_, right))) => self.both(number, &left, &right),
                (Some((number, row)), None) => {
                    self.only(number, &row, |what| DifferenceKind::OnlyLeft { what });
                }
                (None, Some((number, row))) => {
                    self.only(number, &row, |what| DifferenceKind::OnlyRight { what });
                }
                (None, None) => return Ok(()),
            }
        }
    }

    fn only(&mut self, number: u64, row: &Row, kind: impl Fn(String) -> DifferenceKind) {
        let place = self.place;
        self.findings.differ_by(|| {
            // More cells than these are never shown.
            let cells = row.cells().take(super::shown::MOST_BYTES);
            let cells = Value::List(cells.map(value).collect());
            (row_place(place, number), kind(shown(&cells)))
        });
    }

    fn both(&mut self, number: u64, left: &Row, right: &Row) {
        if left == right && self.columns.are_alike() {
            return;
        }
        let columns = self.columns;
        for column in columns.shared(left, right) {
            self.compare_cells(number, column, left, right);
        }
        let unnamed = columns.unnamed(left, right);
        if unnamed > 0 {
            let mut known = std::mem::take(&mut self.unnamed);
            known.extend((known.len()..unnamed).map(|index| columns.of_unnamed(index)));
            for column in &known[..unnamed] {
                self.compare_cells(number, column, left, right);
            }
            self.unnamed = known;
        }
    }

    fn compare_cells(&mut self, number: u64, column: &Column<'_>, left: &Row, right: &Row) {
        self.looked_at += 1;
        let may_be_names = left.may_be_names() || right.may_be_names();
        let (left, right) = (left.cell(column.left), right.cell(column.right));
        if left == right {
            return;
        }
        let values = (left.map(value), right.map(value));
        let same = match &values {
            (Some(Value::Number(left)), Some(Value::Number(right))) if left.is_same(right) => {
                Some(left.to_float())
            }
            _ => None,
        };
        if let Some(entry) = column.ignored {
            return self.findings.ignore(entry, same.is_none() || may_be_names);
        }
        let own = self.place;
        let place = || format!("{}, {}", row_place(own, number), column.name);
        let (tolerance, findings) = (&column.tolerance, &mut *self.findings);
        if let Some(number) = same {
            // Of numbers in a row, how they are written means nothing; names of columns are other names.
            if may_be_names {
                let distance = Some(Distance::between(number, number, None));
                let [left, right] = [left, right].map(|cell| text(cell.unwrap_or_default()));
                differ_in_value(place, [&left, &right], distance, tolerance, findings);
            }
            return;
        }
        match (&values.0, &values.1) {
            // Other bytes, whether or not they are UTF-8.
            (Some(left @ Value::Text(_)), Some(right @ Value::Text(_))) => {
                differ_in_value(place, [left, right], None, tolerance, findings);
            }
            (Some(left), Some(right)) => compare_leaves(place, left, right, tolerance, findings),
            (Some(left), None) => findings.differ_by(|| {
                let what = shown(left);
                (place(), DifferenceKind::OnlyLeft { what })
            }),
            (None, Some(right)) => findings.differ_by(|| {
                let what = shown(right);
                (place(), DifferenceKind::OnlyRight { what })
            }),
            (None, None) => {}
        }
    }
}

fn row_place(place: &str, number: u64) -> String {
    let mark = if place.is_empty() { "" } else { "!" };
    format!("{place}{mark}row {number}")
}

fn value(cell: &[u8]) -> Value {
    cell_number(cell).map_or_else(|| text(cell), Value::Number)
}

fn text(cell: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(cell).into_owned())
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::{ComparatorKind, IgnoredField, Tolerance};

    use super::*;
    use crate::content::Source;

    fn compared(left: &str, right: &str, comparator: &Comparator) -> Findings {
        let table = |text: &str| Table {
            source: Source::of_bytes(text.as_bytes()),
            delimiter: b',',
        };
        let mut findings = Findings::default();
        compare_tables(
            "",
            &table(left),
            &table(right),
            comparator,
            &Budget::default(),
            &mut findings,
        )
        .expect("rows");
        findings
    }

    fn places(left: &str, right: &str) -> Vec<String> {
        let findings = compared(left, right, &Comparator::of(ComparatorKind::Csv));
        findings
            .shown()
            .iter()
            .map(|one| one.place.clone())
            .collect()
    }

    #[test]
    fn cells_are_compared_as_what_they_are() {
        let none: [&str; 0] = [];
        assert_eq!(places("a,b\n1,nan\n", "a,b\r\n1.0,\"NaN\"\r\n"), none);
        assert_eq!(
            places("a,b\n1,x\n2,y\n", "a,b\n1,x\n3,z\n"),
            ["row 2, a", "row 2, b"]
        );
        assert_eq!(places("1,2\n3,4\n", "1,2\n3,5\n"), ["row 2, 2"]);
        assert_eq!(places("a\n1,7\n", "a\n1\n"), ["row 1, 2"]);
    }

    #[test]
    fn columns_belong_together_by_name() {
        assert_eq!(places("a,b\n1,2\n", "b,a\n2,1\n"), [""]);
        assert_eq!(places("a,b\n1,2\n", "a,c\n1,3\n"), ["b", "c"]);
        assert_eq!(places("a,a\n1,2\n", "a,a\n1,3\n"), ["row 1, a"]);
    }

    #[test]
    fn rows_that_are_gone_or_new_are_found() {
        let rows = |numbers: &[u32]| {
            let lines: Vec<String> = numbers.iter().map(|one| format!("{one},x\n")).collect();
            format!("n,t\n{}", lines.concat())
        };
        let all: Vec<u32> = (0..200).collect();
        let without = |gone: &[u32]| -> Vec<u32> {
            all.iter()
                .copied()
                .filter(|one| !gone.contains(one))
                .collect()
        };
        assert_eq!(
            places(&rows(&all), &rows(&without(&[50, 51]))),
            ["row 51", "row 52"]
        );
        assert_eq!(
            places(&rows(&without(&[0, 199])), &rows(&all)),
            ["row 1", "row 200"]
        );
        let mut changed = without(&[100]);
        changed[10] = 1000;
        assert_eq!(
            places(&rows(&all), &rows(&changed)),
            ["row 11, n", "row 101"]
        );
    }

    #[test]
    fn tolerances_and_the_ignore_list_hold_by_column() {
        let mut comparator = Comparator::of(ComparatorKind::Csv);
        comparator.tolerance = Tolerance {
            absolute: Some(0.1),
            ..Tolerance::default()
        };
        comparator.ignore.push(IgnoredField {
            field: "seconds".parse().expect("a pattern"),
            reason: "it is a time".to_owned(),
        });
        let findings = compared(
            "loss,seconds\n0.5,1\n0.5,2\n",
            "loss,seconds\n0.55,1\n0.7,3\n",
            &comparator,
        );
        assert_eq!((findings.differing(), findings.tolerated()), (1, 1));
        let ignored: Vec<u64> = findings.ignored().map(|one| one.differences).collect();
        assert_eq!(ignored, [1]);
    }

    #[test]
    fn short_rows_of_a_wide_table_take_no_look_at_every_column() {
        let width: usize = 20_000;
        let header: Vec<String> = (0..width).map(|one| format!("c{one}")).collect();
        let backwards: Vec<String> = header.iter().rev().cloned().collect();
        let rows = 2000;
        for (names, cell) in [(&header, "1\n"), (&backwards, "2\n"), (&header, "2\n")] {
            let text = |names: &[String], cell: &str| {
                format!("{}\n{}", names.join(","), cell.repeat(rows))
            };
            let table = |text: String| Table {
                source: Source::of_bytes(text.into_bytes()),
                delimiter: b',',
            };
            let budget = Budget::default();
            let comparator = Comparator::of(ComparatorKind::Csv);
            let (left, right) = (table(text(&header, "1\n")), table(text(names, cell)));
            let lefts = Rows::of(&left, &budget).expect("rows");
            let rights = Rows::of(&right, &budget).expect("rows");
            let columns = Columns::of("", lefts.columns(), rights.columns(), &comparator);
            let mut findings = Findings::default();
            let mut comparison = RowComparison {
                place: "",
                columns: &columns,
                unnamed: Vec::new(),
                findings: &mut findings,
                looked_at: 0,
            };
            comparison.by_number(lefts, rights).expect("rows");
            assert!(comparison.looked_at <= 2 * rows as u64);
        }
    }

    #[test]
    fn blank_lines_and_delimiters_are_content_and_open_quotes_no_table() {
        assert_eq!(places("a\n1\n", "a\n1\n\n"), ["row 2"]);
        assert_eq!(places("a\n\n1\n", "a\n\"\"\n1\n"), ["row 1, a"]);
        for text in ["a\n\"1", "a\n\"1\"2\n"] {
            let table = Table {
                source: Source::of_bytes(text.as_bytes()),
                delimiter: b',',
            };
            let comparator = Comparator::of(ComparatorKind::Csv);
            let budget = Budget::default();
            let mut findings = Findings::default();
            compare_tables("", &table, &table, &comparator, &budget, &mut findings)
                .expect_err("no table");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_apart() {
        let table = |byte: u8| Table {
            source: Source::of_bytes([b'a', b'\n', byte, b'\n']),
            delimiter: b',',
        };
        let comparator = Comparator::of(ComparatorKind::Csv);
        let budget = Budget::default();
        let mut findings = Findings::default();
        let (left, right) = (table(0xfe), table(0xff));
        compare_tables("", &left, &right, &comparator, &budget, &mut findings).expect("rows");
        assert_eq!(findings.differing(), 1);
    }
}
