//! Which image of an engine is meant.

use resow_manifest::identifiers::{DiffId, ImageId};
use resow_manifest::manifest::ImageReference;

/// Which image is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSelector {
    /// The one that the engine knows by this identifier.
    Id(ImageId),
    /// The one that was pulled from there, by digest.
    Reference(ImageReference),
    /// One with these layers, lowest first: engines with containerd's image store name an image otherwise.
    Layers(Vec<DiffId>),
}

/// What pins an image that a name with a tag stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaggedImage {
    /// Where it can be pulled from, by digest.
    Reference(ImageReference),
    /// Its identifier: the image is only local.
    Id(ImageId),
}
