//! Literals of Python: what the header of an npy file is written in.

/// How deep brackets are nested.
const NESTING: usize = 32;
/// How many keys a dictionary has: a header has three.
const MOST_KEYS: usize = 64;

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// `True` or `False`.
    Bool(bool),
    /// A whole number that is not negative.
    Integer(u64),
    /// A text in either kind of quotes.
    Text(String),
    /// In square or round brackets.
    Sequence(Vec<Literal>),
    /// In braces; keys are texts.
    Dict(Vec<(String, Literal)>),
}

impl Literal {
    /// Reads a literal that is all of the text.
    ///
    /// # Errors
    /// With what is wrong, in words.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text };
        let literal = parser.literal(0)?;
        parser.skip_space();
        if parser.rest.is_empty() {
            Ok(literal)
        } else {
            Err("something stands after the literal".to_owned())
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Goes past `mark` where it comes next.
    fn take(&mut self, mark: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn literal(&mut self, depth: usize) -> Result<Literal, String> {
        if depth > NESTING {
            return Err(format!("brackets are nested more than {NESTING} deep"));
        }
        if self.take("{") {
            return self.dict(depth + 1);
        }
        for (open, close) in [("(", ")"), ("[", "]")] {
            if self.take(open) {
                return self.sequence(close, depth + 1);
            }
        }
        for (word, value) in [("True", true), ("False", false)] {
            if self.take(word) {
                return Ok(Literal::Bool(value));
            }
        }
        match self.rest.chars().next() {
            Some('\'' | '"') => self.text().map(Literal::Text),
            Some(digit) if digit.is_ascii_digit() => self.integer(),
            Some(other) => Err(format!("`{}` begins no literal", other.escape_debug())),
            None => Err("it ends in the middle".to_owned()),
        }
    }

    fn sequence(&mut self, close: &str, depth: usize) -> Result<Literal, String> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.literal(depth)?);
            if !self.take(",") {
                return if self.take(close) {
                    Ok(Literal::Sequence(items))
                } else {
                    Err(format!("`{close}` is missing"))
                };
            }
        }
        Ok(Literal::Sequence(items))
    }

    fn dict(&mut self, depth: usize) -> Result<Literal, String> {
        let mut items: Vec<(String, Literal)> = Vec::new();
        while !self.take("}") {
            if items.len() == MOST_KEYS {
                return Err(format!("a dictionary has more than {MOST_KEYS} keys"));
            }
            self.skip_space();
            let key = self.text()?;
            if items.iter().any(|(known, _)| *known == key) {
                return Err(format!("`{}` stands there twice", key.escape_debug()));
            }
            if !self.take(":") {
                return Err("`:` is missing".to_owned());
            }
            items.push((key, self.literal(depth)?));
            if !self.take(",") && !self.rest.trim_ascii_start().starts_with('}') {
                return Err("`}` is missing".to_owned());
            }
        }
        Ok(Literal::Dict(items))
    }

    fn text(&mut self) -> Result<String, String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or("a text is missing")?;
        let mut text = String::new();
        let mut characters = self.rest[1..].char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                // An escape is kept as it is written: only equality of names matters.
                '\\' => {
                    text.push('\\');
                    text.extend(characters.next().map(|(_, next)| next));
                }
                _ if character == quote => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Ok(text);
                }
                _ => text.push(character),
            }
        }
        Err("a text does not end".to_owned())
    }

    fn integer(&mut self) -> Result<Literal, String> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit());
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        // Python 2 marks long numbers so.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        let number = digits.parse();
        number.map_or_else(
            |_| Err(format!("`{digits}` is too large")),
            |n| Ok(Literal::Integer(n)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read() {
        let text = "{'descr': [('a', '<f4', (2,)), (\"b\", '|S3')], 'fortran_order': False, 'shape': (3L, 4), } \n";
        let Ok(Literal::Dict(items)) = Literal::parse(text) else {
            unreachable!("it is a dict");
        };
        assert_eq!(items.len(), 3);
        let shape = Literal::Sequence(vec![Literal::Integer(3), Literal::Integer(4)]);
        assert_eq!(items[2], ("shape".to_owned(), shape));
    }

    #[test]
    fn what_is_no_literal_is_an_error() {
        let deep = "(".repeat(100_000);
        let texts = [
            "",
            "{",
            "{'a'",
            "{'a':",
            "{'a':1",
            "{'a':1,'a':2}",
            "(1 2)",
            "'a",
            "'a\\",
            "-1",
            "x",
            "18446744073709551616",
            "() ()",
            "__import__('os')",
            &deep,
        ];
        for text in texts {
            assert!(Literal::parse(text).is_err());
        }
    }
}
