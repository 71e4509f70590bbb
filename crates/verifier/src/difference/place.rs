//! Where a value stands in structured data, written as manifests name it.

use super::shown::start_of;

/// The most bytes of a place: one longer than every pattern of a manifest is cut, and ends with an ellipsis.
const MOST_BYTES: usize = 2048;

/// A place that grows and shrinks while a tree is walked.
#[derive(Clone, Debug)]
pub(super) struct Place {
    text: String,
    /// Whether a key follows what the text holds without anything between.
    is_start: bool,
    is_cut: bool,
}

/// What a place was before something was added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    length: usize,
    is_start: bool,
    is_cut: bool,
}

impl Place {
    /// The outermost value of the file at `file`; empty for a file of its own.
    pub(super) fn of_file(file: &str) -> Self {
        Self {
            text: file.to_owned(),
            is_start: true,
            is_cut: false,
        }
    }

    /// The place as text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Goes to a key of the map that stands here.
    pub(super) fn enter_key(&mut self, key: &str) -> Mark {
        let is_plain = |character: char| character.is_alphanumeric() || "_-".contains(character);
        let key = start_of(key, MOST_BYTES + 4);
        if !key.is_empty() && key.chars().all(is_plain) {
            let dot = if self.is_start { "" } else { "." };
            self.add(&format!("{dot}{key}"))
        } else {
            let quoted = serde_json::Value::from(key).to_string();
            self.add(&format!("[{quoted}]"))
        }
    }

    /// Goes to an index of the list that stands here.
    pub(super) fn enter_index(&mut self, index: usize) -> Mark {
        self.add(&format!("[{index}]"))
    }

    /// Goes back.
    pub(super) fn leave(&mut self, mark: Mark) {
        self.text.truncate(mark.length);
        self.is_start = mark.is_start;
        self.is_cut = mark.is_cut;
    }

    fn add(&mut self, part: &str) -> Mark {
        let mark = Mark {
            length: self.text.len(),
            is_start: self.is_start,
            is_cut: self.is_cut,
        };
        if self.is_cut {
            return mark;
        }
        if self.is_start && !self.text.is_empty() {
            self.text.push('!');
        }
        self.is_start = false;
        if self.text.len() + part.len() > MOST_BYTES {
            self.is_cut = true;
            self.text.push('…');
        } else {
            self.text.push_str(part);
        }
        mark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_manifests_name_them() {
        let mut place = Place::of_file("");
        let start = place.enter_key("layers");
        place.enter_index(0);
        let mark = place.enter_key("loss");
        assert_eq!(place.as_str(), "layers[0].loss");
        place.leave(mark);
        place.enter_key("a.b");
        place.enter_key("größe");
        assert_eq!(place.as_str(), "layers[0][\"a.b\"].größe");
        place.leave(start);
        place.enter_key("");
        assert_eq!(place.as_str(), "[\"\"]");
    }

    #[test]
    fn what_lies_in_an_archive_stands_behind_a_mark() {
        let mut place = Place::of_file("inner.tar!model.json");
        assert_eq!(place.as_str(), "inner.tar!model.json");
        let mark = place.enter_index(3);
        assert_eq!(place.as_str(), "inner.tar!model.json![3]");
        place.leave(mark);
        place.enter_key("loss");
        place.enter_key("train");
        assert_eq!(place.as_str(), "inner.tar!model.json!loss.train");
    }

    #[test]
    fn no_place_grows_without_end() {
        let mut place = Place::of_file("");
        let long = "ä".repeat(100_000);
        let mark = place.enter_key(&long);
        place.enter_key("more");
        assert_eq!(place.as_str(), "…");
        place.leave(mark);
        place.enter_key("short");
        assert_eq!(place.as_str(), "short");
    }
}
