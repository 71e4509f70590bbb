//! What layers say, laid upon one another as the OCI image specification has it.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

use tar::EntryType;

use crate::support::{Layer, Place, TIME, attribute, content, is_root, mode, names, told};

#[test]
fn files_folders_links_and_fifos_are_made_with_their_times() {
    let place = Place::new();
    let held = place.held(&[Layer::new()
        .folder("./usr/", 0o755)
        .file("./usr/a", "content")
        .symlink("usr/link", "../../nowhere/at/all")
        .fifo("usr/pipe")
        .device("usr/null")]);
    assert_eq!(names(&held, "usr"), ["a", "link", "pipe"]);
    assert_eq!(content(&held, "usr/a"), "content");
    let link = fs::read_link(held.path().join("usr/link")).expect("a link");
    assert_eq!(link.to_string_lossy(), "../../nowhere/at/all");
    for name in ["usr", "usr/a", "usr/link", "usr/pipe"] {
        let found = fs::symlink_metadata(held.path().join(name)).expect("there");
        assert_eq!(found.mtime(), TIME.cast_signed(), "{name}");
    }
    let pipe = fs::symlink_metadata(held.path().join("usr/pipe")).expect("there");
    assert!(pipe.file_type().is_fifo());
    held.check().expect("whole");
}

#[test]
fn a_whiteout_hides_what_is_below_and_nothing_of_its_own_layer() {
    let place = Place::new();
    let lower = Layer::new()
        .file("a/gone", "1")
        .file("a/kept", "1")
        .file("a/again", "1");
    let upper = Layer::new()
        .file("a/again", "2")
        .file("a/.wh.gone", "")
        .file("a/.wh.again", "")
        .file("a/.wh.never", "")
        .file(".wh.none", "");
    let held = place.held(&[lower, upper]);
    assert_eq!(names(&held, "a"), ["again", "kept"]);
    assert_eq!(content(&held, "a/again"), "2");
}

#[test]
fn a_whiteout_of_a_folder_hides_all_of_it_and_it_may_come_back_empty() {
    let place = Place::new();
    let lower = Layer::new().file("a/b/c/d", "1").file("e/f", "1");
    let upper = Layer::new()
        .file(".wh.a", "")
        .folder("a/", 0o755)
        .file(".wh.e", "");
    let held = place.held(&[lower, upper]);
    assert!(names(&held, "a").is_empty());
    assert!(!held.path().join("e").exists());
}

#[test]
fn an_opaque_folder_hides_what_is_below_whatever_the_order() {
    let lower = Layer::new()
        .file("a/b/low", "1")
        .file("a/low", "1")
        .file("c", "1");
    let mark = |layer: Layer| layer.file("a/.wh..wh..opq", "");
    let files = |layer: Layer| layer.file("a/up", "2").file("a/b/up", "2");
    for upper in [files(mark(Layer::new())), mark(files(Layer::new()))] {
        let place = Place::new();
        let held = place.held(&[lower.clone(), upper]);
        assert_eq!(names(&held, "a"), ["b", "up"]);
        assert_eq!(names(&held, "a/b"), ["up"]);
        assert_eq!(content(&held, "c"), "1");
    }
}

#[test]
fn an_opaque_root_hides_everything() {
    let place = Place::new();
    let upper = Layer::new().file(".wh..wh..opq", "").file("b", "");
    let held = place.held(&[Layer::new().file("a", ""), upper]);
    assert!(!held.path().join("a").exists());
    assert!(held.path().join("b").exists());
}

#[test]
fn hard_links_share_a_file_across_layers_until_one_name_is_replaced() {
    let place = Place::new();
    let lower = Layer::new()
        .file("a", "1")
        .hard_link("b", "a")
        .symlink("s", "a");
    let upper = Layer::new()
        .hard_link("deep/c", "./a")
        .hard_link("t", "s")
        .file("b", "2");
    let held = place.held(&[lower, upper]);
    let inode = |name: &str| {
        fs::symlink_metadata(held.path().join(name))
            .expect("there")
            .ino()
    };
    assert_eq!(inode("a"), inode("deep/c"));
    assert_ne!(inode("a"), inode("b"));
    assert_eq!(
        (content(&held, "a"), content(&held, "b")),
        ("1".into(), "2".into())
    );
    let link = fs::read_link(held.path().join("t")).expect("a name of the link itself");
    assert_eq!(link.to_string_lossy(), "a");
}

#[test]
fn a_later_entry_replaces_one_of_another_kind() {
    let place = Place::new();
    let lower = Layer::new()
        .file("folder-to-file/x", "1")
        .file("file-to-folder", "1")
        .symlink("link-to-folder", "/etc")
        .folder("folder-to-link/", 0o755)
        .file("back/x", "1");
    let middle = Layer::new()
        .file("folder-to-file", "2")
        .folder("file-to-folder/", 0o755)
        .folder("link-to-folder/", 0o755)
        .file("link-to-folder/passwd", "2")
        .symlink("folder-to-link", "back")
        .file("back", "2");
    let upper = Layer::new()
        .file("./back/", "")
        .file("back/y", "3")
        .device("file-to-folder");
    let held = place.held(&[lower, middle, upper]);
    assert_eq!(content(&held, "folder-to-file"), "2");
    assert!(!held.path().join("file-to-folder").exists());
    assert_eq!(names(&held, "link-to-folder"), ["passwd"]);
    assert!(!held.path().join("etc/passwd").exists());
    assert!(held.path().join("folder-to-link").is_symlink());
    assert_eq!(names(&held, "back"), ["y"]);
}

#[test]
fn a_folder_that_comes_again_keeps_what_is_in_it() {
    let place = Place::new();
    let lower = Layer::new().folder("a/", 0o755).file("a/b", "1");
    let held = place.held(&[lower, Layer::new().folder("a/", 0o775)]);
    assert_eq!(names(&held, "a"), ["b"]);
    assert_eq!(mode(&held, "a") & 0o077, 0o075);
}

#[test]
fn privileges_are_stripped_and_permissions_are_the_container_users() {
    let place = Place::new();
    let file = EntryType::Regular;
    let held = place.held(&[Layer::new()
        .owned(file, "set", (0o6755, 0, 0), "", b"")
        .owned(file, "secret", (0o600, 0, 0), "", b"x")
        .owned(file, "group", (0o640, 0, 1000), "", b"x")
        .owned(file, "own", (0o600, 1000, 1000), "", b"x")
        .owned(file, "odd", (0o077, 1000, 1000), "", b"x")
        .owned(EntryType::Directory, "sticky/", (0o1777, 0, 0), "", b"")
        .owned(EntryType::Directory, "locked/", (0o700, 0, 0), "", b"")
        .owned(file, "locked/in", (0o644, 0, 0), "", b"x")]);
    let names = ["set", "secret", "group", "own", "odd", "sticky", "locked"];
    let modes = names.map(|name| mode(&held, name));
    let owner = |name: &str| {
        let found = fs::symlink_metadata(held.path().join(name)).expect("there");
        (found.uid(), found.gid())
    };
    if is_root() {
        assert_eq!(modes, [0o755, 0o600, 0o640, 0o600, 0o077, 0o1777, 0o700]);
        assert_eq!(owner("group"), (0, 1000));
        assert_eq!(owner("own"), (1000, 1000));
    } else {
        // A folder stays open to changes of its owner.
        assert_eq!(modes, [0o555, 0o000, 0o440, 0o600, 0o077, 0o1777, 0o200]);
        assert!(fs::read(held.path().join("secret")).is_err());
        assert!(fs::read_dir(held.path().join("locked")).is_err());
    }
    held.check().expect("whole, closed folders too");
    let checked = held
        .check_contents(&mut |_| {}, &Default::default())
        .expect("whole");
    assert_eq!(checked.unreadable, if is_root() { 0 } else { 3 });
}

#[test]
fn pax_records_and_gnu_names_are_read() {
    let long = format!("{}/{}", "d".repeat(120), "n".repeat(200));
    let place = Place::new();
    let held = place.held(&[Layer::new()
        .entry(EntryType::XGlobalHeader, "g", 0o644, "", b"13 path=other\n")
        .pax(&[
            ("path", &long),
            ("mtime", "1.5"),
            ("SCHILY.xattr.user.note", "kept"),
            ("SCHILY.xattr.security.selinux", "left out"),
        ])
        .file("short", "1")
        .entry(
            EntryType::GNULongName,
            "././@LongLink",
            0o644,
            "",
            format!("gnu/{}\0", "g".repeat(150)).as_bytes(),
        )
        .file("short", "2")
        .entry(
            EntryType::GNULongLink,
            "././@LongLink",
            0o644,
            "",
            format!("{}\0", "t".repeat(150)).as_bytes(),
        )
        .symlink("link", "short")
        .file("caf\u{e9}", "3")]);
    assert_eq!(content(&held, &long), "1");
    let found = fs::metadata(held.path().join(&long)).expect("there");
    assert_eq!((found.mtime(), found.mtime_nsec()), (1, 500_000_000));
    if let Some(note) = attribute(&held, &long, "user.note") {
        assert_eq!(note, b"kept");
    }
    assert_eq!(attribute(&held, &long, "security.selinux"), None);
    assert_eq!(content(&held, &format!("gnu/{}", "g".repeat(150))), "2");
    let link = fs::read_link(held.path().join("link")).expect("a link");
    assert_eq!(link.to_string_lossy(), "t".repeat(150));
    assert_eq!(content(&held, "caf\u{e9}"), "3");
}

#[test]
fn mount_points_are_made_where_they_are_missing() {
    let place = Place::new();
    let held = place.held(&[Layer::new()
        .file("workspace/kept", "1")
        .symlink("etc/resolv.conf", "../run/resolve/stub.conf")
        .file("etc/hosts", "kept")]);
    for folder in [
        "proc",
        "dev",
        "sys/devices/system/cpu",
        "sys/devices/system/node",
        "tmp",
        "home/resow",
    ] {
        assert!(held.path().join(folder).is_dir(), "{folder}");
    }
    assert_eq!(content(&held, "run/resow/parameters.json"), "");
    assert_eq!(content(&held, "workspace/kept"), "1");
    assert_eq!(content(&held, "etc/hosts"), "kept");
    assert!(held.has_mount_point("/etc/hosts") && held.has_mount_point("/etc/hostname"));
    assert!(held.has_mount_point("/run/resow/parameters.json"));
    assert!(!held.has_mount_point("/etc/resolv.conf"));
    assert!(!held.has_mount_point("/etc/passwd"));
}

#[test]
fn an_image_with_something_else_at_a_mount_point_is_refused() {
    for (layer, expected) in [
        (
            Layer::new().symlink("run", "var/run"),
            "`/run` to `var/run`",
        ),
        (
            Layer::new().symlink("tmp", "/var/tmp"),
            "`/tmp` to `/var/tmp`",
        ),
        (
            Layer::new().file("workspace", ""),
            "needs `/workspace` to be a folder",
        ),
        (
            Layer::new().folder("run/resow/parameters.json/", 0o755),
            "another kind of file",
        ),
    ] {
        let place = Place::new();
        let error = told(&place.unpack(&[layer]).expect_err("of no use"));
        assert!(
            error.contains("cannot be used") && error.contains(expected),
            "{error}"
        );
        assert_eq!(place.left(), 0);
    }
}

#[test]
fn tars_may_end_in_every_usual_way() {
    let layer = Layer::new().file("a", "1");
    let whole = layer.unfinished();
    let ends: [Vec<u8>; 4] = [vec![], vec![0; 512], vec![0; 1024], vec![0; 10_240]];
    for end in ends {
        let place = Place::new();
        let image = place
            .unpack_bytes(&[[whole.clone(), end].concat()])
            .expect("whole");
        let held = place
            .roots
            .hold(&image.id)
            .expect("readable")
            .expect("there");
        assert_eq!(content(&held, "a"), "1");
    }
}
