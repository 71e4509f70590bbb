//! A line of JSON of at most 4096 bytes: what does not fit is cut, and the line stays whole.

/// How long a line may be, with its line feed.
pub(crate) const LONGEST: usize = 4096;

/// What closes a line whatever was cut: a quote, a bracket, a brace, the line feed.
const CLOSING: usize = 4;

/// What stands where bytes were not UTF-8.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The longest text of one field, so that a long program path leaves room for its arguments.
const LONGEST_TEXT: usize = 1024;

/// An object that is being written.
pub(crate) struct Line {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Line {
    pub(crate) fn new(kind: &str) -> Self {
        let mut line = Self {
            bytes: [0; LONGEST],
            length: 0,
        };
        line.push(b"{\"kind\":\"");
        line.push(kind.as_bytes());
        line.push(b"\"");
        line
    }

    /// A field with a number.
    pub(crate) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.name(name);
        self.push(&digits[start..]);
        self
    }

    /// A field with a text.
    pub(crate) fn text(&mut self, name: &str, text: &[u8]) -> &mut Self {
        self.name(name);
        self.quoted(text, LONGEST_TEXT);
        self
    }

    /// A field with a list of texts; the ones that no longer fit are left out.
    pub(crate) fn texts<'a>(
        &mut self,
        name: &str,
        texts: impl Iterator<Item = &'a [u8]>,
    ) -> &mut Self {
        self.name(name);
        self.push(b"[");
        for (index, text) in texts.enumerate() {
            if self.room() < 8 {
                break;
            }
            if index > 0 {
                self.push(b",");
            }
            self.quoted(text, LONGEST);
        }
        self.push(b"]");
        self
    }

    /// The line, with its line feed.
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.put(b'}');
        self.put(b'\n');
        &self.bytes[..self.length]
    }

    fn name(&mut self, name: &str) {
        self.push(b",\"");
        self.push(name.as_bytes());
        self.push(b"\":");
    }

    fn quoted(&mut self, text: &[u8], longest: usize) {
        self.put(b'"');
        let end = self.length.saturating_add(longest);
        'text: for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                if !self.character(character, end) {
                    break 'text;
                }
            }
            if !chunk.invalid().is_empty() && !self.piece(REPLACEMENT, end) {
                break;
            }
        }
        self.put(b'"');
    }

    fn character(&mut self, character: char, end: usize) -> bool {
        let code = character as u32;
        match character {
            '"' | '\\' => self.piece(&[b'\\', code as u8], end),
            '\0'..='\x1f' => {
                let hexadecimal = |value: u32| b"0123456789abcdef"[(value & 15) as usize];
                let escaped = [
                    b'\\',
                    b'u',
                    b'0',
                    b'0',
                    hexadecimal(code >> 4),
                    hexadecimal(code),
                ];
                self.piece(&escaped, end)
            }
            _ => self.piece(character.encode_utf8(&mut [0; 4]).as_bytes(), end),
        }
    }

    /// Appends all of `bytes`, or nothing where they do not fit before `end`.
    fn piece(&mut self, bytes: &[u8], end: usize) -> bool {
        let fits = bytes.len() <= self.room() && self.length + bytes.len() <= end;
        if fits {
            self.push(bytes);
        }
        fits
    }

    fn room(&self) -> usize {
        (LONGEST - CLOSING).saturating_sub(self.length)
    }

    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.put(*byte);
        }
    }

    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}
