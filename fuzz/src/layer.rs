//! Layers: a hostile tar as the files of a package, and as the only layer of an image.

use std::path::Path;

use resow_executor::image::identity::ImageIdentity;
use resow_executor::interrupt::Interrupt;
use resow_executor::root_file_system::RootFileSystems;
use resow_manifest::digest::Sha256Digest;
use tar::{Builder, Header};

use crate::archive::copied;
use crate::package::{CONTROL, package};
use crate::scratch::Scratch;

/// The bytes of a layer's tar: as a package's files it obeys the rules of layers, and as an image's layer it is kept
/// byte for byte.
pub fn layer(data: &[u8]) -> bool {
    let accepted = package(&as_package(data));
    let scratch = Scratch::new();
    let identity = copied(&as_image(data), &scratch.folder()).expect("any bytes may be a layer");
    assert_eq!(identity.layers[0].digest(), &Sha256Digest::of(data));
    unpack(&scratch.folder(), &identity);
    scratch.check(&["copy.tar", "roots"]);
    accepted
}

/// Unpacks the image of a scratch folder: what is accepted is whole as soon as it is there.
fn unpack(folder: &Path, identity: &ImageIdentity) {
    let roots = RootFileSystems::open(&folder.join("roots")).expect("a folder");
    let interrupt = Interrupt::default();
    if let Ok(unpacked) = roots.unpack(&folder.join("copy.tar"), &mut |_| {}, &interrupt) {
        assert_eq!(&unpacked, identity);
        let root = roots.hold(&unpacked.id).expect("readable").expect("there");
        root.check().expect("as it was unpacked");
        let contents = root.check_contents(&mut |_| {}, &interrupt);
        contents.expect("the content that was unpacked");
    }
}

/// A package whose files are this tar.
pub(crate) fn as_package(layer: &[u8]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    add_member(&mut bytes, "debian-binary", b"2.0\n");
    add_member(
        &mut bytes,
        "control.tar",
        &tar_of(&[("./control", CONTROL.as_bytes())]),
    );
    add_member(&mut bytes, "data.tar", layer);
    bytes
}

/// An image with this layer alone, as Docker 20.10 hands images out.
pub(crate) fn as_image(layer: &[u8]) -> Vec<u8> {
    let digest = Sha256Digest::of(layer);
    let configuration = format!(
        r#"{{"architecture":"amd64","config":{{"Env":["PATH=/bin"]}},"os":"linux","rootfs":{{"diff_ids":["{digest}"],"type":"layers"}}}}"#
    );
    let name = format!("{}.json", Sha256Digest::of(configuration.as_bytes()).hex());
    let list = format!(r#"[{{"Config":"{name}","RepoTags":null,"Layers":["a/layer.tar"]}}]"#);
    tar_of(&[
        ("a/layer.tar", layer),
        (&name, configuration.as_bytes()),
        ("manifest.json", list.as_bytes()),
    ])
}

fn add_member(bytes: &mut Vec<u8>, name: &str, content: &[u8]) {
    let size = content.len();
    let header = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n",
        0, 0, 0, 100_644
    );
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(2), b'\n');
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        builder
            .append_data(&mut header, name, *content)
            .expect("memory");
    }
    builder.into_inner().expect("memory")
}
