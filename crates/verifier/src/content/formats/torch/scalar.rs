//! Values that stand in a pickle as they are: numbers, texts, bytes.

use super::input::Input;
use super::node::Node;
use super::opcodes as op;
use crate::content::{ContentError, Format};

/// Makes a node of its bytes; none where they are not what they should be.
type Make = fn(&[u8]) -> Option<Node>;

/// The value that an operation puts down; `None` where it puts down none.
///
/// # Errors
/// When its bytes are missing, or are no such value.
pub(super) fn scalar(
    format: Format,
    operation: u8,
    input: &mut Input<'_>,
) -> Result<Option<Node>, ContentError> {
    let short = ContentError::Truncated;
    let (size, node): (usize, Make) = match operation {
        op::NONE => return Ok(Some(Node::Nothing)),
        op::NEW_TRUE => return Ok(Some(Node::Bool(true))),
        op::NEW_FALSE => return Ok(Some(Node::Bool(false))),
        op::BIN_INT => return input.take(4).and_then(signed).map(Some).ok_or(short),
        op::BIN_INT_1 => return input.number(1).map(natural).map(Some).ok_or(short),
        op::BIN_INT_2 => return input.number(2).map(natural).map(Some).ok_or(short),
        op::BIN_FLOAT => return input.take(8).and_then(float).map(Some).ok_or(short),
        op::LONG_1 => (1, signed),
        op::LONG_4 => (4, signed),
        op::SHORT_BIN_UNICODE => (1, text),
        op::BIN_UNICODE => (4, text),
        op::BIN_UNICODE_8 => (8, text),
        op::SHORT_BIN_STRING => (1, old_text),
        op::BIN_STRING => (4, old_text),
        op::SHORT_BIN_BYTES => (1, bytes),
        op::BIN_BYTES => (4, bytes),
        op::BIN_BYTES_8 | op::BYTE_ARRAY_8 => (8, bytes),
        _ => return Ok(None),
    };
    let value = input.counted(size).ok_or(short)?;
    let reason = "its pickle holds a text that is no UTF-8 or a number of more than 16 bytes";
    let node = node(value).ok_or_else(|| ContentError::malformed(format, reason))?;
    Ok(Some(node))
}

fn natural(number: u64) -> Node {
    Node::Integer(i128::from(number))
}

/// A number in two's complement, the least significant byte first; no bytes are zero.
fn signed(bytes: &[u8]) -> Option<Node> {
    let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut word = if is_negative { [0xff; 16] } else { [0; 16] };
    word.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(Node::Integer(i128::from_le_bytes(word)))
}

fn float(bytes: &[u8]) -> Option<Node> {
    let bytes = bytes.try_into().ok()?;
    Some(Node::Float(f64::from_be_bytes(bytes)))
}

fn text(bytes: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Node::Text(text.into()))
}

/// A text of Python 2, which may be bytes as well.
fn old_text(value: &[u8]) -> Option<Node> {
    text(value).or_else(|| bytes(value))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands among those that may fail"
)]
fn bytes(bytes: &[u8]) -> Option<Node> {
    Some(Node::Bytes(bytes.to_vec()))
}
