//! Two files, by what they hold. Nothing is hashed: each byte is read once, and once more where they differ.

use std::fs::File;
use std::io;
use std::path::Path;

use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_verifier::content::{Format, Source};
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

/// How much is looked at to guess a format.
const HEAD: usize = 4096;

/// Compares two files.
pub(super) fn diff(left: &str, right: &str) -> Result<Answer, Failure> {
    let (first, second) = (source(left)?, source(right)?);
    let mut note = None;
    let comparison = if are_same_bytes(&first, &second).map_err(cannot_read(left))? {
        None
    } else {
        let names = [left, right].map(file_name);
        note = differing_names(&names, [&first, &second]).map_err(cannot_read(left))?;
        let name = Format::name_of_both(&names[0], &names[1]);
        let comparator = Comparator::of(ComparatorKind::Auto);
        let compared = compare_files_with(name, &first, &second, &comparator, reader());
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
    if let Some(note) = note {
        lines.say(note);
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

fn file_name(path: &str) -> String {
    let name = Path::new(path).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// That the names show different formats, where they do.
fn differing_names(names: &[String; 2], [left, right]: [&Source; 2]) -> io::Result<Option<String>> {
    let format =
        |name: &str, source: &Source| Ok::<_, io::Error>(Format::guess(name, &source.head(HEAD)?));
    let formats = (format(&names[0], left)?, format(&names[1], right)?);
    Ok((formats.0 != formats.1).then(|| {
        format!(
            "the names show different formats, {} and {}: content decides",
            formats.0, formats.1
        )
    }))
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
