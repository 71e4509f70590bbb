//! What must hold of every layer that resow writes, read back as a tar.

use std::collections::BTreeMap;

use tar::{Archive, EntryType};

/// The most bytes that the files of one fuzzed package may have.
pub(crate) const ROOM: u64 = 64 << 20;

/// That no entry leaves the root, goes through a link, stands twice, or carries a right that no image has.
pub(crate) fn check(layer: &[u8]) {
    let mut seen = BTreeMap::new();
    let mut archive = Archive::new(layer);
    for entry in archive.entries().expect("a tar") {
        let entry = entry.expect("an entry");
        let path = String::from_utf8(entry.path_bytes().into_owned()).expect("a plain name");
        let path = path.trim_end_matches('/').to_owned();
        let header = entry.header();
        let kind = header.entry_type();
        check_plain(&path);
        check_above(&path, &seen);
        let most = if kind == EntryType::Directory {
            0o1777
        } else {
            0o777
        };
        assert_eq!(
            header.mode().expect("a mode") & !most,
            0,
            "rights of `{path}`"
        );
        let target = entry
            .link_name_bytes()
            .map(|target| String::from_utf8_lossy(&target).into_owned());
        match kind {
            EntryType::Regular | EntryType::Directory => assert_eq!(target, None, "`{path}`"),
            EntryType::Symlink => check_inside(&path, &target.expect("a target")),
            EntryType::Link => {
                let target = target.expect("a target");
                assert_eq!(
                    seen.get(&target),
                    Some(&EntryType::Regular),
                    "`{path}` to `{target}`"
                );
            }
            other => panic!("`{path}` is {other:?}"),
        }
        let twice = seen.insert(path.clone(), kind);
        assert_eq!(twice, None, "`{path}` stands twice");
    }
}

fn check_plain(path: &str) {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    assert!(path.split('/').all(plain), "`{path}` is not plain");
}

/// Each folder above stands before it, as a folder.
fn check_above(path: &str, seen: &BTreeMap<String, EntryType>) {
    for (end, _) in path.match_indices('/') {
        let above = &path[..end];
        assert_eq!(
            seen.get(above),
            Some(&EntryType::Directory),
            "`{above}` above `{path}`"
        );
    }
}

/// A symbolic link never climbs above the root, whichever of its folders are real.
fn check_inside(path: &str, target: &str) {
    let mut depth = if target.starts_with('/') {
        0
    } else {
        path.matches('/').count()
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).expect("a link that leaves the root"),
            _ => depth += 1,
        }
    }
}
