//! One line of a trace, as the contract of the seeding layer says.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::process::ProcessName;

/// The longest line, with its line feed.
pub(super) const LONGEST: usize = 1 << 16;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Values at a step, in their order.
    Step {
        who: ProcessName,
        step: u64,
        values: Vec<(String, String)>,
    },
    /// What could not be traced.
    Fault(String),
    /// Nothing that can be understood.
    Malformed,
}

impl Entry {
    /// Reads a line without its line feed.
    pub(super) fn read(line: &[u8]) -> Self {
        let Ok(line) = serde_json::from_slice::<Line>(line) else {
            return Self::Malformed;
        };
        match line {
            Line {
                process,
                program,
                step: Some(step),
                values: Some(Values(values)),
                fault: None,
            } => Self::Step {
                who: ProcessName { process, program },
                step,
                values,
            },
            Line {
                step: None,
                values: None,
                fault: Some(fault),
                ..
            } => Self::Fault(fault),
            _ => Self::Malformed,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    process: String,
    #[serde(default)]
    program: String,
    step: Option<u64>,
    values: Option<Values>,
    fault: Option<String>,
}

/// The members of an object, in their order.
struct Values(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Values;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("texts by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some(member) = map.next_entry()? {
                    values.push(member);
                }
                Ok(Values(values))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order() {
        let line = br#"{"process":"rank 1","step":4,"values":{"b":"1","a":"2","b":"3"}}"#;
        let Entry::Step { who, step, values } = Entry::read(line) else {
            panic!("a step");
        };
        assert_eq!((who.process.as_str(), who.program.as_str()), ("rank 1", ""));
        assert_eq!(step, 4);
        let expected = [("b", "1"), ("a", "2"), ("b", "3")];
        let values: Vec<_> = values
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(values, expected);
    }

    #[test]
    fn what_is_no_line_is_malformed() {
        for line in [
            "",
            "step 4",
            "[]",
            r#"{"step":4}"#,
            r#"{"step":-4,"values":{}}"#,
            r#"{"step":4.5,"values":{}}"#,
            r#"{"step":4,"values":{"a":1}}"#,
            r#"{"step":4,"values":["a"]}"#,
            r#"{"step":4,"value":{}}"#,
            r#"{"step":4,"values":{},"fault":"both"}"#,
            r#"{"step":18446744073709551616,"values":{}}"#,
            "{\"step\":4,\"values\":{\"\u{7f}",
        ] {
            assert_eq!(Entry::read(line.as_bytes()), Entry::Malformed, "{line}");
        }
        assert_eq!(Entry::read(b"{\"fault\":\"\xff\"}"), Entry::Malformed);
        let deep = "[".repeat(60_000);
        assert_eq!(Entry::read(deep.as_bytes()), Entry::Malformed);
    }
}
