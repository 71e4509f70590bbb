//! How roots come, stay and go.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use resow_executor::engine::ImageSelector;
use resow_executor::event::Event;
use resow_executor::interrupt::Interrupt;
use resow_executor::root_file_system::{RootFileSystemError, RootFileSystems};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::ImageReference;
use tar::EntryType;

use crate::support::{Layer, Place, archive_of, told};

fn large() -> Vec<u8> {
    let content = vec![b'x'; 1 << 20];
    let layer = (0..40).fold(Layer::new(), |layer, number| {
        layer.entry(
            EntryType::Regular,
            &format!("a/{number}"),
            0o644,
            "",
            &content,
        )
    });
    layer.bytes()
}

#[test]
fn an_image_is_found_by_identifier_layers_and_remembered_reference() {
    let place = Place::new();
    let image = place.unpack(&[Layer::new().file("a", "1")]).expect("whole");
    place.unpack(&[Layer::new().file("a", "2")]).expect("whole");
    assert_eq!(image.environment["A"], "b");
    let find = |selector: ImageSelector| place.roots.find(&selector).expect("readable");
    let reference = ImageReference {
        name: "registry/name".to_owned(),
        digest: Sha256Digest::of(b"manifest"),
    };
    assert_eq!(find(ImageSelector::Id(image.id)), Some(image.clone()));
    assert_eq!(
        find(ImageSelector::Layers(image.layers.clone())),
        Some(image.clone())
    );
    assert_eq!(find(ImageSelector::Reference(reference.clone())), None);
    place.roots.remember(&reference, &image.id).expect("room");
    assert_eq!(find(ImageSelector::Reference(reference)), Some(image));
    assert_eq!(find(ImageSelector::Layers(vec![])), None);
}

#[test]
fn a_folder_that_others_could_change_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = |path: &Path| RootFileSystems::open(path).map(|_| ());
    let writable = folder.path().join("writable");
    fs::create_dir(&writable).expect("room");
    fs::set_permissions(&writable, Permissions::from_mode(0o777)).expect("its owner");
    assert!(told(&open(&writable).expect_err("others write")).contains("other users"));
    let link = folder.path().join("link");
    symlink(folder.path(), &link).expect("free");
    assert!(told(&open(&link).expect_err("a link")).contains("no folder itself"));
    if crate::support::is_root() {
        let foreign = folder.path().join("foreign");
        fs::create_dir(&foreign).expect("room");
        std::os::unix::fs::chown(&foreign, Some(1234), None).expect("root may");
        assert!(told(&open(&foreign).expect_err("foreign")).contains("another user"));
    }
    let readable = folder.path().join("readable");
    fs::create_dir(&readable).expect("room");
    fs::set_permissions(&readable, Permissions::from_mode(0o755)).expect("its owner");
    open(&readable).expect("made private");
    let mode = fs::metadata(&readable).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_newer_registration_is_told_and_a_broken_one_made_again() {
    let place = Place::new();
    let layers = [Layer::new().file("a", "1")];
    let image = place.unpack(&layers).expect("whole");
    let path = place.folder.path().join("cache/roots/images");
    let path = path.join(format!("{}.json", image.id.digest().hex()));
    fs::write(&path, r#"{"version":3,"more":[]}"#).expect("room");
    let error = place.roots.hold(&image.id).expect_err("newer");
    assert!(
        matches!(error, RootFileSystemError::Newer { version: 3, .. }),
        "{error}"
    );
    fs::write(&path, "{\"version\":1,").expect("room");
    assert!(
        place
            .roots
            .hold(&image.id)
            .expect("as if there were none")
            .is_none()
    );
    place.unpack(&layers).expect("whole");
    place
        .roots
        .hold(&image.id)
        .expect("readable")
        .expect("there")
        .check()
        .expect("whole");
}

#[test]
fn a_damaged_archive_leaves_nothing() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[large()]);
    let mut bytes = fs::read(&archive).expect("there");
    bytes[20 << 20] ^= 1;
    fs::write(&archive, &bytes).expect("room");
    let unpack = || {
        place
            .roots
            .unpack(&archive, &mut |_| {}, &Interrupt::default())
    };
    assert!(told(&unpack().expect_err("damaged")).contains("it is damaged"));
    fs::write(&archive, &bytes[..30 << 20]).expect("room");
    unpack().expect_err("cut short");
    assert_eq!(place.left(), 0);
}

#[test]
fn an_archive_that_changes_meanwhile_is_noticed() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[large()]);
    let mut is_changed = false;
    let mut events = |event: Event<'_>| {
        if matches!(
            event,
            Event::Progress {
                activity: "unpacking the image",
                ..
            }
        ) && !is_changed
        {
            is_changed = true;
            let mut bytes = fs::read(&archive).expect("there");
            bytes[20 << 20] ^= 1;
            fs::write(&archive, bytes).expect("room");
        }
    };
    let error = place
        .roots
        .unpack(&archive, &mut events, &Interrupt::default());
    let error = error.expect_err("changed");
    assert!(
        matches!(error, RootFileSystemError::Changed(_)),
        "{}",
        told(&error)
    );
    assert_eq!(place.left(), 0);
}

#[test]
fn an_interrupt_leaves_nothing() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[large()]);
    for stage in ["checking the image", "unpacking the image"] {
        let interrupt = Interrupt::default();
        let mut events = |event: Event<'_>| {
            if matches!(event, Event::Progress { activity, .. } if activity == stage) {
                interrupt
                    .flag()
                    .store(true, std::sync::atomic::Ordering::Relaxed);
            }
        };
        let error = place.roots.unpack(&archive, &mut events, &interrupt);
        assert!(
            matches!(error, Err(RootFileSystemError::Interrupted)),
            "{stage}"
        );
        assert_eq!(place.left(), 0, "{stage}");
    }
}

#[test]
fn many_who_unpack_at_once_end_with_one_root() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[large()]);
    let unpack = || {
        let image = place
            .roots
            .unpack(&archive, &mut |_| {}, &Interrupt::default());
        let held = place
            .roots
            .hold(&image.expect("whole").id)
            .expect("readable");
        held.expect("there").path()
    };
    let paths = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(unpack)).collect();
        let paths = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        paths.collect::<Vec<_>>()
    });
    assert!(paths.iter().all(|path| *path == paths[0]));
    assert_eq!(place.left(), 2);
}

/// Not a test of its own: what [`a_process_killed_while_unpacking_leaves_only_what_a_sweep_removes`] kills.
#[test]
fn unpacks_for_another_process() {
    let Some(folder) = std::env::var_os("RESOW_TEST_UNPACK") else {
        return;
    };
    let folder = Path::new(&folder);
    let roots = RootFileSystems::open(&folder.join("cache/roots")).expect("there");
    let mut events = |event: Event<'_>| {
        if matches!(
            event,
            Event::Progress {
                activity: "unpacking the image",
                ..
            }
        ) {
            // Slow enough to be killed on the way.
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let unpacked = roots.with_reserve(0).unpack(
        &folder.join("image.tar"),
        &mut events,
        &Interrupt::default(),
    );
    unpacked.expect("whole");
}

#[test]
fn a_process_killed_while_unpacking_leaves_only_what_a_sweep_removes() {
    let place = Place::new();
    let archive = archive_of(place.folder.path(), &[large()]);
    fs::rename(&archive, place.folder.path().join("image.tar")).expect("free");
    let mut process = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "lifetime::unpacks_for_another_process"])
        .env("RESOW_TEST_UNPACK", place.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("this test again");
    let begun = Instant::now();
    while place.left() < 2 && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(10));
    }
    place.roots.sweep().expect("nothing in the way");
    assert_eq!(
        place.left(),
        2,
        "swept from under the process that makes it"
    );
    process.kill().expect("it runs");
    process.wait().expect("it ran");
    assert_eq!(place.left(), 2, "it was not killed on the way");
    let stray = place.folder.path().join("cache/roots/images/.tmpAbCdEf");
    fs::write(&stray, "half").expect("room");
    place.roots.sweep().expect("nothing in the way");
    assert_eq!(place.left(), 0);
    assert!(!stray.exists());
}
