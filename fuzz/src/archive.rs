//! Archives of images in resow's own form: what is accepted is accepted again after being written by resow.

use std::fs::File;
use std::path::Path;

use resow_executor::image::archive::{ExportError, from_engine_export, read_identity};
use resow_executor::image::identity::ImageIdentity;

use crate::scratch::Scratch;
use crate::words;

/// The bytes of an archive as `resow image save` writes it.
pub fn archive(data: &[u8]) -> bool {
    let scratch = Scratch::new();
    let (path, _) = scratch.file("image.tar", data);
    match read_identity(&path) {
        Ok(identity) => {
            let copied = copied(data, &scratch.folder()).expect("an archive is an export too");
            assert_eq!(copied, identity);
            scratch.check(&["copy.tar", "image.tar"]);
            true
        }
        Err(error) => {
            words::check(&error, error.hint());
            scratch.check(&["image.tar"]);
            false
        }
    }
}

/// The identity of what `export` holds, copied into `copy.tar` in this folder and read from there again.
pub(crate) fn copied(export: &[u8], folder: &Path) -> Result<ImageIdentity, ExportError> {
    let copy = folder.join("copy.tar");
    let destination = File::create(&copy).expect("room");
    let identity = from_engine_export(&mut &*export, destination, folder)?;
    let again = read_identity(&copy).expect("what is written can be read");
    assert_eq!(again, identity);
    Ok(identity)
}
