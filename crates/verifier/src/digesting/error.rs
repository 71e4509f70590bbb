//! Why no digests could be taken at all.

use std::io;
use std::path::PathBuf;

/// Why no digests could be taken at all, as against one file that is refused.
#[derive(Debug, thiserror::Error)]
pub enum DigestError<E: std::error::Error + 'static> {
    /// The folder cannot be read.
    #[error("cannot read the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The content could not be stored.
    #[error(transparent)]
    Sink(E),
}

impl<E: std::error::Error + 'static> DigestError<E> {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Folder { .. } => Some("check that it exists and that you may read it".to_owned()),
            Self::Sink(_) => None,
        }
    }
}
