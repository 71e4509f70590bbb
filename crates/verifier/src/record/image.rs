//! The image of a run: as declared, and as the artefact that was used.

use resow_manifest::digest::DigestError;
use resow_manifest::identifiers::ImageId;
use resow_manifest::manifest::{ImageDeclaration, ImageReference};
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

/// The image of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedImage {
    /// The artefact that was used.
    pub id: ImageId,
    /// What the manifest declared.
    pub declared: WrittenImage,
}

/// An image as a manifest declares it, in text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrittenImage {
    /// A folder of the repository with a recipe and its lock.
    Build(WorkspacePath),
    /// `name@sha256:…`
    Reference(String),
    /// What an engine or the store has.
    Id(ImageId),
}

/// Why a text is not a reference to an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrittenImageError {
    /// There is no `@`.
    #[error("`{0}` has no digest")]
    NoDigest(String),
    /// What follows `@` is no digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl From<&ImageDeclaration> for WrittenImage {
    fn from(declaration: &ImageDeclaration) -> Self {
        match declaration {
            ImageDeclaration::Build(folder) => Self::Build(folder.clone()),
            ImageDeclaration::Reference(reference) => Self::Reference(reference.to_string()),
            ImageDeclaration::Id(id) => Self::Id(*id),
        }
    }
}

impl TryFrom<&WrittenImage> for ImageDeclaration {
    type Error = WrittenImageError;

    fn try_from(written: &WrittenImage) -> Result<Self, WrittenImageError> {
        match written {
            WrittenImage::Build(folder) => Ok(Self::Build(folder.clone())),
            WrittenImage::Id(id) => Ok(Self::Id(*id)),
            WrittenImage::Reference(text) => {
                let (name, digest) = text
                    .rsplit_once('@')
                    .ok_or_else(|| WrittenImageError::NoDigest(text.clone()))?;
                Ok(Self::Reference(ImageReference {
                    name: name.to_owned(),
                    digest: digest.parse()?,
                }))
            }
        }
    }
}
