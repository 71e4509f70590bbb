//! Images in and out of the engine.

use resow_executor::docker::Docker;
use resow_executor::engine::{Engine as _, EngineError, ImageSelector, TaggedImage};
use resow_executor::interrupt::Interrupt;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ChainId, DiffId, ImageId};
use resow_manifest::manifest::ImageReference;

use crate::support::{TestImage, docker};

#[test]
fn an_image_is_found_by_identifier_and_by_layers() {
    let image = TestImage::shared();
    let identity = &image.identity;
    assert_eq!(identity.architecture, "amd64");
    assert_eq!(identity.environment["IMAGE"], "acts");
    assert_eq!(ChainId::of_layers(&identity.layers), Some(identity.chain));
    let by_layers = image
        .engine
        .find_image(&ImageSelector::Layers(identity.layers.clone()))
        .expect("the engine answers")
        .expect("it is there");
    assert_eq!(by_layers.layers, identity.layers);
}

#[test]
fn what_is_not_there_is_not_found() {
    let engine = Docker::connect(None).expect("a Docker engine");
    let digest = Sha256Digest::of(b"nothing");
    for selector in [
        ImageSelector::Id(ImageId::new(digest)),
        ImageSelector::Layers(vec![DiffId::new(digest)]),
        ImageSelector::Reference(ImageReference {
            name: "localhost:1/nothing".to_owned(),
            digest,
        }),
    ] {
        let found = engine.find_image(&selector).expect("the engine answers");
        assert_eq!(found, None, "{selector:?}");
    }
    assert_eq!(
        engine
            .resolve_tag("localhost:1/nothing:1")
            .expect("the engine answers"),
        None
    );
    assert!(matches!(
        engine.resolve_tag("../containers/json?"),
        Err(EngineError::ImageName { .. })
    ));
}

#[test]
fn an_image_that_cannot_be_pulled_is_an_error() {
    let engine = Docker::connect(None).expect("a Docker engine");
    let reference = ImageReference {
        name: "localhost:1/nothing".to_owned(),
        digest: Sha256Digest::of(b"nothing"),
    };
    let result = engine.pull(&reference, &mut |_| {}, &Interrupt::default());
    assert!(
        matches!(result, Err(EngineError::Request { .. })),
        "{result:?}"
    );
}

#[test]
fn a_local_tag_resolves_to_the_identifier() {
    let image = TestImage::shared();
    let tag = format!("resow-test/tagged:{}", std::process::id());
    docker(&["tag", &image.identity.id.to_string(), &tag]);
    let resolved = image.engine.resolve_tag(&tag).expect("the engine answers");
    docker(&["rmi", &tag]);
    assert_eq!(resolved, Some(TaggedImage::Id(image.identity.id)));
}

#[test]
fn an_image_leaves_as_a_tar() {
    let image = TestImage::shared();
    let mut exported = Vec::new();
    image
        .engine
        .export_image(
            &image.identity.id,
            &mut exported,
            &mut |_| {},
            &Interrupt::default(),
        )
        .expect("it is exported");
    let mut archive = tar::Archive::new(exported.as_slice());
    let names: Vec<_> = archive
        .entries()
        .expect("a tar")
        .map(|entry| {
            entry
                .expect("an entry")
                .path()
                .expect("a path")
                .into_owned()
        })
        .collect();
    assert!(names.iter().any(|name| name.ends_with("manifest.json")));
}

#[test]
fn what_is_no_archive_is_refused() {
    let engine = Docker::connect(None).expect("a Docker engine");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "no archive").expect("written");
    let result = engine.load_image(file.path(), &mut |_| {}, &Interrupt::default());
    assert!(
        matches!(result, Err(EngineError::Request { .. })),
        "{result:?}"
    );
    let absent = file.path().join("absent");
    let result = engine.load_image(&absent, &mut |_| {}, &Interrupt::default());
    assert!(
        matches!(result, Err(EngineError::Archive { .. })),
        "{result:?}"
    );
}

#[test]
fn a_run_of_an_image_that_is_not_there_is_refused() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["true"]);
    request.image = ImageId::new(Sha256Digest::of(b"nothing"));
    assert!(matches!(
        image.try_run(&request),
        Err(EngineError::ImageMissing { .. })
    ));
}

#[test]
fn the_engine_describes_itself() {
    let engine = Docker::connect(None).expect("a Docker engine");
    let facts = engine.information().expect("the engine answers");
    assert!(facts.processors > 0 && engine.memory().expect("the engine answers") > 0);
    assert!(!facts.engine.version.is_empty() && !facts.engine.runtime.is_empty());
}
