//! The store on a full disk, on one that cannot be written, and after its process was killed. The parts that need a
//! process or a mount of their own run this program again.

#[path = "../../verifier/tests/support/mod.rs"]
mod support;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::RunId;
use resow_store::{Store, StoreError};

const PLACE: &str = "RESOW_STORE_TEST_PLACE";

/// Where the outer test wants it; `None` where there is no outer test.
fn place() -> Option<PathBuf> {
    env::var_os(PLACE).map(PathBuf::from)
}

fn itself() -> PathBuf {
    env::current_exe().expect("a test is a program")
}

fn stock(store: &Store) {
    let sink = store.blob_sink();
    for content in [&b"hello\n"[..], b"", b"weights", b"log"] {
        sink.add(content).expect("content is taken");
    }
    sink.commit().expect("content is stored");
}

fn temporary_entries(root: &Path) -> usize {
    let folder = fs::read_dir(root.join(".resow/tmp")).expect("the folder can be read");
    folder.count()
}

/// `unshare` with a mount table of one's own: nothing that is mounted in it outlives it.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command
}

#[test]
fn a_full_and_a_read_only_disk_are_named_and_nothing_is_lost() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs"];
    let possible = unshare().args(mount).arg(root.path()).output();
    if !possible.is_ok_and(|output| output.status.success()) {
        // Neither root nor allowed to be it in a namespace: there is no small disk to be had.
        return;
    }
    let inner = unshare()
        .args(["sh", "-c", "mount -t tmpfs -o size=2m tmpfs \"$1\" && exec \"$2\" --ignored --exact inside_a_small_disk"])
        .arg("sh")
        .arg(root.path())
        .arg(itself())
        .env(PLACE, root.path())
        .output()
        .expect("the test runs again");
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(inner.status.success(), "{said}");
}

#[test]
#[ignore = "runs inside the mount that the test above makes"]
fn inside_a_small_disk() {
    let Some(root) = place() else { return };
    let store = Store::open(&root).expect("a store");
    stock(&store);
    let id = store.add_record(&support::record()).expect("a record");
    let sink = store.blob_sink();
    let error = sink
        .add(std::io::Read::take(std::io::repeat(7), 8 << 20))
        .expect_err("two of eight megabytes fit");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    drop(sink);
    fs::write(root.join("archive"), vec![1; 1 << 20]).expect("half of it");
    let image = resow_manifest::identifiers::ImageId::new(Sha256Digest::of(b"image"));
    let error = store
        .add_image(&root.join("archive"), &image)
        .expect_err("the other half is not free");
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    assert_eq!(store.images().expect("a list"), []);
    assert_eq!(store.record(&id).expect("it is whole"), support::record());
    store
        .check_blob(&Sha256Digest::of(b"weights"))
        .expect("it is whole");
    stock(&store);
    drop(store);
    assert_eq!(temporary_entries(&root), 0);
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&root)
        .status()
        .expect("mount is there");
    assert!(remounted.success());
    let store = Store::open(&root).expect("reading needs no writing");
    assert_eq!(store.record(&id).expect("it is whole"), support::record());
    let error = store.add_record(&support::record()).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let error = Store::open(&root.join(".resow")).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn the_run_of_a_killed_process_is_dead_and_its_rest_is_swept() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(root.path()).expect("a store");
    let run = RunId::from_random(1);
    let mut child = Command::new(itself())
        .args(["--ignored", "--exact", "inside_a_process_to_be_killed"])
        .env(PLACE, root.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("the test runs again");
    let ready = root.path().join("ready");
    while !ready.exists() {
        let ended = child.try_wait().expect("it is a child");
        assert!(ended.is_none(), "{ended:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let while_it_lived = (
        store.is_alive(&run).expect("a lock"),
        store.dead_runs().expect("a list").len(),
        temporary_entries(root.path()),
    );
    child.kill().expect("it is killed");
    child.wait().expect("it is dead");
    assert_eq!(while_it_lived, (true, 0, 2));
    assert!(!store.is_alive(&run).expect("a lock"));
    assert_eq!(
        store.dead_runs().expect("a list"),
        std::slice::from_ref(&run)
    );
    let dead = store.take_over(&run).expect("a lock").expect("it is dead");
    dead.finish().expect("it goes");
    stock(&store);
    drop(store);
    assert_eq!(temporary_entries(root.path()), 0);
}

#[test]
#[ignore = "runs in a process that the test above kills"]
fn inside_a_process_to_be_killed() {
    let Some(root) = place() else { return };
    let store = Store::open(&root).expect("a store");
    let run = RunId::from_random(1);
    let _folder = store.begin_run(&run).expect("a run");
    let sink = store.blob_sink();
    sink.add(&b"half"[..]).expect("content is taken");
    fs::write(root.join("ready"), b"").expect("a file");
    std::thread::sleep(Duration::from_secs(60));
}
