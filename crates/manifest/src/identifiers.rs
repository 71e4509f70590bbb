//! Identifiers: newtypes over digests and hexadecimal names, so that one is never taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::{DigestError, Sha256Digest};

macro_rules! digest_identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Sha256Digest);

        impl $name {
            /// The identifier with this digest.
            pub const fn new(digest: Sha256Digest) -> Self {
                Self(digest)
            }

            /// The digest that it is.
            pub const fn digest(&self) -> &Sha256Digest {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

digest_identifier! {
    /// Identifies a plan: the digest of its encoding (see [`crate::plan`]).
    PlanId
}
digest_identifier! {
    /// Identifies a record: the digest of the file that holds it.
    RecordId
}
digest_identifier! {
    /// Identifies a source tree: the digest of its encoding (see [`crate::source_tree`]).
    SourceId
}
digest_identifier! {
    /// Identifies an image as an artefact: the digest of its configuration, as Docker's `Id`.
    ImageId
}
digest_identifier! {
    /// Identifies the files of an image: the ChainID of its ordered layers (OCI image specification, "Layer ChainID").
    ChainId
}
digest_identifier! {
    /// The digest of one layer's uncompressed tar (OCI image specification, "DiffID").
    DiffId
}

impl ChainId {
    /// The ChainID of these layers, lowest first; `None` for an image without layers.
    ///
    /// `ChainID(L0) = DiffID(L0)`, `ChainID(L0..Ln) = SHA256(ChainID(L0..Ln-1) + " " + DiffID(Ln))`
    /// (OCI image specification, "Layer ChainID").
    pub fn of_layers(layers: &[DiffId]) -> Option<Self> {
        let (first, rest) = layers.split_first()?;
        let chain = rest.iter().fold(first.0, |chain, layer| {
            Sha256Digest::of(format!("{chain} {}", layer.0).as_bytes())
        });
        Some(Self(chain))
    }
}

/// Why a text is not an identifier of a commit or a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct IdentifierError {
    text: String,
    expected: &'static str,
}

/// A full git commit hash: 40 lower-case hexadecimal digits (SHA-1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(String);

/// Identifies one execution: 16 lower-case hexadecimal digits, random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl CommitId {
    /// The first 10 digits, for messages.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }

    /// All 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RunId {
    /// The identifier with this value, which the caller draws at random.
    pub fn from_random(value: u64) -> Self {
        Self(format!("{value:016x}"))
    }

    /// The 16 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

macro_rules! hexadecimal_identifier {
    ($name:ident, $length:literal, $expected:literal) => {
        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                if is_lower_hex(text, $length) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdentifierError {
                        text: text.to_owned(),
                        expected: $expected,
                    })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<Self, IdentifierError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

hexadecimal_identifier!(CommitId, 40, "a full commit hash of 40 hexadecimal digits");
hexadecimal_identifier!(RunId, 16, "a run identifier of 16 hexadecimal digits");

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(content: &[u8]) -> DiffId {
        DiffId::new(Sha256Digest::of(content))
    }

    #[test]
    fn a_chain_of_one_layer_is_the_layer() {
        assert_eq!(
            ChainId::of_layers(&[layer(b"a")]).map(|chain| *chain.digest()),
            Some(Sha256Digest::of(b"a"))
        );
        assert_eq!(ChainId::of_layers(&[]), None);
    }

    #[test]
    fn a_chain_depends_on_the_order_of_layers() {
        assert_ne!(
            ChainId::of_layers(&[layer(b"a"), layer(b"b")]),
            ChainId::of_layers(&[layer(b"b"), layer(b"a")])
        );
    }
}
