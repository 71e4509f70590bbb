//! `store.json`: the version of the store and its identity.

use std::fmt;
use std::path::Path;

use resow_manifest::digest::Sha256Digest;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// The version of the store's layout that this resow writes and reads.
const VERSION: u32 = 1;

/// Identifies a store: 16 hexadecimal digits, random.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityFile {
    version: u32,
    id: String,
    checksum: Sha256Digest,
}

impl IdentityFile {
    fn new(version: u32, id: String) -> Self {
        let checksum = Sha256Digest::of(format!("resow store {version} {id}").as_bytes());
        Self {
            version,
            id,
            checksum,
        }
    }

    fn text(&self) -> String {
        format!(
            "{{\"version\":{},\"id\":\"{}\",\"checksum\":\"{}\"}}\n",
            self.version, self.id, self.checksum
        )
    }
}

impl StoreId {
    pub(crate) fn random() -> Self {
        Self(format!("{:016x}", rand::random::<u64>()))
    }

    /// The 16 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of `store.json`. Its checksum is the SHA-256 of `resow store VERSION ID`, in every version.
    pub(crate) fn to_json(&self) -> String {
        IdentityFile::new(VERSION, self.0.clone()).text()
    }

    /// Reads what [`Self::to_json`] wrote, to the byte.
    pub(crate) fn from_json(text: &[u8], store: &Path) -> Result<Self, StoreError> {
        let damaged = |expected: &str, got: String| StoreError::Damaged {
            what: format!("`{}`", store.join("store.json").display()),
            expected: expected.to_owned(),
            got,
        };
        let file: IdentityFile = serde_json::from_slice(text)
            .map_err(|error| damaged("version, id and checksum", error.to_string()))?;
        let expected = IdentityFile::new(file.version, file.id.clone());
        if expected.text().as_bytes() != text {
            let got = String::from_utf8_lossy(text);
            return Err(damaged(
                expected.text().trim_end(),
                got.trim_end().to_owned(),
            ));
        }
        if file.version > VERSION {
            return Err(StoreError::Newer {
                path: store.to_owned(),
                version: file.version,
                known: VERSION,
            });
        }
        Ok(Self(file.id))
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
