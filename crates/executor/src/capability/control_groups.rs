//! The control groups of this host, and which of their controllers this process may use.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::mount_table::{self, Mount};

/// How control groups are arranged on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// None are mounted.
    None,
    /// Version 1: a hierarchy a controller.
    One,
    /// Version 1, and one of version 2 besides without controllers or with few.
    Hybrid,
    /// Version 2 alone.
    Two,
}

/// The control groups of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlGroups {
    /// How they are arranged.
    pub arrangement: Arrangement,
    /// The controllers that act here, sorted.
    pub present: BTreeSet<String>,
    /// Those with which this process may limit a run: it may make groups where it is itself.
    pub usable: BTreeSet<String>,
}

/// Where this process is in one hierarchy.
struct Membership {
    controllers: Vec<String>,
    folder: Option<PathBuf>,
}

impl ControlGroups {
    /// Reads where this process is, and tries what it may do there.
    pub(super) fn probe() -> Self {
        let memberships = memberships();
        let is_unified = |membership: &&Membership| membership.controllers.is_empty();
        let has_two = memberships
            .iter()
            .filter(is_unified)
            .any(|one| one.folder.is_some());
        let has_one = memberships
            .iter()
            .any(|one| !is_unified(&one) && one.folder.is_some());
        let mut found = Self {
            arrangement: match (has_one, has_two) {
                (false, false) => Arrangement::None,
                (true, false) => Arrangement::One,
                (true, true) => Arrangement::Hybrid,
                (false, true) => Arrangement::Two,
            },
            present: BTreeSet::new(),
            usable: BTreeSet::new(),
        };
        for membership in &memberships {
            if let Some(folder) = &membership.folder {
                let controllers = membership.controllers(folder);
                if is_delegated(folder) {
                    found.usable.extend(controllers.iter().cloned());
                }
                found.present.extend(controllers);
            }
        }
        found
    }
}

impl Membership {
    /// The controllers of the hierarchy; version 2 has a file that names them.
    fn controllers(&self, folder: &Path) -> Vec<String> {
        if !self.controllers.is_empty() {
            let named = self.controllers.iter();
            return named
                .filter(|name| !name.starts_with("name="))
                .cloned()
                .collect();
        }
        let text = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// Whether this process may make groups here and move processes into them.
fn is_delegated(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
        && access(folder.join("cgroup.procs"), Access::WRITE_OK).is_ok()
}

fn memberships() -> Vec<Membership> {
    let mounts = mount_table::read();
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    read_memberships(&text, &mounts)
}

/// A line is `id:controllers:path`, as cgroups(7) says; version 2 names no controllers.
fn read_memberships(text: &str, mounts: &[Mount]) -> Vec<Membership> {
    let lines = text.lines().filter_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let controllers: Vec<_> = controllers
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        Some((controllers, path))
    });
    lines
        .map(|(controllers, path)| {
            let mount = mounts.iter().find(|mount| match controllers.first() {
                None => mount.kind == "cgroup2",
                Some(first) => mount.kind == "cgroup" && mount.options.contains(first),
            });
            let folder = mount.map(|mount| folder(mount, Path::new(path)));
            Membership {
                controllers,
                folder,
            }
        })
        .collect()
}

/// Where a group is, given the mount of its hierarchy; a container may have mounted its own part of it alone.
fn folder(mount: &Mount, path: &Path) -> PathBuf {
    let below = path.strip_prefix(&mount.root).unwrap_or(Path::new(""));
    mount.at.join(below.strip_prefix("/").unwrap_or(below))
}

/// The folder of the group that holds this process by this controller, and of each group around it, innermost first;
/// none where there is no such controller.
pub(super) fn groups_around(controller: &str) -> Vec<PathBuf> {
    let mounts = mount_table::read();
    let is_root = |folder: &Path| mounts.iter().any(|mount| mount.at == folder);
    let memberships = memberships();
    let named = |one: &&Membership| one.controllers.iter().any(|name| name == controller);
    let unified = |one: &&Membership| one.controllers.is_empty();
    let membership = memberships
        .iter()
        .find(named)
        .or_else(|| memberships.iter().find(unified));
    let mut groups = Vec::new();
    let mut next = membership.and_then(|one| one.folder.as_deref());
    while let Some(folder) = next {
        groups.push(folder.to_owned());
        next = folder.parent().filter(|_| !is_root(folder));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(root: &str, at: &str, kind: &str, options: &[&str]) -> Mount {
        Mount {
            id: 1,
            root: root.into(),
            at: at.into(),
            kind: kind.to_owned(),
            options: options.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn where_a_process_is_follows_from_its_groups_and_the_mounts() {
        let mounts = [
            mount(
                "/docker/abc",
                "/sys/fs/cgroup/memory",
                "cgroup",
                &["rw", "memory"],
            ),
            mount(
                "/",
                "/sys/fs/cgroup/cpu",
                "cgroup",
                &["rw", "cpu", "cpuacct"],
            ),
            mount("/", "/sys/fs/cgroup/unified", "cgroup2", &["rw"]),
        ];
        let text = "5:memory:/docker/abc/job\n4:cpu,cpuacct:/\n3:pids:/x\n0::/user.slice\n";
        let found = read_memberships(text, &mounts);
        let folders: Vec<_> = found.iter().map(|one| one.folder.as_deref()).collect();
        assert_eq!(
            folders,
            [
                Some(Path::new("/sys/fs/cgroup/memory/job")),
                Some(Path::new("/sys/fs/cgroup/cpu/")),
                None,
                Some(Path::new("/sys/fs/cgroup/unified/user.slice")),
            ]
        );
    }

    #[test]
    fn what_is_usable_is_present() {
        let found = ControlGroups::probe();
        assert!(found.usable.is_subset(&found.present), "{found:?}");
        assert_eq!(
            found.arrangement == Arrangement::None,
            found.present.is_empty()
        );
    }
}
