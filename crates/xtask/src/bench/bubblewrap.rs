//! Runs on the engine bubblewrap.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::DOCKER_RUN;
use super::figure::Figure;
use super::material::Material;
use crate::process::{TaskError, capture, say};

/// How many runs must leave everything as large as it was.
const REPEATED: &str = "20";

/// By how much the memory of a process may grow between the fifth and the twentieth run: what an allocator keeps.
const SLACK: u64 = 512 << 10;

/// The figures of the engine bubblewrap.
///
/// # Errors
/// When a command fails.
pub(super) fn figures(release: &Path, material: &Material) -> Result<Vec<Figure>, TaskError> {
    let run = || material.resow("bubblewrap", &["run", "true", "--force"]);
    let root = root(material)?;
    Ok(vec![
        Figure::ratio(
            "a run of `true` on bubblewrap",
            ("resow --engine bubblewrap run true --force", &mut || run()),
            (DOCKER_RUN, &mut || material.docker_run()),
            Some(0.20),
        )?,
        Figure::added(
            "what resow adds to bubblewrap",
            ("resow --engine bubblewrap run true --force", &mut || run()),
            ("bwrap --unshare-all … true", &mut || {
                let mut command = bare(&root);
                command.arg("true");
                command
            }),
            None,
        )?,
        growth(release, material)?,
    ])
}

/// Where the image has its programs.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// bubblewrap by itself, with the namespaces and mounts that resow asks for; the command and more options follow.
pub(super) fn bare(root: &Path) -> Command {
    let mut command = Command::new("bwrap");
    command
        .args([
            "--unshare-all",
            "--unshare-user",
            "--uid",
            "1000",
            "--gid",
            "1000",
        ])
        .args([
            "--disable-userns",
            "--as-pid-1",
            "--die-with-parent",
            "--new-session",
        ])
        .arg("--ro-bind")
        .arg(root)
        .args([
            "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm",
        ])
        .args([
            "--tmpfs",
            "/tmp",
            "--tmpfs",
            "/home/resow",
            "--tmpfs",
            "/workspace",
        ])
        .args([
            "--chdir",
            "/workspace",
            "--clearenv",
            "--setenv",
            "PATH",
            PATH,
        ]);
    command
}

/// The unpacked image.
pub(super) fn root(material: &Material) -> Result<PathBuf, TaskError> {
    let roots = material.roots().join("roots");
    let mut found = std::fs::read_dir(&roots)?;
    let first = found.find_map(|entry| {
        let root = entry.ok()?.path().join("root");
        root.is_dir().then_some(root)
    });
    first.ok_or_else(|| TaskError::new(format!("no image is unpacked in `{}`", roots.display())))
}

/// What grows over many runs in one process: nothing may.
fn growth(release: &Path, material: &Material) -> Result<Figure, TaskError> {
    say("measuring what grows over many runs");
    let work = material.folder().join("repeated");
    std::fs::create_dir(&work)?;
    let mut command = Command::new(release.join("examples/repeated"));
    command.arg(material.roots()).arg(&work).arg(REPEATED);
    let said = capture(&mut command)?;
    let mut grown = Vec::new();
    let mut counts = Vec::new();
    for line in said.lines() {
        let words: Vec<_> = line.split(' ').collect();
        let [what, early, late] = words.as_slice() else {
            return Err(TaskError::new(format!("`repeated` says `{line}`")));
        };
        let number = |word: &str| {
            word.parse::<u64>()
                .map_err(|_| TaskError::new(format!("`repeated` says `{line}`")))
        };
        let growth = number(late)?.saturating_sub(number(early)?);
        let slack = if *what == "memory" { SLACK } else { 0 };
        if growth > slack {
            grown.push(*what);
        }
        counts.push(format!("{what} {growth}"));
    }
    Ok(Figure {
        name: format!("growth from the 5th to the {REPEATED}th run in one process"),
        value: counts.join(", "),
        bound: format!("memory {} KiB, else 0", SLACK >> 10),
        holds: grown.is_empty(),
    })
}
