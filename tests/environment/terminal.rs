//! How wide what is printed is, in a pipe and in a terminal.

use super::Repository;

/// Insists that no line is wider than this, but for one that is a single word.
#[track_caller]
pub fn fits(text: &str, width: usize) {
    for line in text.lines() {
        let is_word = !line.trim().contains(' ');
        assert!(line.chars().count() <= width || is_word, "{line}\n{text}");
    }
}

impl Repository<'_> {
    /// What resow prints in a terminal of 40 columns, called as the shell reads it.
    pub fn in_narrow_terminal(&self, arguments: &str) -> String {
        let line = format!(
            "stty cols 40 rows 50; '{}' {arguments}",
            env!("CARGO_BIN_EXE_resow")
        );
        let narrow = self.environment.run(
            self.environment
                .command("script", &self.path("."))
                .args(["--quiet", "--return", "--command", &line, "/dev/null"])
                .env("NO_COLOR", "1")
                .env("SHELL", "/bin/sh"),
        );
        narrow.stdout.replace('\r', "")
    }
}
