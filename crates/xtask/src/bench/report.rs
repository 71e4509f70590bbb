//! The figures as a page: what was measured where, and whether it holds.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::RUNS;
use super::figure::Figure;
use crate::process::{TaskError, capture, command};

/// The page.
pub(crate) fn write(figures: &[Figure]) -> String {
    let mut page = format!(
        "# Benchmark of {}\n\n{}\n\nMedians of {RUNS} whole processes, run in turn with the command that each is held against.\n\n\
         | what | measured | at most | holds |\n| --- | --- | --- | --- |\n",
        today(),
        machine()
    );
    for figure in figures {
        let holds = if figure.holds {
            "yes"
        } else {
            "**no: it falls short**"
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {holds} |",
            figure.name,
            figure.value.replace('|', "\\|"),
            figure.bound
        );
    }
    page
}

/// Writes the page into the repository.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn save(root: &Path, page: &str) -> Result<PathBuf, TaskError> {
    let folder = root.join("benchmarks");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.md", today()));
    fs::write(&path, page)?;
    Ok(path)
}

fn today() -> String {
    capture(&mut command("date", ["--utc", "+%Y-%m-%d"])).unwrap_or_default()
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split(':').nth(1)?.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown processor".to_owned());
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = capture(&mut command(
        "docker",
        [
            "info",
            "--format",
            "Docker Engine {{.ServerVersion}} ({{.Driver}})",
        ],
    ))
    .unwrap_or_default();
    let kernel = capture(&mut command("uname", ["-r"])).unwrap_or_default();
    format!("{processor}, {count} processors, Linux {kernel}, {engine}")
}
