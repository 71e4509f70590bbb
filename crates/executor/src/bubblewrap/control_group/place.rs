//! Folders beneath which a group may be made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::controller::Controller;
use super::hierarchy::{Hierarchy, Version};

/// A folder beneath which a group would have these controllers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) version: Version,
    pub(super) controllers: Vec<Controller>,
    pub(super) folder: PathBuf,
}

/// Files that limit a group of version 2, and what they say where they do not.
const LIMITS_OF_TWO: [(&str, &str); 6] = [
    ("memory.max", "max"),
    ("memory.high", "max"),
    ("memory.swap.max", "max"),
    ("pids.max", "max"),
    ("cpu.max", "max 100000"),
    ("cpuset.cpus", ""),
];

/// The places of a hierarchy, best first.
///
/// In version 1 it is this process's own group. In version 2 a group with processes gives no controllers to its
/// children, so the groups above it are tried as well, as far as leaving those below escapes no limit: where somebody
/// has limited this process, its runs stay within.
pub(super) fn places(hierarchy: &Hierarchy) -> Vec<Place> {
    let candidates = match hierarchy.version {
        Version::One => vec![own_place(hierarchy)],
        Version::Two => places_above(hierarchy),
    };
    let mut places: Vec<_> = candidates
        .into_iter()
        .filter(|place| !place.controllers.is_empty() && is_writable(&place.folder))
        .collect();
    // Stable: among equals, the nearest.
    places.sort_by_key(|place| std::cmp::Reverse(place.controllers.len()));
    places
}

fn own_place(hierarchy: &Hierarchy) -> Place {
    Place {
        version: Version::One,
        controllers: hierarchy.controllers.clone(),
        folder: hierarchy.own.clone(),
    }
}

fn places_above(hierarchy: &Hierarchy) -> Vec<Place> {
    let mut places = Vec::new();
    for folder in hierarchy.own.ancestors() {
        places.push(Place {
            version: Version::Two,
            controllers: given_to_children(folder),
            folder: folder.to_owned(),
        });
        if folder == hierarchy.top || !is_unlimited(folder) {
            break;
        }
    }
    places
}

fn given_to_children(folder: &Path) -> Vec<Controller> {
    let names = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
    Controller::named(names.split_whitespace())
}

/// Whether nobody has set a limit on the group itself. A controller that the group does not have sets none.
fn is_unlimited(folder: &Path) -> bool {
    LIMITS_OF_TWO
        .iter()
        .all(|(file, none)| match fs::read_to_string(folder.join(file)) {
            Ok(text) => text.trim() == *none,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        })
}

/// Whether a group can be made there and processes of this group moved into it, as far as permissions tell.
fn is_writable(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
        && access(folder.join("cgroup.procs"), Access::WRITE_OK).is_ok()
}
