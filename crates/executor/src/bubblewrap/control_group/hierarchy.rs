//! The hierarchies that this process can see, and its own group in each.

use std::fs;
use std::path::{Path, PathBuf};

use super::controller::Controller;
use super::membership::{self, Membership};
use super::mount::{self, CgroupMount};
use super::{ControlGroupError, Layout};

const MEMBERSHIP: &str = "/proc/self/cgroup";
const MOUNTS: &str = "/proc/self/mountinfo";

/// Which of the two interfaces a hierarchy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Controllers are bound to it at the mount.
    One,
    /// A group says which controllers its children have.
    Two,
}

/// A hierarchy with one of our controllers, or of version 2.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    /// What is bound to it; empty for version 2.
    pub(super) controllers: Vec<Controller>,
    /// Where it is mounted.
    pub(super) top: PathBuf,
    /// The folder of this process's own group, at or beneath [`Self::top`].
    pub(super) own: PathBuf,
}

/// The hierarchies of this process.
pub(super) fn of_this_process() -> Result<Vec<Hierarchy>, ControlGroupError> {
    let read = |path: &str| fs::read_to_string(path).map_err(ControlGroupError::read(path));
    // A kernel without control groups has no such file.
    if !Path::new(MEMBERSHIP).exists() {
        return Ok(Vec::new());
    }
    Ok(locate(&read(MEMBERSHIP)?, &read(MOUNTS)?))
}

/// The hierarchies that the two files tell of.
pub(super) fn locate(memberships: &str, mounts: &str) -> Vec<Hierarchy> {
    let mounts = mount::parse(mounts);
    membership::parse(memberships)
        .iter()
        .filter_map(|membership| hierarchy(membership, &mounts))
        .collect()
}

fn hierarchy(membership: &Membership<'_>, mounts: &[CgroupMount]) -> Option<Hierarchy> {
    let controllers = Controller::named(membership.controllers.iter().copied());
    if controllers.is_empty() && !membership.is_unified {
        return None;
    }
    // What was mounted last covers what was mounted before.
    let (mount, own) = mounts
        .iter()
        .rev()
        .filter(|mount| is_mount_of(mount, membership))
        .find_map(|mount| Some((mount, mount.folder(Path::new(membership.path))?)))?;
    Some(Hierarchy {
        version: if membership.is_unified {
            Version::Two
        } else {
            Version::One
        },
        controllers,
        top: mount.point.clone(),
        own,
    })
}

fn is_mount_of(mount: &CgroupMount, membership: &Membership<'_>) -> bool {
    let has = |name: &str| mount.options.iter().any(|option| option == name);
    mount.is_unified == membership.is_unified && membership.controllers.iter().all(|name| has(name))
}

/// How the two versions are laid out.
pub(super) fn layout(hierarchies: &[Hierarchy]) -> Layout {
    let has = |version| hierarchies.iter().any(|one| one.version == version);
    match (has(Version::One), has(Version::Two)) {
        (false, false) => Layout::Absent,
        (true, false) => Layout::One,
        (true, true) => Layout::Hybrid,
        (false, true) => Layout::Two,
    }
}
