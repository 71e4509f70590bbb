//! Placeholders in a command: what they look like and what they become.
//!
//! - `{seed}` becomes the seed, `{params.x}` and `{params.a.b}` a parameter: texts as they are, numbers in the shortest
//!   form that reads back the same, lists and tables as JSON.
//! - `{{word}}` stands for `{word}` literally.
//! - `${word}` is left as it is: it belongs to a shell.
//! - Any other `{word}`, a word being letters, digits, `_` and dots, is a fault.
//! - All other braces, those of JSON say, are left as they are.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::manifest::Manifest;
use crate::parameter::ParameterValue;

/// A part of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Text that stays.
    Text(&'t str),
    /// `{word}`: the word, and where it stands with its braces.
    Placeholder(&'t str, Range<usize>),
}

/// The pieces of an argument, in order.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0; // of the text that is not in a piece yet
    let mut position = 0;
    while let Some(found) = text[position..].find('{') {
        let open = position + found;
        if let Some(close) = escaped_word_end(text, open) {
            pieces.push(Piece::Text(&text[start..open]));
            pieces.push(Piece::Text(&text[open + 1..close - 1]));
            start = close;
            position = close;
        } else if let Some(close) = word_end(text, open).filter(|_| !text[..open].ends_with('$')) {
            pieces.push(Piece::Text(&text[start..open]));
            pieces.push(Piece::Placeholder(&text[open + 1..close - 1], open..close));
            start = close;
            position = close;
        } else {
            position = open + 1;
        }
    }
    pieces.push(Piece::Text(&text[start..]));
    pieces
}

/// The end of `{{word}}` that begins at `open`.
fn escaped_word_end(text: &str, open: usize) -> Option<usize> {
    let close = word_end(text, open + 1)?;
    text[close..].starts_with('}').then_some(close + 1)
}

/// The end of `{word}` that begins at `open`.
fn word_end(text: &str, open: usize) -> Option<usize> {
    let inner = text[open..].strip_prefix('{')?;
    let length = inner.find('}')?;
    is_word(&inner[..length]).then_some(open + 1 + length + 1)
}

fn is_word(text: &str) -> bool {
    let mut segments = text.split('.');
    let begins = segments.next().is_some_and(|first| {
        first.starts_with(|character: char| character.is_alphabetic() || character == '_')
            && first
                .chars()
                .all(|character| character.is_alphanumeric() || character == '_')
    });
    begins
        && segments.all(|segment| {
            !segment.is_empty()
                && segment
                    .chars()
                    .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
        })
}

/// The parameter at a path of keys joined by dots.
pub(crate) fn parameter<'p>(
    parameters: &'p BTreeMap<String, ParameterValue>,
    path: &str,
) -> Option<&'p ParameterValue> {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    match (parameters.get(first)?, rest) {
        (value, None) => Some(value),
        (ParameterValue::Table(inner), Some(rest)) => parameter(inner, rest),
        _ => None,
    }
}

/// The paths of all parameters that are not tables, joined by dots.
pub(crate) fn parameter_paths(parameters: &BTreeMap<String, ParameterValue>) -> Vec<String> {
    let mut paths = Vec::new();
    for (key, value) in parameters {
        match value {
            ParameterValue::Table(inner) => paths.extend(
                parameter_paths(inner)
                    .into_iter()
                    .map(|path| format!("{key}.{path}")),
            ),
            _ => paths.push(key.clone()),
        }
    }
    paths
}

impl Manifest {
    /// The command with its placeholders filled in from the seed and the parameters.
    pub fn fill_command(&self) -> Vec<String> {
        self.command
            .iter()
            .map(|argument| self.fill(argument))
            .collect()
    }

    /// Whether nothing is left of the program once it is filled in.
    pub(crate) fn has_empty_program(&self) -> bool {
        self.command
            .first()
            .is_some_and(|program| self.fill(program).is_empty())
    }

    fn fill(&self, argument: &str) -> String {
        let value = |word: &str| match word.strip_prefix("params.") {
            Some(path) => parameter(&self.parameters, path).map(ToString::to_string),
            None => (word == "seed").then(|| self.seed.to_string()),
        };
        pieces(argument)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                // A word that is unknown was refused when the manifest was read.
                Piece::Placeholder(word, range) => {
                    value(word).unwrap_or_else(|| argument[range].to_owned())
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Placeholder(word, range) => {
                    assert_eq!(text[range], format!("{{{word}}}"));
                    format!("<{word}>")
                }
            })
            .collect()
    }

    #[test]
    fn words_in_braces_are_placeholders_and_nothing_else_is() {
        for (text, expected) in [
            ("--seed={seed}", "--seed=<seed>"),
            (
                "{params.a.b}{params.learning-rate}",
                "<params.a.b><params.learning-rate>",
            ),
            ("{{seed}}", "{seed}"),
            ("{ {seed} }", "{ <seed> }"),
            (r#"{"a": {"b": {seed}}}"#, r#"{"a": {"b": <seed>}}"#),
            (r#"{"a": {"b": 1}}"#, r#"{"a": {"b": 1}}"#),
            ("echo ${HOME}", "echo ${HOME}"),
            ("{}", "{}"),
            ("{", "{"),
            ("}{", "}{"),
            ("{a,b}", "{a,b}"),
            ("{a.}", "{a.}"),
            ("{größe}", "<größe>"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
