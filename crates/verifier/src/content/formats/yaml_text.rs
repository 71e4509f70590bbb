//! The text of a YAML file before it is read: what readers would take for different lines, or documents, is refused.

use crate::content::ContentError;

const BYTE_ORDER_MARK: char = '\u{feff}';
/// Line ends to readers of YAML 1.1 alone.
const OLD_LINE_ENDS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Checks that every reader sees the same lines, and no directive among them.
///
/// # Errors
/// When it does not.
pub(super) fn check(text: &str) -> Result<(), ContentError> {
    let unsupported = |what: &str| {
        Err(ContentError::Unsupported {
            what: what.to_owned(),
        })
    };
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.contains(|letter| letter == BYTE_ORDER_MARK || OLD_LINE_ENDS.contains(&letter)) {
        return unsupported("YAML with line ends of version 1.1, or byte order marks amid it");
    }
    let is_control = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    if text.contains(is_control) {
        return unsupported("YAML with control characters");
    }
    // A directive says how all that follows is read.
    match text.split(['\n', '\r']).any(|line| line.starts_with('%')) {
        true => unsupported("YAML with directives"),
        false => Ok(()),
    }
}
