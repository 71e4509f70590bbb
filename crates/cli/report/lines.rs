//! The lines of a report that compares two sides: each fits the width, what is too long for it goes on further in.

use console::measure_text_width;

use super::shortening::cut_pair;
use super::sides::Sides;
use super::table;
use super::wrapping::{fit_to, line_width};

/// How many lines of one kind are shown.
pub(crate) const MOST_OF_A_KIND: usize = 10;
/// How many columns of a value are shown.
const MOST_OF_A_VALUE: usize = 60;
/// How many columns are shown of what may be told in several lines: a command, a digest.
const MOST_OF_A_LONG_VALUE: usize = 240;

/// The lines of a report.
pub(crate) struct Lines {
    pub(crate) sides: Sides,
    width: usize,
    indent: usize,
    lines: Vec<String>,
}

impl Lines {
    /// No lines yet, for the standard output.
    pub(crate) fn of(sides: Sides) -> Self {
        Self::with_width(sides, line_width())
    }

    fn with_width(sides: Sides, width: usize) -> Self {
        Self {
            sides,
            width,
            indent: 0,
            lines: Vec::new(),
        }
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> usize {
        self.lines.iter().map(|line| line.lines().count()).sum()
    }

    /// How many columns a value has that begins after `before` others.
    pub(crate) fn room(&self, before: usize) -> usize {
        let room = self.width.saturating_sub(self.indent + before);
        room.clamp(10, MOST_OF_A_VALUE)
    }

    /// Adds what `tell` says, further in.
    pub(crate) fn within<T>(&mut self, by: usize, tell: impl FnOnce(&mut Self) -> T) -> T {
        self.indent += by;
        let told = tell(self);
        self.indent -= by;
        told
    }

    /// Adds a sentence.
    pub(crate) fn say(&mut self, text: impl AsRef<str>) {
        let line = format!("{}{}", " ".repeat(self.indent), text.as_ref());
        self.lines.push(fit_to(&line, self.width));
    }

    /// Adds a sentence for each, as many as are shown of a kind.
    pub(crate) fn say_each<T>(
        &mut self,
        all: impl ExactSizeIterator<Item = T>,
        mut tell: impl FnMut(&mut Self, T),
    ) {
        let more = all.len().saturating_sub(MOST_OF_A_KIND);
        for one in all.take(MOST_OF_A_KIND) {
            tell(self, one);
        }
        self.more(more as u64, "");
    }

    /// Says how many more there are, where there are any: `… and 3 more`, or what they are.
    pub(crate) fn more(&mut self, count: u64, what: &str) {
        self.more_than(count, what, "all");
    }

    /// The same of what JSON has no more of than `held`.
    pub(crate) fn more_than(&mut self, count: u64, what: &str, held: &str) {
        if count > 0 {
            let space = if what.is_empty() { "" } else { " " };
            self.say(format!(
                "… and {count} more{space}{what} (`--json` has {held})"
            ));
        }
    }

    /// Adds a value of each side, cut to a line, behind what they are values of and in front of a remark.
    pub(crate) fn pair(&mut self, of: &str, left: &str, right: &str, remark: &str) {
        let longest = self.sides.left.len().max(self.sides.right.len());
        let room = self.room("  ".len() + longest + " ".len());
        self.add_pair(of, cut_pair(left, right, room), remark);
    }

    /// The same for values that may take several lines.
    pub(crate) fn long_pair(&mut self, of: &str, left: &str, right: &str, remark: &str) {
        self.add_pair(of, cut_pair(left, right, MOST_OF_A_LONG_VALUE), remark);
    }

    /// On one line where it fits, else each side on its own.
    fn add_pair(&mut self, of: &str, [left, right]: [String; 2], remark: &str) {
        let both = self.sides.of(&left, &right);
        let head = if of.is_empty() {
            String::new()
        } else {
            format!("{of}: ")
        };
        let line = format!("{head}{both}{remark}");
        if self.indent + measure_text_width(&line) <= self.width {
            self.say(line);
            return;
        }
        let further = if of.is_empty() {
            0
        } else {
            self.say(format!("{of}:"));
            2
        };
        let sides = self.sides;
        self.within(further, |lines| {
            lines.say(format!("{} {left}", sides.left));
            lines.say(format!("{} {right}{remark}", sides.right));
        });
    }

    /// Adds a table, at most so many rows of it.
    pub(crate) fn table(&mut self, heading: &[&str], rows: &[Vec<String>], more: usize) {
        let width = self.width.saturating_sub(self.indent);
        let indent = " ".repeat(self.indent);
        let table = table::fitting(heading, rows, width);
        let rows = table.lines().map(|line| format!("{indent}{line}"));
        self.lines.extend(rows.map(|row| row.trim_end().to_owned()));
        self.more(more as u64, "");
    }

    /// The lines.
    pub(crate) fn into_lines(self) -> Vec<String> {
        let lines = self.lines.iter();
        lines
            .flat_map(|line| line.split('\n').map(str::to_owned))
            .collect()
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(width: usize, tell: impl FnOnce(&mut Lines)) -> String {
        let mut lines = Lines::with_width(Sides::RERUN, width);
        tell(&mut lines);
        lines.into_text()
    }

    #[test]
    fn values_stand_on_one_line_where_they_fit() {
        let pair = |lines: &mut Lines| lines.pair("loss", "0.25", "0.5", "");
        assert_eq!(text(80, pair), "loss: expected 0.25, got 0.5");
        assert_eq!(text(20, pair), "loss:\n  expected 0.25\n  got 0.5");
        let alone = |lines: &mut Lines| lines.pair("", "0.25", "0.5", " (within)");
        assert_eq!(text(20, alone), "expected 0.25\ngot 0.5 (within)");
    }

    #[test]
    fn of_many_the_first_are_told_and_the_others_counted() {
        let told = text(80, |lines| {
            lines.within(2, |lines| {
                lines.say_each(0..12, |lines, number| lines.say(number.to_string()));
            });
        });
        assert_eq!(told.lines().count(), MOST_OF_A_KIND + 1);
        assert!(
            told.ends_with("\n  9\n  … and 2 more (`--json` has all)"),
            "{told}"
        );
    }
}
