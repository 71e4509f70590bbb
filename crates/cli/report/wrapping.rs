//! Lines that are broken between words.

use console::measure_text_width;

use super::table::terminal_width;

/// How wide lines are where no terminal says otherwise.
const WIDTH: usize = 80;
/// How wide lines are at least, however narrow the terminal, and at most, however wide.
const NARROWEST: usize = 40;
const WIDEST: usize = 100;

/// How many columns a line of a report has.
pub(crate) fn line_width() -> usize {
    let terminal = terminal_width();
    terminal.map_or(WIDTH, |width| width.clamp(NARROWEST, WIDEST))
}

/// A line in lines of at most `width` columns, those that it goes on in two further in than it begins.
pub(crate) fn fit_to(line: &str, width: usize) -> String {
    let begins = line.len() - line.trim_start_matches(' ').len();
    wrap(line, width, &" ".repeat(begins + 2))
}

/// The text in lines of at most `width` columns, as far as its words are not longer; all but the first begin with
/// `indent`. Words may be coloured.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let begins = text.len() - text.trim_start_matches(' ').len();
    let mut lines = vec![" ".repeat(begins)];
    // Words that are empty stand for spaces that follow a space.
    for word in text[begins..].split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        let is_begun = !line.trim_start().is_empty();
        let wanted = measure_text_width(line) + usize::from(is_begun) + measure_text_width(word);
        if is_begun && wanted > width {
            line.truncate(line.trim_end().len());
            lines.push(format!("{indent}{word}"));
            continue;
        }
        if is_begun {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{fit_to, wrap};
    use crate::report::terminal::good;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrap("one two three", 80, "  "), "one two three");
        assert_eq!(wrap("one  two three", 8, "  "), "one  two\n  three");
        assert_eq!(wrap("", 8, "  "), "");
        assert_eq!(wrap("longer-than-that a", 4, ""), "longer-than-that\na");
    }

    #[test]
    fn a_line_goes_on_further_in_than_it_begins() {
        assert_eq!(fit_to("  one two three", 9), "  one two\n    three");
        assert_eq!(fit_to("one two three", 5), "one\n  two\n  three");
    }

    #[test]
    fn colours_take_no_room() {
        let text = format!("{} two", good("one"));
        assert_eq!(wrap(&text, 7, ""), text);
    }
}
