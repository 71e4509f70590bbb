//! Comma- or tab-separated values: which delimiter they have, by their first line.

use crate::content::{ContentError, Source, Table};

/// How much is looked at to find the delimiter.
const HEAD: usize = 64 << 10;
/// What may stand between two cells. Of those that are there equally often the first is meant.
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// The table that the file holds; its rows are read while they are compared.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read(source: &Source) -> Result<Table, ContentError> {
    Ok(Table {
        source: source.clone(),
        delimiter: delimiter(&source.head(HEAD)?),
    })
}

/// The delimiter that the first line has most of, outside quotation marks.
fn delimiter(head: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut is_quoted = false;
    let has_text = |byte: &u8| !matches!(byte, b'\n' | b'\r');
    let start = head.iter().position(has_text).unwrap_or(head.len());
    for byte in &head[start..] {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                if let Some(index) = DELIMITERS.iter().position(|one| one == byte) {
                    counts[index] += 1;
                }
            }
        }
    }
    let most = counts.iter().max();
    let index = counts.iter().position(|count| Some(count) == most);
    index.map_or(b',', |index| DELIMITERS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_shows_the_delimiter() {
        for (head, expected) in [
            ("a,b;c,d\n;;;;", b','),
            ("\n\r\na;b\n1,2,3\n", b';'),
            ("a\tb\n", b'\t'),
            ("\"a,b,c\";d\n", b';'),
            ("alone\n1,2\n", b','),
            ("\"open;;;", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(head.as_bytes()), expected, "{head:?}");
        }
    }
}
