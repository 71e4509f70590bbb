//! What the kernel's files say on hosts of every kind, with folders that stand for the mounts.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::Layout;
use super::super::controller::Controller;
use super::super::delegation::delegation;
use super::super::groups::ControlGroups;
use super::super::hierarchy::{Hierarchy, Version, layout, locate};
use super::super::limits::GroupLimits;
use super::super::place::places;
use super::super::{membership, mount};

const LIMITS: GroupLimits<'_> = GroupLimits {
    memory: 64 << 20,
    processes: 10,
    cpu_set: "0",
};

/// A tree of files as the kernel would show it.
struct Host(TempDir);

impl Host {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A group of version 2 that gives these controllers to its children.
    fn group(&self, name: &str, given: &str) -> &Self {
        let folder = self.path(name);
        fs::create_dir_all(&folder).expect("a new folder");
        self.file(&format!("{name}/cgroup.subtree_control"), given)
            .file(&format!("{name}/cgroup.procs"), "")
    }

    fn file(&self, name: &str, text: &str) -> &Self {
        fs::write(self.path(name), text).expect("a new file");
        self
    }

    /// The only hierarchy, of version 2, seen by a process in this group.
    fn hierarchy(&self, own: &str) -> Hierarchy {
        let mounts = format!(
            "30 23 0:26 / {} rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            self.0.path().display()
        );
        let mut found = locate(&format!("0::{own}\n"), &mounts);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }
}

fn folders(hierarchy: &Hierarchy) -> Vec<PathBuf> {
    places(hierarchy)
        .into_iter()
        .map(|place| place.folder)
        .collect()
}

#[test]
fn lines_of_both_versions_are_read_and_others_left_out() {
    let text = "9:name=systemd:/user.slice\n4:memory:/a:b c\n3:cpu,cpuacct:/\n2:pids:/../elsewhere\n0::/init.scope\n\
        nonsense\n7:cpuset\n8:cpuset:relative\n";
    let read = membership::parse(text);
    let seen: Vec<_> = read
        .iter()
        .map(|line| (line.path, line.is_unified))
        .collect();
    assert_eq!(
        seen,
        [
            ("/user.slice", false),
            ("/a:b c", false),
            ("/", false),
            ("/init.scope", true)
        ]
    );
    assert_eq!(read[2].controllers, ["cpu", "cpuacct"]);
}

#[test]
fn mounts_are_read_with_their_escapes_and_optional_fields() {
    let text = r"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 /docker/ab /sys/fs/cgroup/me\040mory ro,nosuid shared:9 master:2 - cgroup cgroup rw,memory
33 31 0:30 / /back\134slash\0 rw - cgroup2 none rw
34 31 0:31 /../.. /outside rw - cgroup cgroup rw,pids
35 31
";
    let read = mount::parse(text);
    let seen: Vec<_> = read
        .iter()
        .map(|mount| {
            (
                mount.root.as_path(),
                mount.point.as_path(),
                mount.is_unified,
            )
        })
        .collect();
    let expected = [
        (
            Path::new("/docker/ab"),
            Path::new("/sys/fs/cgroup/me mory"),
            false,
        ),
        (Path::new("/"), Path::new(r"/back\slash\0"), true),
    ];
    assert_eq!(seen, expected);
    assert_eq!(read[0].options, ["rw", "memory"]);
}

#[test]
fn within_a_container_the_mount_begins_at_the_containers_own_group() {
    let host = Host::new();
    host.group("memory/inner", "").group("pids", "");
    let (memory, pids) = (host.path("memory"), host.path("pids"));
    let mounts = format!(
        "1 0 0:1 /docker/ab {} rw - cgroup cgroup rw,memory\n2 0 0:2 /docker/other {} rw - cgroup cgroup rw,pids\n",
        memory.display(),
        pids.display()
    );
    let found = locate("4:memory:/docker/ab/inner\n3:pids:/docker/ab\n", &mounts);
    // The other container's group is not one of ours, wherever it is mounted.
    let expected = Hierarchy {
        version: Version::One,
        controllers: vec![Controller::Memory],
        own: memory.join("inner"),
        top: memory,
    };
    assert_eq!(found, [expected]);
    assert_eq!(layout(&found), Layout::One);
}

#[test]
fn a_group_with_processes_gives_nothing_and_the_one_above_does() {
    let host = Host::new();
    host.group("app.slice", "memory pids")
        .group("app.slice/run.scope", "");
    host.file("app.slice/run.scope/memory.max", "max\n");
    let found = places(&host.hierarchy("/app.slice/run.scope"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].folder, host.path("app.slice"));
    assert_eq!(
        found[0].controllers,
        [Controller::Memory, Controller::Processes]
    );
}

#[test]
fn the_group_with_most_controllers_comes_first_and_then_the_nearest() {
    let host = Host::new();
    host.group(".", "cpuset memory pids cpu")
        .group("a", "memory pids")
        .group("a/b", "memory pids")
        .group("a/b/c", "");
    let (a, b) = (host.path("a"), host.path("a/b"));
    assert_eq!(folders(&host.hierarchy("/a/b/c")), [host.path(""), b, a]);
}

#[test]
fn nobody_leaves_a_group_that_is_limited() {
    for (file, limit) in [
        ("memory.max", "1073741824\n"),
        ("pids.max", "100\n"),
        ("cpu.max", "50000 100000\n"),
        ("cpuset.cpus", "0-1\n"),
        ("memory.high", "1024\n"),
    ] {
        let host = Host::new();
        host.group("a", "memory pids")
            .group("a/job", "")
            .group("a/job/step", "");
        host.file(&format!("a/job/{file}"), limit);
        assert_eq!(
            folders(&host.hierarchy("/a/job/step")),
            Vec::<PathBuf>::new(),
            "{file}"
        );
    }
}

#[test]
fn what_becomes_no_group_holds_nothing_and_is_taken_away() {
    let host = Host::new();
    host.group(".", "memory pids cpuset").group("own", "");
    let hierarchies = [host.hierarchy("/own")];
    // Folders of an ordinary file system have no limits.
    let groups = ControlGroups::make_in(&hierarchies, "resow-test-0", &LIMITS);
    assert!(!groups.holds_memory() && !groups.holds_processes() && !groups.holds_cpu_set());
    assert!(!host.path("resow-test-0").exists());
    let delegation = delegation(&hierarchies);
    assert_eq!(
        (delegation.layout, delegation.missing().len()),
        (Layout::Two, 3)
    );
    assert!(
        delegation
            .hint()
            .is_some_and(|hint| hint.contains("systemd-run --user"))
    );
    assert_eq!(fs::read_dir(host.path("")).expect("a folder").count(), 3);
}

#[test]
fn without_control_groups_there_is_nothing() {
    assert_eq!(locate("", ""), []);
    assert_eq!(layout(&[]), Layout::Absent);
    assert_eq!(delegation(&[]).missing(), Controller::ALL);
}
