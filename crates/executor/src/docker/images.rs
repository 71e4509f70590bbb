//! Which images the engine has.

use std::collections::BTreeMap;

use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::{ListImagesOptions, RemoveImageOptionsBuilder};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ChainId, DiffId, ImageId};
use resow_manifest::manifest::ImageReference;

use crate::docker::engine::{Docker, block_on};
use crate::engine::{EngineError, ImageSelector, TaggedImage};
use crate::image::identity::ImageIdentity;

impl Docker {
    /// The image, if the engine has it.
    ///
    /// # Errors
    /// When the engine does not answer, or says something of the image that cannot be.
    pub fn find_image(
        &self,
        selector: &ImageSelector,
    ) -> Result<Option<ImageIdentity>, EngineError> {
        let client = self.client()?;
        block_on(async {
            match selector {
                ImageSelector::Id(id) => {
                    let found = inspect(&client, &id.to_string()).await?;
                    found.as_ref().map(identity).transpose()
                }
                ImageSelector::Reference(reference) => find_reference(&client, reference).await,
                ImageSelector::Layers(layers) => find_layers(&client, layers).await,
            }
        })
    }

    /// What pins the local image that `name` stands for, a tag or identifier: where it can be pulled from by digest, if
    /// that is known; else its identifier. `None` if the engine has no such image.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn resolve_tag(&self, name: &str) -> Result<Option<TaggedImage>, EngineError> {
        check_name(name)?;
        let client = self.client()?;
        block_on(async {
            let Some(found) = inspect(&client, name).await? else {
                return Ok(None);
            };
            let wanted = without_tag(name);
            let references: Vec<_> = references(&found).collect();
            let reference = references
                .iter()
                .find(|reference| reference.name == wanted)
                .or(references.first());
            match reference {
                Some(reference) => Ok(Some(TaggedImage::Reference(reference.clone()))),
                None => identity(&found).map(|identity| Some(TaggedImage::Id(identity.id))),
            }
        })
    }

    /// Removes an image and its tags. An image that is not there is no error.
    ///
    /// # Errors
    /// When the engine does not answer, or the image is in use.
    pub fn remove_image(&self, id: &ImageId) -> Result<(), EngineError> {
        let client = self.client()?;
        block_on(async {
            let options = RemoveImageOptionsBuilder::new().force(true).build();
            match client
                .remove_image(&id.to_string(), Some(options), None)
                .await
            {
                Err(Error::DockerResponseServerError {
                    status_code: 404, ..
                }) => Ok(()),
                other => other
                    .map(drop)
                    .map_err(EngineError::request("remove the image")),
            }
        })
    }
}

/// What the engine says of an image, if it has it. The name must have been checked.
pub(super) async fn inspect(
    client: &bollard::Docker,
    name: &str,
) -> Result<Option<ImageInspect>, EngineError> {
    match client.inspect_image(name).await {
        Ok(found) => Ok(Some(found)),
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(None),
        Err(error) => Err(EngineError::request("look for the image")(error)),
    }
}

pub(super) async fn find_reference(
    client: &bollard::Docker,
    reference: &ImageReference,
) -> Result<Option<ImageIdentity>, EngineError> {
    let name = reference.to_string();
    check_name(&name)?;
    match inspect(client, &name).await? {
        Some(found) if references(&found).any(|known| known.digest == reference.digest) => {
            identity(&found).map(Some)
        }
        _ => Ok(None),
    }
}

async fn find_layers(
    client: &bollard::Docker,
    layers: &[DiffId],
) -> Result<Option<ImageIdentity>, EngineError> {
    let images = client
        .list_images(None::<ListImagesOptions>)
        .await
        .map_err(EngineError::request("list its images"))?;
    for summary in images {
        // Removed meanwhile, or of a kind that a run could not use: not the one that is looked for.
        let Ok(Some(found)) = inspect(client, &summary.id).await else {
            continue;
        };
        match identity(&found) {
            Ok(identity) if identity.layers == layers => return Ok(Some(identity)),
            _ => {}
        }
    }
    Ok(None)
}

/// The registry digests of an image, as the engine knows them.
fn references(image: &ImageInspect) -> impl Iterator<Item = ImageReference> {
    image.repo_digests.iter().flatten().filter_map(|text| {
        let (name, digest) = text.split_once('@')?;
        Some(ImageReference {
            name: name.to_owned(),
            digest: digest.parse::<Sha256Digest>().ok()?,
        })
    })
}

/// The image as content, from what the engine says of it.
pub(super) fn identity(image: &ImageInspect) -> Result<ImageIdentity, EngineError> {
    let name = image.id.clone().unwrap_or_default();
    let unusable = |reason: String| EngineError::UnusableImage {
        image: name.clone(),
        reason,
    };
    let id: ImageId = name.parse().map_err(|error| unusable(format!("{error}")))?;
    let layers = image
        .root_fs
        .iter()
        .flat_map(|files| files.layers.iter().flatten())
        .map(|layer| layer.parse::<DiffId>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    let chain =
        ChainId::of_layers(&layers).ok_or_else(|| unusable("it has no layers".to_owned()))?;
    let variables = image
        .config
        .iter()
        .flat_map(|config| config.env.iter().flatten());
    Ok(ImageIdentity {
        id,
        chain,
        layers,
        architecture: image.architecture.clone().unwrap_or_default(),
        environment: variables
            .filter_map(|entry| entry.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<BTreeMap<_, _>>(),
    })
}

/// The name is put into the path of a request: nothing but what names are made of may enter it.
pub(super) fn check_name(name: &str) -> Result<(), EngineError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
    let parts = name
        .split('/')
        .all(|part| part.starts_with(|first: char| first.is_ascii_alphanumeric()));
    if parts && name.bytes().all(plain) && !name.contains("..") {
        Ok(())
    } else {
        Err(EngineError::ImageName {
            name: name.to_owned(),
        })
    }
}

/// `registry:5000/name:tag` without the tag or digest.
fn without_tag(name: &str) -> &str {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((rest, tag)) if !tag.contains('/') => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_the_request_are_refused() {
        for name in [
            "",
            "../containers/x",
            "a/../b",
            "a?b",
            "a#b",
            "a b",
            "/a",
            "a//b",
            "a\nb",
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["python:3.12", "localhost:5000/a/b_c:1", "a@sha256:00"] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_tag_is_what_follows_the_last_colon_behind_the_last_slash() {
        assert_eq!(without_tag("python:3.12"), "python");
        assert_eq!(
            without_tag("localhost:5000/python"),
            "localhost:5000/python"
        );
        assert_eq!(
            without_tag("localhost:5000/python:3"),
            "localhost:5000/python"
        );
        assert_eq!(without_tag("python@sha256:00"), "python");
    }
}
