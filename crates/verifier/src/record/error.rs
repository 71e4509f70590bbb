//! Why a text is not a record.

/// Why a text is not a record that this resow can read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A newer resow wrote it.
    #[error("the record has version {version}, newer than {known}")]
    Newer {
        /// Its version.
        version: u32,
        /// The newest version that this resow reads.
        known: u32,
    },
    /// It is not a record.
    #[error("the record is damaged: {source}")]
    Malformed {
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// It is larger than any record that resow writes.
    #[error("the record is damaged: it has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Its parts contradict each other.
    #[error("the record is damaged: `{field}` contradicts itself")]
    Contradiction {
        /// The field.
        field: &'static str,
    },
}

impl RecordError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Newer { .. } => Some("use the resow that wrote it, or a newer one".to_owned()),
            Self::Malformed { .. } | Self::TooLarge { .. } | Self::Contradiction { .. } => {
                Some("run the experiment again for a new record".to_owned())
            }
        }
    }

    /// Whether the text is damaged evidence, as against one that a newer resow can read.
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Newer { .. })
    }
}
