//! The whole matrix of experiments, engines and conditions as a dated table.

use std::fs;
use std::path::PathBuf;

use crate::process::{TaskError, capture, command, root, say};

/// How often each run is repeated for the table.
const REPETITIONS: &str = "10";

/// A table in the making: the tests add lines to a file.
pub(crate) struct Matrix {
    lines: PathBuf,
}

impl Matrix {
    /// An empty table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn begin() -> Result<Self, TaskError> {
        let lines = root().join("target/matrix.tsv");
        fs::write(&lines, "")?;
        Ok(Self { lines })
    }

    /// What the tests are told.
    pub(crate) fn variables(&self) -> [(&'static str, String); 2] {
        [
            ("RESOW_MATRIX", self.lines.to_string_lossy().into_owned()),
            ("RESOW_REPETITIONS", REPETITIONS.to_owned()),
        ]
    }

    /// Writes `benchmarks/determinism-<date>.md`.
    ///
    /// # Errors
    /// When a line of a test is none, or the table cannot be written.
    pub(crate) fn finish(self) -> Result<(), TaskError> {
        let date = capture(&mut command("date", ["--utc", "+%Y-%m-%d"]))?;
        let host = capture(&mut command("sh", ["-c", HOST]))?;
        let mut text = format!(
            "# What came out equal, {date}\n\nWritten by `cargo xtask test --all`, on {host}. Each line: how many runs \
             there were, and how many different results.\n\n\
             | experiment | engine | condition | runs | different results |\n| --- | --- | --- | --: | --: |\n"
        );
        let lines = fs::read_to_string(&self.lines)?;
        let mut rows: Vec<_> = lines.lines().collect();
        rows.sort_unstable();
        for row in rows {
            let cells: Vec<_> = row.split('\t').collect();
            if cells.len() != 5 {
                return Err(TaskError::new(format!("a test noted `{row}`")));
            }
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        let path = root().join(format!("benchmarks/determinism-{date}.md"));
        fs::write(&path, text)?;
        say(&format!("written to {}", path.display()));
        Ok(())
    }
}

/// The host in a line.
const HOST: &str = "echo \"$(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)\"";
