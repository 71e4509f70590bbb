//! Real repositories, made with git itself.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use resow_executor::source::{Repository, Selection};
use resow_manifest::identifiers::CommitId;
use resow_manifest::manifest::IncludePattern;

pub(crate) struct Sandbox {
    pub(crate) folder: tempfile::TempDir,
}

impl Sandbox {
    /// An empty folder with a git repository in `repository`.
    pub(crate) fn new() -> Self {
        let sandbox = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        std::fs::create_dir(sandbox.root()).expect("a folder");
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }

    pub(crate) fn make_executable(&self, name: &str) {
        let permissions = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path(name), permissions).expect("a mode");
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.root(), arguments)
    }

    /// Stages everything and commits it.
    pub(crate) fn commit(&self, message: &str) -> CommitId {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
            .parse()
            .expect("a commit hash")
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::discover(&self.root()).expect("a repository")
    }

    /// Writes an object as it is, checked by nobody.
    pub(crate) fn object(&self, kind: &str, content: &[u8]) -> String {
        git_with_input(
            &self.root(),
            &["hash-object", "-w", "--literally", "--stdin", "-t", kind],
            content,
        )
    }

    /// A commit of this tree object.
    pub(crate) fn commit_tree(&self, tree: &str) -> CommitId {
        self.git(&["commit-tree", "-m", "made", tree])
            .parse()
            .expect("a commit hash")
    }
}

pub(crate) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    git_with_input(folder, arguments, b"")
}

pub(crate) fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").expect("a PATH"))
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "a")
        .env("GIT_AUTHOR_EMAIL", "a@localhost")
        .env("GIT_COMMITTER_NAME", "a")
        .env("GIT_COMMITTER_EMAIL", "a@localhost")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

pub(crate) fn everything() -> Selection {
    Selection::default()
}

pub(crate) fn including(patterns: &[&str]) -> Selection {
    Selection {
        include: patterns.iter().map(|text| pattern(text)).collect(),
        exclude: Vec::new(),
    }
}

pub(crate) fn pattern(text: &str) -> IncludePattern {
    IncludePattern::new(text.parse().expect("a location")).expect("a path or glob")
}

/// The paths that enter, sorted.
pub(crate) fn entering(
    repository: &Repository,
    commit: &CommitId,
    selection: &Selection,
) -> Vec<String> {
    let selected = repository.select(commit, selection).expect("a selection");
    let mut paths: Vec<_> = selected
        .entries()
        .iter()
        .map(|entry| entry.path().to_string())
        .collect();
    paths.sort();
    paths
}

/// A raw tree object.
pub(crate) fn raw_tree(entries: &[(&str, &[u8], &str)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (mode, name, hash) in entries {
        content.extend_from_slice(mode.as_bytes());
        content.push(b' ');
        content.extend_from_slice(name);
        content.push(0);
        for pair in hash.as_bytes().chunks(2) {
            let text = std::str::from_utf8(pair).expect("hexadecimal");
            content.push(u8::from_str_radix(text, 16).expect("hexadecimal"));
        }
    }
    content
}
