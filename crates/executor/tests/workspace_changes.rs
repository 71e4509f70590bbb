//! Workspaces: what a run changed in them, the same in both styles.

#[path = "source_support/mod.rs"]
#[expect(dead_code, reason = "repositories are made here, not read")]
mod source_support;

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use resow_executor::source::{CachedSource, SourceCache};
use resow_executor::workspace::{
    Changes, MadeKind, Workspace, WorkspaceError, WorkspaceMount, WorkspaceStyle,
};
use resow_manifest::workspace_path::WorkspacePath;
use source_support::{Sandbox, everything};

const STYLES: [WorkspaceStyle; 2] = [WorkspaceStyle::Overlay, WorkspaceStyle::Copy];

fn source(sandbox: &Sandbox) -> CachedSource {
    let commit = sandbox.commit("made");
    SourceCache::open(&sandbox.folder.path().join("cache"))
        .and_then(|cache| cache.ensure(&sandbox.open(), &commit, &everything()))
        .expect("an export")
}

fn example() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["a", "b", "folder/c", "folder/d", "folder/deep/e", "other/f"] {
        sandbox.write(name, name);
    }
    sandbox.write("tool", "tool");
    sandbox.make_executable("tool");
    std::os::unix::fs::symlink("a", sandbox.path("link")).expect("a link");
    sandbox
}

fn path(text: &str) -> WorkspacePath {
    text.parse().expect("a path")
}

fn texts(paths: &[WorkspacePath]) -> Vec<&str> {
    paths.iter().map(WorkspacePath::as_str).collect()
}

/// A run's folder, with the workspace mounted as an engine would.
struct Mounted {
    workspace: Workspace,
    point: PathBuf,
    is_overlay: bool,
    _run: tempfile::TempDir,
}

impl Mounted {
    fn new(
        sandbox: &Sandbox,
        source: &CachedSource,
        mount_points: &[WorkspacePath],
        style: WorkspaceStyle,
    ) -> Self {
        let run = tempfile::tempdir_in(sandbox.folder.path()).expect("a folder");
        let workspace =
            Workspace::prepare(run.path(), source, mount_points, style).expect("a workspace");
        let (point, is_overlay) = match workspace.mount() {
            WorkspaceMount::Folder(folder) => (folder.clone(), false),
            WorkspaceMount::Overlay { options, .. } => {
                let point = run.path().join("mounted");
                std::fs::create_dir(&point).expect("a folder");
                let status = Command::new("mount")
                    .args(["-t", "overlay", "resow-test", "-o", options])
                    .arg(&point)
                    .status()
                    .expect("mount runs");
                assert!(
                    status.success(),
                    "this test must be allowed to mount an overlay"
                );
                (point, true)
            }
        };
        Self {
            workspace,
            point,
            is_overlay,
            _run: run,
        }
    }

    fn unmount(&mut self) {
        if self.is_overlay {
            let status = Command::new("umount").arg(&self.point).status();
            assert!(status.expect("umount runs").success());
            self.is_overlay = false;
        }
    }

    fn end(&mut self) -> Changes {
        self.unmount();
        self.workspace.changes().expect("changes")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.unmount();
        self.workspace.remove().expect("removed");
        assert!(!self.workspace.root_of_made_files().exists());
    }
}

/// Runs a shell script in a workspace of either style, and expects the same changes of both.
fn changes_of(sandbox: &Sandbox, script: &str) -> Changes {
    let source = source(sandbox);
    let points = [path("inputs/deep/x.csv"), path("folder/y.csv")];
    let [left, right] = STYLES.map(|style| {
        let mut mounted = Mounted::new(sandbox, &source, &points, style);
        let status = Command::new("sh")
            .args(["-euc", script])
            .current_dir(&mounted.point)
            .status()
            .expect("sh runs");
        assert!(status.success(), "{script}");
        mounted.end()
    });
    assert_eq!(left, right, "overlay, then copy: {script}");
    left
}

fn made(changes: &Changes) -> Vec<(String, MadeKind)> {
    changes
        .made
        .iter()
        .map(|file| (file.path.to_string_lossy().into_owned(), file.kind))
        .collect()
}

#[test]
fn nothing_done_is_nothing_changed() {
    let changes = changes_of(&example(), "cat a folder/c > /dev/null; ls -lR > /dev/null");
    assert_eq!(changes, Changes::default());
}

#[test]
fn touched_and_rewritten_files_with_the_same_content_are_unchanged() {
    let changes = changes_of(
        &example(),
        "touch a; printf b > b; cp -p folder/c x; mv x folder/c; chmod 600 tool; chmod 755 tool",
    );
    assert_eq!(changes, Changes::default());
}

#[test]
fn every_kind_of_change_is_found() {
    let changes = changes_of(
        &example(),
        "printf A > a; chmod 755 b; rm folder/c; rm -r other; ln -sf b link; rm tool; mkdir tool; printf 1 > tool/in
         mkdir -p out/deep/empty; printf 12345 > out/file; ln -s /etc/passwd out/link; mkfifo out/fifo; mkdir only",
    );
    assert_eq!(texts(&changes.changed), ["a", "b", "link", "tool"]);
    assert_eq!(texts(&changes.deleted), ["folder/c", "other/f"]);
    assert_eq!(
        made(&changes),
        [
            ("only".to_owned(), MadeKind::EmptyFolder),
            ("out/deep/empty".to_owned(), MadeKind::EmptyFolder),
            ("out/fifo".to_owned(), MadeKind::Fifo),
            ("out/file".to_owned(), MadeKind::File),
            ("out/link".to_owned(), MadeKind::Link),
            ("tool/in".to_owned(), MadeKind::File),
        ]
    );
    assert_eq!(changes.made[3].size, 5);
}

#[test]
fn a_folder_that_is_made_again_hides_what_was_in_it() {
    let changes = changes_of(
        &example(),
        "rm -r folder; mkdir folder; printf new > folder/new",
    );
    assert_eq!(
        texts(&changes.deleted),
        ["folder/c", "folder/d", "folder/deep/e"]
    );
    assert_eq!(made(&changes), [("folder/new".to_owned(), MadeKind::File)]);
}

#[test]
fn a_folder_that_is_moved_is_deleted_here_and_made_there() {
    let changes = changes_of(
        &example(),
        "mv other moved; rm -r folder; printf x > folder",
    );
    assert_eq!(
        texts(&changes.deleted),
        ["folder/c", "folder/d", "folder/deep/e", "other/f"]
    );
    assert_eq!(
        made(&changes),
        [
            ("folder".to_owned(), MadeKind::File),
            ("moved/f".to_owned(), MadeKind::File)
        ]
    );
}

#[test]
fn odd_names_are_kept_byte_for_byte() {
    let changes = changes_of(
        &example(),
        r#"printf x > "$(printf 'caf\351 \n')"; printf y > '-rf'"#,
    );
    assert_eq!(changes.made.len(), 2);
    assert_eq!(changes.made[1].path.as_os_str().as_bytes(), b"caf\xe9 ");
}

#[test]
fn sockets_devices_and_deep_folders_end_the_walk_nowhere() {
    let sandbox = example();
    let source = source(&sandbox);
    for style in STYLES {
        let mut mounted = Mounted::new(&sandbox, &source, &[], style);
        let socket =
            std::os::unix::net::UnixListener::bind(mounted.point.join("socket")).expect("a socket");
        let script = "mknod device c 1 3; n=$(printf 'x%.0s' $(seq 200)); i=0
            while [ $i -lt 300 ]; do mkdir $n; cd -P ./$n; i=$((i+1)); done; printf deep > file";
        let status = Command::new("sh")
            .args(["-euc", script])
            .current_dir(&mounted.point)
            .status();
        assert!(status.expect("sh runs").success());
        drop(socket);
        let changes = mounted.end();
        let kinds: BTreeSet<_> = changes.made.iter().map(|file| file.kind).collect();
        assert_eq!(
            kinds,
            BTreeSet::from([MadeKind::Device, MadeKind::Socket, MadeKind::TooDeep])
        );
        assert_eq!(changes.made.len(), 3);
    }
}

#[test]
fn the_source_is_never_written_and_everything_has_its_owner() {
    let sandbox = example();
    let source = source(&sandbox);
    let before = std::fs::metadata(source.path.join("a")).expect("a file");
    for style in STYLES {
        let mut mounted = Mounted::new(&sandbox, &source, &[path("in/x")], style);
        for name in [".", "a", "folder", "folder/deep/e", "in", "in/x"] {
            let facts = std::fs::metadata(mounted.point.join(name)).expect(name);
            assert_eq!((facts.uid(), facts.gid()), (1000, 1000), "{name}");
            assert_eq!(facts.mtime(), 315_532_800, "{name}");
        }
        std::fs::write(mounted.point.join("a"), "changed").expect("written");
        std::fs::remove_file(mounted.point.join("b")).expect("removed");
        mounted.end();
    }
    let after = std::fs::metadata(source.path.join("a")).expect("a file");
    assert_eq!(
        (before.ino(), before.ctime(), before.ctime_nsec()),
        (after.ino(), after.ctime(), after.ctime_nsec())
    );
    assert!(source.path.join("b").exists());
}

#[test]
fn what_a_run_writes_is_counted_while_it_writes() {
    let sandbox = example();
    let source = source(&sandbox);
    for style in STYLES {
        let mounted = Mounted::new(&sandbox, &source, &[], style);
        assert_eq!(mounted.workspace.bytes_written().expect("a number"), 0);
        std::fs::create_dir(mounted.point.join("out")).expect("a folder");
        let content = vec![7; 3 << 20];
        std::fs::write(mounted.point.join("out/big"), &content).expect("written");
        std::fs::hard_link(
            mounted.point.join("out/big"),
            mounted.point.join("out/same"),
        )
        .expect("a link");
        let sparse = std::fs::File::create(mounted.point.join("sparse")).expect("a file");
        sparse.set_len(1 << 40).expect("a length");
        let status = Command::new("sync").arg("-f").arg(&mounted.point).status();
        assert!(status.expect("sync runs").success());
        let bytes = mounted.workspace.bytes_written().expect("a number");
        assert!((3 << 20..4 << 20).contains(&bytes), "{bytes}");
    }
}

#[test]
fn counting_bears_with_names_that_come_and_go() {
    let sandbox = example();
    let source = source(&sandbox);
    let mounted = Mounted::new(&sandbox, &source, &[], WorkspaceStyle::Copy);
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..300 {
                let folder = mounted.point.join(format!("d{}", round % 3));
                std::fs::create_dir_all(folder.join("x/y/z")).expect("folders");
                std::fs::write(folder.join("x/f"), "f").expect("a file");
                std::fs::remove_dir_all(&folder).expect("removed");
            }
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !ended.load(std::sync::atomic::Ordering::Relaxed) {
            mounted.workspace.bytes_written().expect("a number");
        }
    });
}

#[test]
fn everything_is_removed_whatever_its_mode_and_nothing_outside() {
    let sandbox = example();
    let source = source(&sandbox);
    let outside = sandbox.folder.path().join("outside");
    std::fs::create_dir(&outside).expect("a folder");
    std::fs::write(outside.join("file"), "x").expect("a file");
    let mounted = Mounted::new(&sandbox, &source, &[], WorkspaceStyle::Copy);
    let locked = mounted.point.join("locked");
    std::fs::create_dir_all(locked.join("in")).expect("folders");
    std::fs::write(locked.join("in/file"), "x").expect("a file");
    std::os::unix::fs::symlink(&outside, locked.join("link")).expect("a link");
    for folder in [locked.join("in"), locked] {
        let nobody = std::fs::Permissions::from_mode(0o0);
        std::fs::set_permissions(&folder, nobody).expect("a mode");
        std::os::unix::fs::chown(&folder, Some(1000), Some(1000)).expect("root may");
    }
    drop(mounted);
    assert!(outside.join("file").exists());
}

#[test]
fn an_input_cannot_land_on_or_beneath_what_the_source_has() {
    let sandbox = example();
    let source = source(&sandbox);
    for (point, blocked) in [
        ("a", "a"),
        ("a/x", "a"),
        ("link/x", "link"),
        ("folder", "folder"),
    ] {
        for style in STYLES {
            let run = tempfile::tempdir_in(sandbox.folder.path()).expect("a folder");
            let error = Workspace::prepare(run.path(), &source, &[path(point)], style)
                .err()
                .expect("it is refused");
            assert!(
                matches!(&error, WorkspaceError::MountPointBlocked { blocked_by, .. } if blocked_by == blocked),
                "{error}"
            );
            assert!(!run.path().join("workspace").exists());
        }
    }
}

#[test]
fn a_path_that_an_overlay_cannot_name_is_refused() {
    let sandbox = example();
    let source = source(&sandbox);
    for name in ["a:b", "a,b", "a\\b", "a\nb"] {
        let run = sandbox.folder.path().join(name);
        std::fs::create_dir(&run).expect("a folder");
        let error = Workspace::prepare(&run, &source, &[], WorkspaceStyle::Overlay)
            .err()
            .expect("it is refused");
        assert!(
            matches!(error, WorkspaceError::OverlayPath { .. }),
            "{error}"
        );
        let copy = Workspace::prepare(&run, &source, &[], WorkspaceStyle::Copy);
        copy.expect("a copy").remove().expect("removed");
    }
}

/// One thing that a run does; what the file system refuses does not happen.
#[derive(Clone, Debug)]
enum Edit {
    Write(usize, u8),
    Remove(usize),
    MakeFolder(usize),
    Rename(usize, usize),
    Link(usize),
    Mode(usize, bool),
}

const NAMES: [&str; 10] = [
    "a",
    "b",
    "folder",
    "folder/c",
    "folder/deep",
    "folder/deep/e",
    "other",
    "other/f",
    "new",
    "new/g",
];

fn apply(root: &Path, edit: &Edit) {
    let at = |index: &usize| root.join(NAMES[*index]);
    let _ = match edit {
        Edit::Write(name, content) => {
            let path = at(name);
            if path.is_symlink() {
                return;
            }
            std::fs::write(path, [*content])
        }
        Edit::Remove(name) => {
            let path = at(name);
            if path.is_dir() && !path.is_symlink() {
                std::fs::remove_dir_all(path)
            } else {
                std::fs::remove_file(path)
            }
        }
        Edit::MakeFolder(name) => std::fs::create_dir(at(name)),
        Edit::Rename(from, to) => {
            let (from, to) = (at(from), at(to));
            // An overlay refuses to move a folder of its lower layer, and programs then copy and remove.
            if from.is_dir() && !from.is_symlink() {
                return;
            }
            std::fs::rename(from, to)
        }
        Edit::Link(name) => std::os::unix::fs::symlink("a", at(name)),
        Edit::Mode(name, executable) => {
            let path = at(name);
            if path.is_symlink() || path.is_dir() {
                return;
            }
            let mode = if *executable { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        }
    };
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let name = 0..NAMES.len();
    prop_oneof![
        (name.clone(), any::<u8>()).prop_map(|(name, content)| Edit::Write(name, content)),
        name.clone().prop_map(Edit::Remove),
        name.clone().prop_map(Edit::MakeFolder),
        (name.clone(), name.clone()).prop_map(|(from, to)| Edit::Rename(from, to)),
        name.clone().prop_map(Edit::Link),
        (name, any::<bool>()).prop_map(|(name, executable)| Edit::Mode(name, executable)),
    ]
}

#[test]
fn any_edits_are_the_same_changes_in_both_styles() {
    let sandbox = example();
    let source = source(&sandbox);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let edits = proptest::collection::vec(any_edit(), 0..12);
    let outcome = runner.run(&edits, |edits| {
        let [left, right] = STYLES.map(|style| {
            let mut mounted = Mounted::new(&sandbox, &source, &[path("folder/in")], style);
            for edit in &edits {
                apply(&mounted.point, edit);
            }
            mounted.end()
        });
        prop_assert_eq!(left, right);
        Ok(())
    });
    outcome.expect("both styles agree");
}
