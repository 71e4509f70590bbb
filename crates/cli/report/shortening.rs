//! Texts from elsewhere, cut to what a line has room for.

use console::measure_text_width;

use super::terminal::visible;

/// What stands for what was cut away.
const ELLIPSIS: &str = "...";

/// The text in at most so many columns.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = visible(text);
    if measure_text_width(&text) <= most {
        return text;
    }
    let mut kept = String::new();
    let mut width = ELLIPSIS.len();
    for character in text.chars() {
        width += measure_text_width(character.encode_utf8(&mut [0; 4]));
        if width > most {
            break;
        }
        kept.push(character);
    }
    kept + ELLIPSIS
}

/// Both texts in at most so many columns each, from where on the place is seen at which they first differ.
pub(crate) fn cut_pair(left: &str, right: &str, most: usize) -> [String; 2] {
    let start = shown_from(left, right, most);
    [cut_from(left, start, most), cut_from(right, start, most)]
}

/// From which character on two texts are shown.
fn shown_from(left: &str, right: &str, most: usize) -> usize {
    let before = most / 3;
    let (left, right) = (visible(left), visible(right));
    let is_whole = |text: &str| measure_text_width(text) <= most;
    if is_whole(&left) && is_whole(&right) {
        return 0;
    }
    let pairs = left.chars().zip(right.chars());
    let same = pairs.take_while(|(left, right)| left == right).count();
    if same + before < most {
        0
    } else {
        same - before
    }
}

fn cut_from(text: &str, start: usize, most: usize) -> String {
    if start == 0 {
        return cut(text, most);
    }
    let rest: String = visible(text).chars().skip(start).collect();
    format!(
        "{ELLIPSIS}{}",
        cut(&rest, most.saturating_sub(ELLIPSIS.len()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_long_texts_differ_is_seen() {
        let common = "x".repeat(500);
        let seen = "x".repeat(20);
        let [left, right] = cut_pair(&format!("{common}left"), &format!("{common}right"), 60);
        assert_eq!(left, format!("...{seen}left"));
        assert_eq!(right, format!("...{seen}right"));
        assert_eq!(cut_pair("1.0", "1.5", 60), ["1.0", "1.5"]);
        // The shorter one ends before they differ.
        let [shorter, longer] = cut_pair(&common, &format!("{common}more"), 60);
        assert_eq!(shorter, format!("...{seen}"));
        assert_eq!(longer, format!("...{seen}more"));
    }

    #[test]
    fn no_text_takes_more_columns_than_there_are() {
        for text in ["x".repeat(100), "图".repeat(100), "a\u{1b}[31m".repeat(30)] {
            for most in [20, 21, 60] {
                assert!(measure_text_width(&cut(&text, most)) <= most, "{text}");
                let [left, right] = cut_pair(&text, &format!("{text}!"), most);
                assert!(measure_text_width(&left) <= most, "{left}");
                assert!(measure_text_width(&right) <= most, "{right}");
            }
        }
    }
}
