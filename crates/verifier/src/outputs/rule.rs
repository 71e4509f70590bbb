//! The rule of one declared location: whether what appears there is compared, and how.

use std::fmt;

use resow_manifest::comparator::Comparator;
use resow_manifest::manifest::OutputRole;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The rule of one declared location.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputRule {
    /// Whether it is compared.
    pub role: OutputRole,
    /// How it is compared; `None` where that is bit for bit.
    pub comparator: Option<Comparator>,
}

impl From<OutputRole> for OutputRule {
    fn from(role: OutputRole) -> Self {
        Self {
            role,
            comparator: None,
        }
    }
}

/// A rule with a comparator, as files hold it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    role: OutputRole,
    compare: Comparator,
}

impl Serialize for OutputRule {
    /// The role alone, as a text, where nothing else is to be said.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.comparator {
            None => self.role.serialize(serializer),
            Some(comparator) => WrittenRule {
                role: self.role,
                compare: comparator.clone(),
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for OutputRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = OutputRule;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`result`, `log`, or a table with `role` and `compare`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OutputRule, E> {
        let text = de::value::StrDeserializer::new(text);
        OutputRole::deserialize(text).map(OutputRule::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OutputRule, A::Error> {
        let written = WrittenRule::deserialize(MapAccessDeserializer::new(map))?;
        Ok(OutputRule {
            role: written.role,
            comparator: Some(written.compare),
        })
    }
}
