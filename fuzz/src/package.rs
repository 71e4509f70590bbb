//! Debian packages: a layer in which nothing leaves the root, the same twice, or an error.

use resow_executor::image::lock::LockedPackage;
use resow_executor::image::sole_layer::{SoleLayerError, of_package};
use resow_manifest::digest::Sha256Digest;

use crate::layer_rules;
use crate::scratch::Scratch;
use crate::unpacked::is_sound;

/// The `control` file of the one package that is read.
pub(crate) const CONTROL: &str = "Package: sample\nVersion: 1.0-1\nArchitecture: amd64\n";

/// The bytes of a `.deb` that claims to be the package of [`CONTROL`].
pub fn package(data: &[u8]) -> bool {
    is_sound(|| unpacked(data))
}

fn unpacked(data: &[u8]) -> Option<Vec<u8>> {
    let scratch = Scratch::new();
    let (_, file) = scratch.file("sample.deb", data);
    let locked = LockedPackage {
        name: "sample".to_owned(),
        version: "1.0-1".to_owned(),
        architecture: "amd64".to_owned(),
        size: data.len() as u64,
        digest: Sha256Digest::of(data),
    };
    let layer = of_package(file, &locked, &scratch.folder(), layer_rules::ROOM);
    scratch.check(&["sample.deb"]);
    match layer {
        Ok(layer) => Some(layer),
        Err(SoleLayerError::Package(_)) => None,
        Err(error) => panic!("accepted, and not written: {error:?}"),
    }
}
