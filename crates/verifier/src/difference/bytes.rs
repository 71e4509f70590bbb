//! The first and the number of differing bytes of two streams.

use std::io::{self, Read};

use serde::Serialize;

const BUFFER: usize = 64 << 10;

/// How two files differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ByteDifference {
    /// The length of the first, in bytes.
    pub left_size: u64,
    /// The length of the second, in bytes.
    pub right_size: u64,
    /// Where they first differ, in bytes from the start; the length of the shorter one where it begins the longer.
    pub first_offset: u64,
    /// The line of that byte, counted from 1; `None` where either holds a NUL byte and so is no text.
    pub first_line: Option<u64>,
    /// How many bytes differ at the same offset, and how many the longer one has more.
    pub differing_bytes: u64,
}

/// How the two streams differ; `None` where they are equal.
///
/// # Errors
/// When either cannot be read.
pub fn byte_difference(
    mut left: impl Read,
    mut right: impl Read,
) -> io::Result<Option<ByteDifference>> {
    let (mut left_buffer, mut right_buffer) = (vec![0; BUFFER], vec![0; BUFFER]);
    let mut state = State::default();
    loop {
        let left_length = fill(&mut left, &mut left_buffer)?;
        let right_length = fill(&mut right, &mut right_buffer)?;
        if left_length == 0 && right_length == 0 {
            return Ok(state.finish());
        }
        state.add(&left_buffer[..left_length], &right_buffer[..right_length]);
    }
}

#[derive(Default)]
struct State {
    left_size: u64,
    right_size: u64,
    lines: u64,
    first: Option<(u64, u64)>,
    differing: u64,
    binary: bool,
}

impl State {
    /// Adds the bytes at the same offset of both: of different length only where one has ended.
    fn add(&mut self, left: &[u8], right: &[u8]) {
        self.binary = self.binary || left.contains(&0) || right.contains(&0);
        let shorter = left.len().min(right.len());
        let offset = self.left_size.min(self.right_size);
        if self.first.is_none() {
            let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
            let lines = left[..same].iter().filter(|byte| **byte == b'\n').count();
            self.lines += lines as u64;
            if same < left.len().max(right.len()) {
                self.first = Some((offset + same as u64, self.lines + 1));
            }
        }
        if left != right {
            let differing = left.iter().zip(right).filter(|(a, b)| a != b).count();
            self.differing += (differing + left.len().max(right.len()) - shorter) as u64;
        }
        self.left_size += left.len() as u64;
        self.right_size += right.len() as u64;
    }

    fn finish(self) -> Option<ByteDifference> {
        let (first_offset, line) = self.first?;
        Some(ByteDifference {
            left_size: self.left_size,
            right_size: self.right_size,
            first_offset,
            first_line: (!self.binary).then_some(line),
            differing_bytes: self.differing,
        })
    }
}

/// Reads until the buffer is full or the stream has ended.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match stream.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(left: &[u8], right: &[u8]) -> Option<ByteDifference> {
        byte_difference(left, right).expect("slices can be read")
    }

    #[test]
    fn equal_streams_do_not_differ() {
        assert_eq!(difference(b"", b""), None);
        assert_eq!(difference(&[7; 3 * BUFFER], &[7; 3 * BUFFER]), None);
    }

    #[test]
    fn the_first_difference_has_an_offset_and_a_line() {
        let found = difference(b"one\ntwo\nthree\n", b"one\ntwO\nthrEe\n").expect("they differ");
        assert_eq!((found.first_offset, found.first_line), (6, Some(2)));
        assert_eq!(found.differing_bytes, 2);
    }

    #[test]
    fn what_is_longer_differs_at_the_end_of_the_shorter() {
        let found = difference(b"ab", b"abcd").expect("they differ");
        assert_eq!((found.first_offset, found.differing_bytes), (2, 2));
        assert_eq!((found.left_size, found.right_size), (2, 4));
    }

    #[test]
    fn lines_are_not_counted_in_what_is_no_text() {
        let found = difference(b"a\0b", b"a\0c").expect("they differ");
        assert_eq!(found.first_line, None);
    }

    #[test]
    fn a_difference_past_the_first_buffer_is_found() {
        let left = vec![b'\n'; 2 * BUFFER];
        let mut right = left.clone();
        right[BUFFER + 5] = b'x';
        let found = difference(&left, &right).expect("they differ");
        assert_eq!(found.first_offset, BUFFER as u64 + 5);
        assert_eq!(found.first_line, Some(BUFFER as u64 + 6));
    }
}
