//! What a claim holds of an output's content, so that it can be compared where the bytes are not.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resow_manifest::digest::Sha256Digest;
use serde::{Deserialize, Serialize};

use crate::outputs::OutputName;

/// What a claim holds of the contents of outputs, by name.
pub type ClaimedContents = BTreeMap<OutputName, ClaimedContent>;

/// What a claim holds of an output's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimedContent {
    /// The digest of the content as the policy compares it, whatever the bytes are; `None` for formats that are bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256Digest>,
    /// The whole file, where it is small and UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The whole file in base64, where it is small and no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl ClaimedContent {
    /// The most bytes of a file that a claim holds: it is committed to git.
    pub const MOST_BYTES: u64 = 16 << 10;

    /// The content with this digest, of a file of which nothing else is held.
    pub fn of_digest(digest: Option<Sha256Digest>) -> Self {
        Self {
            digest,
            ..Self::default()
        }
    }

    /// With the bytes of the file.
    #[must_use]
    pub fn with_bytes(mut self, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => self.text = Some(text),
            Err(error) => self.base64 = Some(STANDARD.encode(error.as_bytes())),
        }
        self
    }

    /// The bytes of the file, where they are held.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(base64)) => STANDARD.decode(base64).ok(),
            _ => None,
        }
    }

    /// Whether the bytes that are held, if any, are those of this digest and size.
    pub(super) fn is_of(&self, expected: (Sha256Digest, u64)) -> bool {
        let has_none = self.text.is_none() && self.base64.is_none();
        has_none
            || self
                .bytes()
                .is_some_and(|bytes| (Sha256Digest::of(&bytes), bytes.len() as u64) == expected)
    }
}
