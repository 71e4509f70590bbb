//! A trace as a stream of its lines.

use std::io::{self, BufRead, BufReader, Read as _};

use super::line::{Entry, LONGEST};
use crate::content::{Source, SourceReader};

/// Reads a trace line by line; none is held beyond the longest there may be.
pub(super) struct TraceReader {
    input: BufReader<SourceReader>,
    line: Vec<u8>,
}

impl TraceReader {
    pub(super) fn new(source: &Source) -> Self {
        Self {
            input: BufReader::with_capacity(LONGEST, source.reader()),
            line: Vec::new(),
        }
    }

    /// What the next line says; `None` after the last. Empty lines say nothing.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        loop {
            self.line.clear();
            let most = LONGEST as u64;
            let read = (&mut self.input)
                .take(most)
                .read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            match self.line.strip_suffix(b"\n") {
                Some([]) => {}
                Some(line) => return Ok(Some(Entry::read(line))),
                None if read < LONGEST => return Ok(Some(Entry::read(&self.line))),
                None => {
                    self.skip_line()?;
                    return Ok(Some(Entry::Malformed));
                }
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            let found = buffer.iter().position(|byte| *byte == b'\n');
            let length = found.map_or(buffer.len(), |end| end + 1);
            self.input.consume(length);
            if found.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_one_malformed_line() {
        let text = format!(
            "{{\"fault\":\"a\"}}\n\n{}\n{{\"fault\":\"b\"}}",
            "x".repeat(3 * LONGEST)
        );
        let mut reader = TraceReader::new(&Source::of_bytes(text.into_bytes()));
        let mut entries = Vec::new();
        while let Some(entry) = reader.next().expect("memory") {
            entries.push(entry);
        }
        let fault = |text: &str| Entry::Fault(text.to_owned());
        assert_eq!(entries, [fault("a"), Entry::Malformed, fault("b")]);
    }
}
