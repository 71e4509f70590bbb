//! Texts that are too large for memory: their first difference, found as they stream past.

use std::io::{self, Read};

use super::bytes::byte_difference;
use super::findings::{DifferenceKind, Findings};
use crate::content::{ContentError, Source, SourceReader};

/// How many bytes are shown before the first that differs, at most, and from it on.
const BEFORE: u64 = 100;
const AFTER: u64 = 300;
const BUFFER: usize = 64 << 10;

/// Compares two texts that lie at `place`: the first line that differs, and how their bytes do.
///
/// # Errors
/// When either cannot be read.
pub(super) fn compare_long_texts(
    place: &str,
    left: &Source,
    right: &Source,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let (left_text, right_text) = (LineEnds::of(left), LineEnds::of(right));
    let Some(first) = byte_difference(left_text, right_text)? else {
        return Ok(());
    };
    if let Some(line) = first.first_line {
        let kind = DifferenceKind::Lines {
            left_line: line,
            right_line: line,
            left_count: 1,
            right_count: 1,
            left: vec![line_around(left, first.first_offset)?],
            right: vec![line_around(right, first.first_offset)?],
        };
        findings.differ(place, kind);
    }
    if let Some(difference) = byte_difference(left.reader(), right.reader())? {
        findings.differ(place, DifferenceKind::Bytes(difference));
    }
    Ok(())
}

/// The part around this byte of the line in which it lies, counted without the carriage returns of line ends.
fn line_around(source: &Source, offset: u64) -> io::Result<String> {
    let before = offset.min(BEFORE);
    let mut text = LineEnds::of(source);
    io::copy(&mut text.by_ref().take(offset - before), &mut io::sink())?;
    let mut bytes = Vec::new();
    text.take(before + AFTER).read_to_end(&mut bytes)?;
    let split = usize::try_from(before).map_or(bytes.len(), |before| before.min(bytes.len()));
    let (before, after) = bytes.split_at(split);
    let start = before.iter().rposition(|byte| *byte == b'\n');
    let end = after.iter().position(|byte| *byte == b'\n');
    let line =
        &bytes[start.map_or(0, |start| start + 1)..end.map_or(bytes.len(), |end| split + end)];
    // What was cut in the middle of a character is no character.
    let line = String::from_utf8_lossy(line);
    Ok(line.trim_matches(char::REPLACEMENT_CHARACTER).to_owned())
}

/// A text in which each carriage return before a line feed is left out.
struct LineEnds {
    reader: SourceReader,
    buffer: Vec<u8>,
    given: usize,
    /// Whether a carriage return stands before what comes next.
    is_held: bool,
}

impl LineEnds {
    fn of(source: &Source) -> Self {
        Self {
            reader: source.reader(),
            buffer: Vec::with_capacity(BUFFER),
            given: 0,
            is_held: false,
        }
    }

    /// Fills the buffer again; whether there was anything left.
    fn refill(&mut self) -> io::Result<bool> {
        self.given = 0;
        self.buffer.clear();
        if self.is_held {
            self.buffer.push(b'\r');
        }
        let start = self.buffer.len();
        self.buffer.resize(BUFFER, 0);
        let read = self.reader.read(&mut self.buffer[start..])?;
        self.buffer.truncate(start + read);
        self.is_held = read > 0 && self.buffer.last() == Some(&b'\r');
        if self.is_held {
            self.buffer.pop();
        }
        self.leave_out();
        Ok(read > 0 || start > 0)
    }

    fn leave_out(&mut self) {
        let mut kept = 0;
        for index in 0..self.buffer.len() {
            let is_of_end = self.buffer[index..].starts_with(b"\r\n");
            if !is_of_end {
                self.buffer[kept] = self.buffer[index];
                kept += 1;
            }
        }
        self.buffer.truncate(kept);
    }
}

impl Read for LineEnds {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.given == self.buffer.len() {
            if !self.refill()? {
                return Ok(0);
            }
        }
        let rest = &self.buffer[self.given..];
        let given = rest.len().min(target.len());
        target[..given].copy_from_slice(&rest[..given]);
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(left: &[u8], right: &[u8]) -> Vec<DifferenceKind> {
        let mut findings = Findings::default();
        let (left, right) = (Source::of_bytes(left), Source::of_bytes(right));
        compare_long_texts("", &left, &right, &mut findings).expect("memory");
        findings
            .shown()
            .iter()
            .map(|one| one.kind.clone())
            .collect()
    }

    #[test]
    fn line_ends_of_either_kind_are_alike_wherever_a_buffer_ends() {
        for shift in 0..3 {
            let start = "x".repeat(BUFFER - shift);
            let text = |end: &str| format!("{start}{end}{end}a\rb{end}").into_bytes();
            assert_eq!(found(&text("\n"), &text("\r\n")), []);
        }
        assert_eq!(found(b"a\r", b"a\r"), []);
        assert!(!found(b"a\r", b"a").is_empty());
    }

    #[test]
    fn the_first_difference_is_shown() {
        let lines = "line\r\n".repeat(100_000);
        let long = "y".repeat(100_000);
        let text = |middle: &str| format!("{lines}{long}{middle}\nend\n").into_bytes();
        let kinds = found(&text("left"), &text("right"));
        let DifferenceKind::Lines {
            left_line,
            left,
            right,
            ..
        } = &kinds[0]
        else {
            panic!("{kinds:?}");
        };
        assert_eq!(*left_line, 100_001);
        assert!(left[0].ends_with("yleft") && right[0].ends_with("yright"));
        assert!(matches!(kinds[1], DifferenceKind::Bytes(_)));
    }
}
