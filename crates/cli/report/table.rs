//! Tables: plain columns in a pipe and wherever they fit, and a block of lines a row on a terminal that is too narrow. In
//! reports that always fit a width, a long name stands on a line of its own, above the rest of its row.

use console::{Term, measure_text_width};

/// How far columns are apart.
const GAP: usize = 2;

/// A table with this heading and these rows, for the standard output. Cells may be coloured.
pub(crate) fn table(heading: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    arrange(heading, &rows, terminal_width())
}

/// How many columns the terminal has; `None` where the standard output is none, or does not say.
pub(crate) fn terminal_width() -> Option<usize> {
    let (_, columns) = Term::stdout().size_checked()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

fn arrange(heading: &[&str], rows: &[Vec<String>], limit: Option<usize>) -> String {
    let lines = columns(heading, rows);
    let fits = |limit| lines.iter().all(|line| measure_text_width(line) <= limit);
    if limit.is_none_or(fits) {
        lines.join("\n")
    } else {
        blocks(heading, rows)
    }
}

/// A table whose lines are no wider than `limit`: a first cell that is too long for its column stands above the rest of
/// its row. Where even that leaves no room, a block a row.
pub(crate) fn fitting(heading: &[&str], rows: &[Vec<String>], limit: usize) -> String {
    /// A first column that is narrower is none to read by.
    const NARROWEST: usize = 12;
    let others: usize = widths(heading, rows)[1..]
        .iter()
        .map(|width| GAP + width)
        .sum();
    let first = limit.saturating_sub(others);
    if first < NARROWEST {
        return blocks(heading, rows);
    }
    let mut rows = rows.to_vec();
    let mut above = vec![None];
    for row in &mut rows {
        let name = row.first_mut();
        let long = name.filter(|name| measure_text_width(name) > first);
        above.push(long.map(std::mem::take));
    }
    let lines = above.into_iter().zip(columns(heading, &rows));
    let lines = lines.flat_map(|(name, line)| name.into_iter().chain([line]));
    lines.collect::<Vec<_>>().join("\n")
}

/// A line for the heading and one for each row, in columns that are as wide as their widest cell.
fn columns(heading: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let widths = widths(heading, rows);
    let heading: Vec<_> = heading.iter().map(ToString::to_string).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            // The colours of a cell take no room.
            let missing = width + GAP - measure_text_width(cell);
            line.extend(std::iter::repeat_n(' ', missing));
        }
        line.trim_end().to_owned()
    };
    std::iter::once(&heading).chain(rows).map(line).collect()
}

/// How wide each column is.
fn widths(heading: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let columns = heading.iter().enumerate();
    let widths = columns.map(|(column, heading)| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let cells = cells.map(|cell| measure_text_width(cell));
        cells.fold(measure_text_width(heading), usize::max)
    });
    widths.collect()
}

/// Each row as lines of a heading and its cell, with a blank line after each row.
fn blocks(heading: &[&str], rows: &[Vec<String>]) -> String {
    let block = |row: &Vec<String>| -> String {
        let lines = heading.iter().zip(row);
        let lines = lines.map(|(heading, cell)| format!("{heading}: {cell}").trim_end().to_owned());
        lines.map(|line| line + "\n").collect()
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{arrange, fitting};
    use crate::report::terminal::good;

    const HEADING: &[&str] = &["output", "verdict", "note"];

    fn rows() -> Vec<Vec<String>> {
        vec![
            vec!["out/weights.npy".to_owned(), good("same"), "a".to_owned()],
            vec!["图".to_owned(), good("different"), String::new()],
        ]
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn colours_and_wide_characters_keep_columns_straight() {
        let expected = "\
output           verdict    note
out/weights.npy  same       a
图               different";
        for limit in [None, Some(32), Some(200)] {
            let text = arrange(HEADING, &rows(), limit);
            assert_eq!(plain(&text), expected);
            assert!(text.contains('\u{1b}'), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_becomes_a_block_a_row() {
        let expected = "\
output: out/weights.npy
verdict: same
note: a

output: 图
verdict: different
note:
";
        for limit in [1, 31] {
            assert_eq!(plain(&arrange(HEADING, &rows(), Some(limit))), expected);
        }
    }

    #[test]
    fn a_long_name_stands_above_its_row() {
        let expected = "\
output  verdict    note
out/weights.npy
        same       a
图      different";
        assert_eq!(plain(&fitting(HEADING, &rows(), 30)), expected);
        assert_eq!(
            fitting(HEADING, &rows(), 100),
            arrange(HEADING, &rows(), None)
        );
        assert!(plain(&fitting(HEADING, &rows(), 20)).starts_with("output: "));
    }

    #[test]
    fn a_table_without_rows_is_its_heading() {
        assert_eq!(arrange(HEADING, &[], None), "output  verdict  note");
    }
}
