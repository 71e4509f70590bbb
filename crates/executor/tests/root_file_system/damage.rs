//! Roots that someone changed, and how that is noticed.

use std::fs::{self, FileTimes, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use resow_executor::root_file_system::{Damage, HeldRoot};

use crate::support::{Layer, Place, content};

fn layer() -> Layer {
    // The owner may write, whoever that is.
    let file = |layer: Layer, name: &str, content: &[u8]| {
        layer.owned(
            tar::EntryType::Regular,
            name,
            (0o644, 1000, 1000),
            "",
            content,
        )
    };
    let folder = Layer::new().owned(
        tar::EntryType::Directory,
        "a/",
        (0o755, 1000, 1000),
        "",
        b"",
    );
    let layer = file(file(folder, "a/file", b"content"), "a/other", b"content");
    layer.symlink("a/link", "file").fifo("a/pipe")
}

/// What is found after `change` was done to a whole root.
fn found(change: impl FnOnce(&Path)) -> Option<Damage> {
    let place = Place::new();
    let held = place.held(&[layer()]);
    held.check().expect("whole");
    change(&held.path());
    held.check().err()
}

fn told(change: impl FnOnce(&Path)) -> String {
    found(change).expect("damaged").to_string()
}

#[test]
fn every_kind_of_damage_names_its_path() {
    let write = |root: &Path| fs::write(root.join("a/file"), "longer content").expect("room");
    assert!(told(write).contains("`/a/file` in the root file system has changed: its size"));
    let remove = |root: &Path| fs::remove_file(root.join("a/file")).expect("there");
    assert_eq!(told(remove), "`/a/file` is missing in the root file system");
    let add = |root: &Path| fs::write(root.join("a/new"), "").expect("room");
    assert_eq!(
        told(add),
        "`/a/new` does not belong in the root file system"
    );
    let protect = |root: &Path| {
        fs::set_permissions(root.join("a/file"), Permissions::from_mode(0o755)).expect("its owner");
    };
    assert!(told(protect).contains("`/a/file` in the root file system has changed: its mode"));
    let relink = |root: &Path| {
        fs::remove_file(root.join("a/link")).expect("there");
        symlink("pipe", root.join("a/link")).expect("free");
    };
    assert!(told(relink).contains("`/a/link`"));
    let replace = |root: &Path| {
        fs::remove_file(root.join("a/pipe")).expect("there");
        fs::create_dir(root.join("a/pipe")).expect("free");
    };
    assert!(told(replace).contains("`/a/pipe` in the root file system has changed: its kind"));
    let away = |root: &Path| fs::rename(root, root.with_file_name("away")).expect("free");
    assert_eq!(told(away), "`/` is missing in the root file system");
}

#[test]
fn what_came_and_went_leaves_its_time() {
    let come_and_go = |root: &Path| {
        fs::write(root.join("a/new"), "").expect("room");
        fs::remove_file(root.join("a/new")).expect("there");
    };
    assert!(told(come_and_go).contains("`/a` in the root file system has changed: its time"));
}

/// Changes one byte, and sets size and time back.
fn change_quietly(root: &Path) {
    let path = root.join("a/file");
    let before = fs::metadata(&path)
        .expect("there")
        .modified()
        .expect("a time");
    fs::write(&path, "contenT").expect("room");
    let file = fs::File::options().write(true).open(&path).expect("there");
    file.set_times(FileTimes::new().set_modified(before))
        .expect("its owner");
    assert_eq!(
        fs::metadata(&path)
            .expect("there")
            .modified()
            .expect("a time"),
        before
    );
}

#[test]
fn a_byte_changed_under_the_same_size_and_time_is_noticed() {
    assert!(
        told(change_quietly)
            .contains("`/a/file` in the root file system has changed: its time of change")
    );
}

#[test]
fn an_index_that_changed_is_damage() {
    let place = Place::new();
    let held = place.held(&[layer()]);
    let index = held.path().with_file_name("index");
    let bytes = fs::read(&index).expect("there");
    fs::write(&index, &bytes[..bytes.len() - 1]).expect("room");
    assert!(matches!(held.check(), Err(Damage::Index)));
    fs::remove_file(&index).expect("there");
    assert!(matches!(held.check(), Err(Damage::Index)));
}

#[test]
fn a_large_root_is_checked_whole() {
    let layer = (0..3000).fold(Layer::new(), |layer, number| {
        let name = format!("{}/{number}", number % 7);
        layer.owned(tar::EntryType::Regular, &name, (0o644, 1000, 0), "", b"x")
    });
    for changed in ["0/0", "6/2995"] {
        let place = Place::new();
        let held = place.held(std::slice::from_ref(&layer));
        held.check().expect("whole");
        fs::write(held.path().join(changed), "y").expect("room");
        let damage = held.check().expect_err("changed").to_string();
        assert!(damage.contains(&format!("`/{changed}`")), "{damage}");
    }
}

#[test]
fn contents_are_compared_with_what_was_unpacked() {
    let place = Place::new();
    let held = place.held(&[layer()]);
    let check = |held: &HeldRoot| held.check_contents(&mut |_| {}, &Default::default());
    let checked = check(&held).expect("whole");
    assert!(checked.read >= 3, "{checked:?}");
    change_quietly(&held.path());
    assert!(check(&held).is_err());
}

#[test]
fn a_damaged_root_is_discarded_and_made_again_but_not_pulled_from_under_who_holds_it() {
    let place = Place::new();
    let held = place.held(&[layer()]);
    let id = held.identity().id;
    let running = place.roots.hold(&id).expect("readable").expect("there");
    change_quietly(&held.path());
    held.check().expect_err("damaged");
    held.discard().expect("removed from the list");
    assert!(place.roots.hold(&id).expect("readable").is_none());
    let again = place.held(&[layer()]);
    again.check().expect("whole");
    assert_eq!(content(&again, "a/file"), "content");
    assert_ne!(again.path(), running.path());
    assert_eq!(content(&running, "a/file"), "contenT");
    place.roots.sweep().expect("nothing in the way");
    assert!(running.path().exists() && again.path().exists());
    let gone = running.path();
    drop(running);
    place.roots.sweep().expect("nothing in the way");
    assert!(!gone.exists() && again.path().exists());
    assert_eq!(place.left(), 2);
}
