//! Groups of this machine. As root: an ordinary user has none delegated here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use resow_manifest::identifiers::RunId;
use rustix::process::{Pid, geteuid};

use super::super::controller::Controller;
use super::super::hierarchy::{Hierarchy, Version, of_this_process};
use super::super::place::places;
use super::super::sweep::groups_of;
use super::super::{ControlGroupError, ControlGroups, GroupLimits, Layout, delegated, name, sweep};

const LIMITS: GroupLimits<'_> = GroupLimits {
    memory: 96 << 20,
    processes: 12,
    cpu_set: "0",
};

/// Whether this machine lets these tests have what they are about.
fn can_limit() -> bool {
    geteuid().is_root() && delegated().missing().is_empty()
}

fn run_id() -> RunId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    RunId::from_random((u64::from(std::process::id()) << 32) | next)
}

/// An owner that no other test process is.
fn owner(test: &str) -> String {
    format!("test{}{test}", std::process::id())
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// A shell that waits for a line before it becomes the command: as a sandbox waits before it runs anything.
fn blocked(command: &[&str]) -> Child {
    Command::new("sh")
        .args(["-c", "read line; exec \"$@\"", "sh"])
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell")
}

fn release(mut child: Child) -> Output {
    let mut input = child.stdin.take().expect("its input is piped");
    input.write_all(b"go\n").expect("it waits");
    drop(input);
    child.wait_with_output().expect("our own child")
}

/// The folders of an owner's groups, in every hierarchy.
fn left_of(owner: &str) -> Vec<PathBuf> {
    let hierarchies = of_this_process().expect("readable");
    let groups = hierarchies
        .iter()
        .flat_map(|hierarchy| groups_of(owner, hierarchy));
    groups.map(|(_, folder)| folder).collect()
}

#[test]
fn limits_are_in_force_as_read_back_and_the_process_is_in_them() {
    if !can_limit() {
        return;
    }
    let (owner, run) = (owner("readings"), run_id());
    let mut groups = ControlGroups::make(&owner, &run, &LIMITS).expect("groups");
    assert!(groups.holds_memory() && groups.holds_processes() && groups.holds_cpu_set());
    let readings = groups.read_back().expect("its files");
    assert_eq!(readings.memory, Some(LIMITS.memory));
    assert_eq!(readings.processes, Some(LIMITS.processes));
    assert_eq!(readings.cpu_set.as_deref(), Some("0"));
    let child = blocked(&["sh", "-c", "cat /proc/self/cgroup; nproc"]);
    groups.add(pid(&child)).expect("a blocked child");
    let said = String::from_utf8(release(child).stdout).expect("plain text");
    let memberships = said.matches(&name::of_run(&owner, &run)).count();
    assert!(memberships >= 1 && said.ends_with("\n1\n"), "{said}");
    assert!(!groups.killed_for_memory());
    assert_eq!(groups.refused_processes(), 0);
    groups.remove().expect("empty groups");
    assert_eq!(left_of(&owner), Vec::<PathBuf>::new());
}

#[test]
fn who_takes_too_much_memory_is_killed_and_that_is_counted() {
    if !can_limit() {
        return;
    }
    let mut groups = ControlGroups::make(&owner("memory"), &run_id(), &LIMITS).expect("groups");
    let child = blocked(&["python3", "-c", "held = b'x' * (400 << 20)"]);
    groups.add(pid(&child)).expect("a blocked child");
    let output = release(child);
    assert_eq!(output.status.signal(), Some(libc::SIGKILL), "{output:?}");
    assert!(groups.killed_for_memory());
    groups.remove().expect("empty groups");
}

#[test]
fn who_starts_too_many_processes_is_refused_and_that_is_counted() {
    if !can_limit() {
        return;
    }
    let mut groups = ControlGroups::make(&owner("processes"), &run_id(), &LIMITS).expect("groups");
    let script = "import os, time\nmade = 0\ntry:\n  while made < 50:\n    if os.fork() == 0:\n      time.sleep(600)\n    made += 1\n\
        except BlockingIOError:\n  print(made)";
    let child = blocked(&["python3", "-c", script]);
    groups.add(pid(&child)).expect("a blocked child");
    let mut input = child.stdin.as_ref().expect("piped");
    input.write_all(b"go\n").expect("it waits");
    let mut child = child;
    let status = child.wait().expect("our own child");
    assert!(status.success());
    assert_eq!(groups.refused_processes(), 1);
    // The eleven that sleep are still in it, and hold the pipe open until they are killed.
    groups.remove().expect("groups with processes inside");
    let mut said = String::new();
    child
        .stdout
        .take()
        .expect("piped")
        .read_to_string(&mut said)
        .expect("its writers are dead");
    assert_eq!(said, "11\n");
}

#[test]
fn a_process_that_is_gone_is_no_success() {
    let mut groups = ControlGroups::make(&owner("gone"), &run_id(), &LIMITS).expect("groups");
    let mut child = Command::new("true").spawn().expect("a program");
    let process = pid(&child);
    child.wait().expect("our own child");
    let added = groups.add(process);
    assert!(
        matches!(added, Err(ControlGroupError::ProcessGone { .. })),
        "{added:?}"
    );
    groups.remove().expect("empty groups");
}

#[test]
fn what_a_dead_run_left_is_swept_and_a_living_run_is_not() {
    if !can_limit() {
        return;
    }
    let (ours, other) = (owner("sweep"), owner("sweepother"));
    let (dead, alive, foreign) = (run_id(), run_id(), run_id());
    let make = |owner: &str, run| ControlGroups::make(owner, run, &LIMITS).expect("groups");
    let (mut left, living, others) = (
        make(&ours, &dead),
        make(&ours, &alive),
        make(&other, &foreign),
    );
    let mut orphan = blocked(&["true"]);
    left.add(pid(&orphan)).expect("a blocked child");
    drop(left);
    let swept = sweep(&ours, &mut |run| *run == alive).expect("a sweep");
    assert_eq!(swept, [dead]);
    let status = orphan.wait().expect("our own child");
    assert_eq!(status.signal(), Some(libc::SIGKILL));
    assert!(
        left_of(&ours)
            .iter()
            .all(|folder| folder.ends_with(name::of_run(&ours, &alive)))
    );
    living.read_back().expect("it is alive");
    others.read_back().expect("it is another's");
    living.remove().expect("empty groups");
    others.remove().expect("empty groups");
    assert_eq!(sweep(&ours, &mut |_| false).expect("a sweep"), []);
}

#[test]
fn a_place_that_cannot_be_written_holds_nothing_and_is_no_error() {
    let hierarchy = Hierarchy {
        version: Version::One,
        controllers: Controller::ALL.to_vec(),
        top: PathBuf::from("/proc"),
        own: PathBuf::from("/proc/self"),
    };
    assert_eq!(places(&hierarchy), []);
    let groups = ControlGroups::make_in(&[hierarchy], "resow-test-0", &LIMITS);
    assert!(!groups.holds_memory());
    groups.remove().expect("nothing to remove");
}

#[test]
fn a_set_of_processors_that_is_not_there_leaves_the_other_limits() {
    if !can_limit() {
        return;
    }
    let impossible = GroupLimits {
        cpu_set: "4000",
        ..LIMITS
    };
    let groups = ControlGroups::make(&owner("impossible"), &run_id(), &impossible).expect("groups");
    assert!(groups.holds_memory() && groups.holds_processes() && !groups.holds_cpu_set());
    groups.remove().expect("empty groups");
}

#[test]
fn a_group_of_version_two_takes_a_process_and_is_removed_with_it() {
    let hierarchies = of_this_process().expect("readable");
    let Some(unified) = hierarchies
        .iter()
        .find(|hierarchy| hierarchy.version == Version::Two)
    else {
        return;
    };
    if !geteuid().is_root() {
        return;
    }
    let folder = unified.own.join(name::of_run(&owner("two"), &run_id()));
    if fs::create_dir(&folder).is_err() {
        return;
    }
    let group = super::super::group::Group::found(Version::Two, folder.clone());
    let mut child = blocked(&["true"]);
    group.add(pid(&child)).expect("a blocked child");
    group.remove().expect("a group with a process inside");
    assert!(!Path::new(&folder).exists());
    let status = child.wait().expect("our own child");
    assert_eq!(status.signal(), Some(libc::SIGKILL));
}

#[test]
fn the_host_is_described() {
    let delegation = delegated();
    assert_ne!(delegation.layout, Layout::Absent);
    assert_eq!(delegation.hint().is_none(), delegation.missing().is_empty());
    assert!(delegation.usable.iter().all(|(_, folder)| folder.is_dir()));
}

/// Runs the tests above as an ordinary user, to whom nothing is delegated: what they make holds nothing.
#[test]
fn an_ordinary_user_without_delegation_holds_nothing() {
    if geteuid().is_root() {
        return as_ordinary_user("an_ordinary_user_without_delegation_holds_nothing");
    }
    let owner = owner("ordinary");
    let mut groups = ControlGroups::make(&owner, &run_id(), &LIMITS).expect("no error");
    let delegation = delegated();
    assert_eq!(
        groups.holds_memory(),
        !delegation.missing().contains(&Controller::Memory)
    );
    let child = blocked(&["true"]);
    groups.add(pid(&child)).expect("a blocked child");
    assert!(release(child).status.success());
    groups.remove().expect("nothing to remove");
    assert_eq!(sweep(&owner, &mut |_| false).expect("no error"), []);
}

/// This test program, copied to where everybody may run it.
fn as_ordinary_user(test: &str) {
    let folder = tempfile::Builder::new()
        .prefix("resow")
        .tempdir()
        .expect("a temporary folder");
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("our own folder");
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
    let output = Command::new("setpriv")
        .args(["--reuid", "1234", "--regid", "1234", "--clear-groups", "--"])
        .arg(program)
        .arg(test)
        .current_dir("/")
        .output()
        .expect("setpriv");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
