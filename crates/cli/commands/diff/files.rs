//! Two files, by what they hold. Nothing is hashed: each byte is read once, and once more where they differ.

use std::fs::File;
use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::Source;
use resow_verifier::difference::{Agreement, Comparison, are_same_bytes, compare_files_with};
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::reader;
use crate::report::differences;
use crate::report::lines::Lines;
use crate::report::sides::Sides;
use crate::report::terminal::{bad, good, visible};
use crate::work_file::cannot_read;

/// Compares two files.
pub(super) fn diff(left: &str, right: &str) -> Result<Answer, Failure> {
    let (first, second) = (source(left)?, source(right)?);
    let comparison = if are_same_bytes(&first, &second).map_err(cannot_read(left))? {
        None
    } else {
        let name = Path::new(right).file_name().unwrap_or_default();
        let comparator = Comparator::of(ComparatorKind::Auto);
        let compared = compare_files_with(
            &name.to_string_lossy(),
            &first,
            &second,
            &comparator,
            reader(),
        );
        Some(compared.map_err(cannot_read(left))?)
    };
    let word = word(comparison.as_ref());
    let exit = if word == "different" {
        Exit::Different
    } else {
        Exit::Done
    };
    let colored = match exit {
        Exit::Done => good(word),
        _ => bad(word),
    };
    let mut lines = Lines::of(Sides::PLACES);
    if let Some(comparison) = &comparison {
        differences::tell(&mut lines, right, comparison);
    }
    lines.say(format!(
        "{colored}: {} and {}",
        visible(left),
        visible(right)
    ));
    Ok(Answer::new(
        exit,
        lines.into_text(),
        json!({
            "left": left,
            "right": right,
            "agreement": word,
            "comparison": comparison,
        }),
    ))
}

fn source(path: &str) -> Result<Source, Failure> {
    let file = File::open(path).map_err(cannot_read(path))?;
    Source::of_file(file).map_err(cannot_read(path))
}

fn word(comparison: Option<&Comparison>) -> &'static str {
    match comparison.map(|one| one.agreement) {
        None => "identical",
        Some(Agreement::Equivalent) => "equivalent",
        Some(Agreement::WithinTolerance { .. }) => "within-tolerance",
        Some(Agreement::Different) => "different",
    }
}
