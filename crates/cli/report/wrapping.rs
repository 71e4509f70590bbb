//! Lines that are broken between words.

use console::measure_text_width;

/// The text in lines of at most `width` columns, as far as its words are not longer; all but the first begin with
/// `indent`. Words may be coloured.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("there is always a line");
        let is_begun = !line.trim_start().is_empty();
        let wanted = measure_text_width(line) + usize::from(is_begun) + measure_text_width(word);
        if is_begun && wanted > width {
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
    use super::wrap;
    use crate::report::terminal::good;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrap("one two three", 80, "  "), "one two three");
        assert_eq!(wrap("", 8, "  "), "");
        assert_eq!(wrap("longer-than-that a", 4, ""), "longer-than-that\na");
    }

    #[test]
    fn colours_take_no_room() {
        let text = format!("{} two", good("one"));
        assert_eq!(wrap(&text, 7, ""), text);
    }
}
