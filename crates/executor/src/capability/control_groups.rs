//! The control groups around this process.

use std::fs;
use std::path::{Path, PathBuf};

use super::mount_table::{self, Mount};

/// Where this process is in one hierarchy.
struct Membership {
    controllers: Vec<String>,
    folder: Option<PathBuf>,
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
}
