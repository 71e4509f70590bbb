//! Snapshots: what they hold, and what they leave alone.

#[expect(dead_code, reason = "trees are made by hand elsewhere")]
mod source_support;

use std::time::Duration;

use resow_executor::source::{Keep, Repository, Snapshot, SourceError};
use source_support::{Sandbox, entering, everything, git_in};

fn kept(sandbox: &Sandbox) -> Snapshot {
    sandbox
        .open()
        .snapshot(&[], Keep::Reference)
        .expect("a snapshot")
}

fn files(sandbox: &Sandbox, snapshot: &Snapshot) -> Vec<String> {
    sandbox
        .git(&["ls-tree", "-r", snapshot.commit.as_str()])
        .lines()
        .map(|line| {
            let (facts, path) = line.split_once('\t').expect("a path");
            format!("{} {path}", &facts[..6])
        })
        .collect()
}

#[test]
fn nothing_changed_is_head() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    sandbox.write("folder/b", "2");
    sandbox.make_executable("folder/b");
    std::os::unix::fs::symlink("a", sandbox.path("link")).expect("a link");
    let head = sandbox.commit("first");
    sandbox.write("untracked", "secret");
    let snapshot = kept(&sandbox);
    assert_eq!((snapshot.commit, snapshot.is_head), (head, true));
    assert_eq!(sandbox.git(&["for-each-ref", "refs/resow"]), "");
    // Touched, with the same content.
    std::thread::sleep(Duration::from_millis(20));
    sandbox.write("a", "1");
    assert!(kept(&sandbox).is_head);
}

#[test]
fn every_kind_of_change_is_in_a_snapshot_and_nothing_else_moves() {
    let sandbox = Sandbox::new();
    for name in ["same", "edited", "deleted", "mode", "old-name", "replaced"] {
        sandbox.write(name, name);
    }
    let head = sandbox.commit("first");
    sandbox.write("edited", "EDITED");
    std::fs::remove_file(sandbox.path("deleted")).expect("it is there");
    sandbox.make_executable("mode");
    sandbox.git(&["mv", "old-name", "new-name"]);
    sandbox.write("staged", "staged");
    sandbox.git(&["add", "staged"]);
    sandbox.write("staged", "edited after staging");
    sandbox.write("intended", "intended");
    sandbox.git(&["add", "-N", "intended"]);
    std::fs::remove_file(sandbox.path("replaced")).expect("it is there");
    std::os::unix::fs::symlink("same", sandbox.path("replaced")).expect("a link");
    sandbox.write("untracked", "secret");
    sandbox.write("experiments/a.toml", "manifest");
    let index = std::fs::read(sandbox.path(".git/index")).expect("an index");
    let status = sandbox.git(&["status", "--porcelain"]);

    let snapshot = sandbox
        .open()
        .snapshot(&["experiments/a.toml"], Keep::Reference)
        .expect("a snapshot");
    assert!(!snapshot.is_head);
    assert_eq!(
        files(&sandbox, &snapshot),
        [
            "100644 edited",
            "100644 experiments/a.toml",
            "100644 intended",
            "100755 mode",
            "100644 new-name",
            "120000 replaced",
            "100644 same",
            "100644 staged",
        ]
    );
    let commit = snapshot.commit.as_str();
    assert_eq!(
        sandbox.git(&["show", &format!("{commit}:staged")]),
        "edited after staging"
    );
    assert_eq!(
        sandbox.git(&["rev-parse", &format!("{commit}^")]),
        head.as_str()
    );
    assert_eq!(
        sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/resow"]),
        format!("refs/resow/snapshots/{commit}")
    );
    sandbox.git(&["fsck", "--strict"]);
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), head.as_str());
    assert_eq!(
        std::fs::read(sandbox.path(".git/index")).expect("an index"),
        index
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), status);
}

#[test]
fn equal_files_give_the_equal_commit_kept_or_not() {
    let sandbox = Sandbox::new();
    sandbox.write("a/b/c", "1");
    sandbox.write("a.b", "2");
    sandbox.commit("first");
    sandbox.write("a/b/c", "changed");
    let repository = sandbox.open();
    let in_memory = repository.snapshot(&[], Keep::Memory).expect("a snapshot");
    assert_eq!(sandbox.git(&["count-objects"]).split(' ').next(), Some("6"));
    assert_eq!(
        entering(&repository, &in_memory.commit, &everything()),
        ["a.b", "a/b/c"]
    );
    assert_eq!(
        repository
            .read_file(&in_memory.commit, "a/b/c")
            .expect("whole"),
        Some(b"changed".to_vec())
    );
    assert_eq!(
        repository
            .resolve(in_memory.commit.as_str())
            .expect("known"),
        in_memory.commit
    );
    assert_eq!(
        repository
            .commits_reachable(&in_memory.commit, 9)
            .expect("known")
            .count(),
        2
    );
    assert!(!sandbox.open().contains(&in_memory.commit));
    assert_eq!(kept(&sandbox), in_memory);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(kept(&sandbox), in_memory);
    // Committed, the same content is the same tree.
    sandbox.commit("second");
    let tree = |revision: &str| sandbox.git(&["rev-parse", &format!("{revision}^{{tree}}")]);
    assert_eq!(tree("HEAD"), tree(in_memory.commit.as_str()));
}

#[test]
fn a_snapshot_works_before_the_first_commit() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let repository = sandbox.open();
    assert_eq!(repository.head().expect("no head"), None);
    let only_manifest = repository
        .snapshot(&["a"], Keep::Memory)
        .expect("a snapshot without an index");
    sandbox.git(&["add", "a"]);
    let snapshot = kept(&sandbox);
    assert_eq!(only_manifest, snapshot);
    assert_eq!(files(&sandbox, &snapshot), ["100644 a"]);
}

#[test]
fn a_change_that_hides_its_size_and_time_is_found() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "aaaa");
    sandbox.commit("first");
    let file = std::fs::File::options()
        .write(true)
        .open(sandbox.path("a"))
        .expect("a file");
    let modified = file
        .metadata()
        .and_then(|facts| facts.modified())
        .expect("a time");
    drop(file);
    // At once: within the same tick as the index was written, perhaps.
    sandbox.write("a", "bbbb");
    let file = std::fs::File::options()
        .write(true)
        .open(sandbox.path("a"))
        .expect("a file");
    file.set_modified(modified).expect("a time");
    drop(file);
    assert!(!kept(&sandbox).is_head);
}

#[test]
fn edits_within_the_tick_of_the_index_are_found() {
    for round in 0..20 {
        let sandbox = Sandbox::new();
        sandbox.write("a", "aaaa");
        sandbox.commit("first");
        sandbox.write("a", "bbbb");
        assert!(!kept(&sandbox).is_head, "round {round}");
    }
}

#[test]
fn what_has_no_content_is_refused_and_never_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    sandbox.commit("first");
    std::fs::remove_file(sandbox.path("a")).expect("it is there");
    let status = std::process::Command::new("mkfifo")
        .arg(sandbox.path("a"))
        .status();
    assert!(status.expect("mkfifo runs").success());
    let error = sandbox
        .open()
        .snapshot(&[], Keep::Memory)
        .expect_err("a FIFO");
    assert_eq!(error.to_string(), "`a` is a FIFO, not a file");
}

#[test]
fn a_tracked_folder_that_became_a_link_is_deleted_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("folder/a", "1");
    sandbox.write("b", "2");
    sandbox.commit("first");
    std::fs::rename(
        sandbox.path("folder"),
        sandbox.folder.path().join("elsewhere"),
    )
    .expect("it is there");
    std::os::unix::fs::symlink("../elsewhere", sandbox.path("folder")).expect("a link");
    assert_eq!(files(&sandbox, &kept(&sandbox)), ["100644 b"]);
}

#[test]
fn a_path_outside_the_repository_is_not_taken_along() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.folder.path().join("secret"), "secret").expect("a file");
    sandbox.write("a", "1");
    sandbox.commit("first");
    for path in ["../secret", "/etc/passwd", ".git/config", "./a", ""] {
        let error = sandbox
            .open()
            .snapshot(&[path], Keep::Memory)
            .expect_err(path);
        assert!(matches!(error, SourceError::UnsafeName { .. }), "{error}");
    }
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitattributes", "*.txt text\n");
    sandbox.write("a.txt", "one\ntwo\n");
    sandbox.write("b.bin", "one\ntwo\n");
    sandbox.commit("first");
    sandbox.write("a.txt", "one\r\ntwo\r\n");
    assert!(kept(&sandbox).is_head);
    sandbox.write("a.txt", "one\r\nthree\r\n");
    let snapshot = kept(&sandbox);
    let read = |name: &str| {
        sandbox
            .open()
            .read_file(&snapshot.commit, name)
            .expect("whole")
            .expect("there")
    };
    assert_eq!(read("a.txt"), b"one\nthree\n");
    sandbox.write("b.bin", "one\r\ntwo\r\n");
    assert_ne!(kept(&sandbox), snapshot);
}

#[test]
fn a_conflict_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    sandbox.commit("first");
    let blob = sandbox.git(&["rev-parse", "HEAD:a"]);
    source_support::git_with_input(
        &sandbox.root(),
        &["update-index", "--index-info"],
        format!(
            "0 {0} 0\ta\n100644 {blob} 1\ta\n100644 {blob} 2\ta\n",
            "0".repeat(40)
        )
        .as_bytes(),
    );
    let error = sandbox
        .open()
        .snapshot(&[], Keep::Memory)
        .expect_err("a conflict");
    assert!(matches!(error, SourceError::Unmerged { .. }), "{error}");
}

#[test]
fn a_submodule_enters_at_its_commit_and_a_dirty_one_is_refused() {
    let inner = Sandbox::new();
    inner.write("code.py", "1");
    inner.commit("inner");
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let url = inner.root().display().to_string();
    sandbox.git(&["submodule", "--quiet", "add", &url, "lib"]);
    sandbox.commit("first");
    assert!(kept(&sandbox).is_head);
    std::fs::write(sandbox.path("lib/code.py"), "22").expect("a file");
    let error = sandbox
        .open()
        .snapshot(&[], Keep::Memory)
        .expect_err("it is dirty");
    assert!(
        matches!(error, SourceError::DirtySubmodule { .. }),
        "{error}"
    );
    git_in(
        &sandbox.path("lib"),
        &["commit", "-q", "-a", "-m", "second"],
    );
    let snapshot = kept(&sandbox);
    assert!(!snapshot.is_head);
    assert_eq!(
        sandbox.git(&["rev-parse", &format!("{}:lib", snapshot.commit)]),
        git_in(&sandbox.path("lib"), &["rev-parse", "HEAD"])
    );
}

#[test]
fn untracked_files_are_named_and_stay_out() {
    let sandbox = Sandbox::new();
    sandbox.write("src/a.py", "1");
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit("first");
    for name in [
        "src/new.py",
        "src/run.log",
        "data/x.csv",
        "data/x.bin",
        "results/r",
        "experiments/e.toml",
    ] {
        sandbox.write(name, "x");
    }
    let repository = sandbox.open();
    let named = |patterns: &[&str]| {
        let include: Vec<_> = patterns
            .iter()
            .map(|text| source_support::pattern(text))
            .collect();
        repository.untracked_covered(&include).expect("a list")
    };
    assert_eq!(named(&["src"]), ["src/new.py"]);
    assert_eq!(named(&["data/*.csv"]), ["data/x.csv"]);
    assert_eq!(named(&["other"]), [""; 0]);
    assert_eq!(named(&[]), ["data/", "src/new.py"]);
    let _ = Repository::discover(&sandbox.root()).expect("still a repository");
}
