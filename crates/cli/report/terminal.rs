//! Lines for people: errors, hints, warnings and notes on the standard error, answers on the standard output.

use std::io::{self, Write};

use anstyle::{AnsiColor, Color, Style};

use crate::failure::Failure;

const ERROR: Style = colored(AnsiColor::Red);
const WARNING: Style = colored(AnsiColor::Yellow);
const HINT: Style = colored(AnsiColor::Cyan);
const GOOD: Style = colored(AnsiColor::Green);
const BAD: Style = colored(AnsiColor::Red);

const fn colored(color: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(Color::Ansi(color)))
}

/// Writes a line to the standard error; a reader that went away is no error.
pub(crate) fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes a line to the standard output; a reader that went away (`| head`) is no error, a full disk is.
pub(crate) fn answer(line: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a warning, and its hint where there is one.
pub(crate) fn warning(message: &str, hint: Option<&str>) {
    note(&format!("{WARNING}warning:{WARNING:#} {message}"));
    if let Some(text) = hint {
        self::hint(text);
    }
}

/// Writes a hint.
pub(crate) fn hint(text: &str) {
    note(&format!("{HINT}hint:{HINT:#} {text}"));
}

/// Writes why a command stopped.
pub(crate) fn failure(failure: &Failure) {
    match &failure.rendered {
        Some(text) => note(text),
        None => note(&format!("{ERROR}error:{ERROR:#} {}", failure.message)),
    }
    for cause in &failure.causes {
        note(&format!("  caused by: {cause}"));
    }
    if let Some(text) = &failure.hint {
        hint(text);
    }
}

/// A word in the colour of success.
pub(crate) fn good(word: &str) -> String {
    format!("{GOOD}{word}{GOOD:#}")
}

/// A word in the colour of trouble.
pub(crate) fn bad(word: &str) -> String {
    format!("{BAD}{word}{BAD:#}")
}

/// A word in the colour of what is neither.
pub(crate) fn doubtful(word: &str) -> String {
    format!("{WARNING}{word}{WARNING:#}")
}

/// Whether the standard error takes colours.
pub(crate) fn is_colored() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// A text from elsewhere (a manifest, a record, a file's name) with control characters made visible, so that it cannot
/// move the cursor, colour the terminal or forge a line.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let hidden = character.is_control()
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped = hidden.then(|| character.escape_default());
            let plain = (!hidden).then_some(character);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// A path as a word that can be copied into a shell.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:@%,".contains(&byte);
    if !text.starts_with('-') && !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    // A file whose name begins with a dash must not be taken for an option.
    let dash = if text.starts_with('-') { "./" } else { "" };
    format!("'{dash}{}'", visible(text).replace('\'', r"'\''"))
}
