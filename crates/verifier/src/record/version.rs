//! The version that records and claims begin with.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of the format that this resow writes and reads: 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormatVersion;

impl FormatVersion {
    /// The number.
    pub const NUMBER: u32 = 1;
}

/// Only the version of a file, whatever else a newer one holds.
#[derive(Deserialize)]
pub(crate) struct Versioned {
    pub(crate) version: u32,
}

impl Serialize for FormatVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            Self::NUMBER => Ok(Self),
            other => Err(serde::de::Error::custom(format_args!(
                "version {other} is not {}",
                Self::NUMBER
            ))),
        }
    }
}
