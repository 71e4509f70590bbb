//! Python wheels: a layer in which nothing leaves the root, the same twice, or an error.

use resow_executor::image::lock::LockedWheel;
use resow_executor::image::sole_layer::{SoleLayerError, of_wheel};
use resow_manifest::digest::Sha256Digest;

use crate::layer_rules;
use crate::scratch::Scratch;
use crate::unpacked::is_sound;

/// The bytes of a wheel that claims to be version 1.0 of `sample-project`.
pub fn wheel(data: &[u8]) -> bool {
    is_sound(|| unpacked(data))
}

fn unpacked(data: &[u8]) -> Option<Vec<u8>> {
    let scratch = Scratch::new();
    let (_, file) = scratch.file("sample.whl", data);
    let locked = LockedWheel {
        name: "sample-project".to_owned(),
        version: "1.0".to_owned(),
        file: "sample_project-1.0-py3-none-any.whl".to_owned(),
        size: data.len() as u64,
        digest: Sha256Digest::of(data),
    };
    let layer = of_wheel(file, &locked, "3.11", &scratch.folder(), layer_rules::ROOM);
    scratch.check(&["sample.whl"]);
    match layer {
        Ok(layer) => Some(layer),
        Err(SoleLayerError::Wheel(_)) => None,
        Err(error) => panic!("accepted, and not written: {error:?}"),
    }
}
