//! A table of what was tried and what stopped it, in a document.

use std::fs;
use std::path::PathBuf;

use crate::environment::checkout;
use crate::farm::Engine;

/// Where the table stands in the document.
const BEGIN: &str = "<!-- The table is written by tests/hostile_experiment.rs. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// When set, the document is rewritten, not compared.
const REWRITE: &str = "RESOW_WRITE_TABLES";

/// What one engine did about one attempt.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) held: bool,
    pub(crate) words: String,
}

/// Rows in the order of the attempts, a column for each engine.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, Vec<Cell>)>,
}

impl Table {
    /// Adds a column; every engine must have met every attempt.
    pub(crate) fn add(&mut self, column: Vec<(String, Cell)>) {
        if self.rows.is_empty() {
            self.rows = column
                .iter()
                .map(|(what, _)| (what.clone(), Vec::new()))
                .collect();
        }
        assert_eq!(
            self.rows.len(),
            column.len(),
            "each engine meets each attempt"
        );
        for ((what, cells), (also, cell)) in self.rows.iter_mut().zip(column) {
            assert_eq!(*what, also, "the attempts are made in order");
            cells.push(cell);
        }
    }

    pub(crate) fn rows(&self) -> &[(String, Vec<Cell>)] {
        &self.rows
    }

    /// As the document has it.
    pub(crate) fn text(&self, engines: &[Engine], versions: &str) -> String {
        let headings: Vec<_> = engines.iter().map(|engine| engine.heading()).collect();
        let mut text = format!(
            "\n{} attempts; {versions}.\n\n| # | what is tried | {} |\n| --: | --- |{}\n",
            self.rows.len(),
            headings.join(" | "),
            " --- |".repeat(engines.len())
        );
        for (number, (what, cells)) in self.rows.iter().enumerate() {
            let words: Vec<_> = cells.iter().map(Cell::text).collect();
            text += &format!("| {} | {what} | {} |\n", number + 1, words.join(" | "));
        }
        text + "\n"
    }
}

impl Cell {
    fn text(&self) -> String {
        if self.held {
            self.words.clone()
        } else {
            format!("**open**: {}", self.words)
        }
    }
}

/// Compares the table with the document's, or writes it there. Answers differ by kernel and engine: on other versions
/// than those of the document, the attempts are compared alone.
pub(crate) fn settle(table: &Table, engines: &[Engine], versions: &str) {
    let path: PathBuf = checkout().join("docs/isolation.md");
    let document = fs::read_to_string(&path).expect("the document");
    let (before, rest) = document.split_once(BEGIN).expect("where the table begins");
    let (committed, after) = rest.split_once(END).expect("where the table ends");
    let text = table.text(engines, versions);
    if std::env::var_os(REWRITE).is_some() {
        fs::write(&path, format!("{before}{BEGIN}{text}{END}{after}")).expect("written");
        return;
    }
    let hint = format!("`{REWRITE}=1 cargo test --test hostile_experiment` writes it anew");
    if committed.lines().nth(1) == text.lines().nth(1) {
        assert_eq!(committed, text, "docs/isolation.md is stale: {hint}");
    } else {
        assert_eq!(
            attempts(committed),
            attempts(&text),
            "docs/isolation.md is stale: {hint}"
        );
    }
}

/// The first two columns.
fn attempts(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with("| "));
    rows.skip(2)
        .filter_map(|line| line.split(" | ").nth(1))
        .collect()
}
