//! `resow diff`: two records, claims, revisions, folders or files: where they differ, and how far apart they are.

mod bytes;
mod comparison;
mod facts;
mod files;
mod naming;
mod revisions;
mod side;
mod text;

use std::collections::BTreeSet;
use std::path::Path;

use resow_executor::interrupt::Interrupt;
use resow_verifier::digesting::{DigestOptions, twins};

use self::comparison::Comparison;
use self::naming::Named;
use self::side::Side;
use crate::answer::Answer;
use crate::arguments::Common;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::lines::Lines;
use crate::report::sides::Sides;
use crate::work_file::cannot_read;

/// Compares what two arguments name. Files and folders are compared outside a repository as well.
pub(crate) fn diff(
    common: &Common,
    interrupt: &Interrupt,
    left: &str,
    right: &str,
) -> Result<Answer, Failure> {
    let project = Project::open(common, interrupt.clone());
    interrupt.ending_at_once(|| match project {
        Ok(project) => compared(&project, left, right),
        Err(failure) if common.directory.is_dir() => {
            plain(common, left, right).unwrap_or(Err(failure))
        }
        Err(failure) => Err(failure),
    })
}

/// Compares two files or two folders where there is no repository; `None` where the arguments name something else.
fn plain(common: &Common, left: &str, right: &str) -> Option<Result<Answer, Failure>> {
    let (first, second) = (Path::new(left), Path::new(right));
    if first.is_file() && second.is_file() {
        return Some(files::diff(left, right));
    }
    (first.is_dir() && second.is_dir()).then(|| folders(None, common, first, second))
}

fn compared(project: &Project, left: &str, right: &str) -> Result<Answer, Failure> {
    if Path::new(left).is_file() && Path::new(right).is_file() && !is_claim(left) {
        return files::diff(left, right);
    }
    match (Named::find(project, left)?, Named::find(project, right)?) {
        (Named::File, Named::File) => files::diff(left, right),
        (Named::Revision(first), Named::Revision(second)) => {
            revisions::diff(project, [left, right], &[first, second])
        }
        (Named::Folder(first), Named::Folder(second)) => {
            folders(Some(project), &project.common, &first, &second)
        }
        (first, second) => {
            let experiment = first.experiment().or_else(|| second.experiment());
            let first = first.into_side(project, left, experiment.as_ref())?;
            let second = second.into_side(project, right, experiment.as_ref())?;
            Ok(answer(&Comparison::of(Some(project), first, second, 0)?))
        }
    }
}

/// Compares two folders. People are told how many files need no further look; programs are told of each.
fn folders(
    project: Option<&Project>,
    common: &Common,
    left: &Path,
    right: &Path,
) -> Result<Answer, Failure> {
    let name = left.display().to_string();
    let twins = match common.json {
        true => BTreeSet::new(),
        false => twins(left, right, &DigestOptions::default()).map_err(cannot_read(&name))?,
    };
    let (first, second) = (
        Side::of_folder(left, &twins)?,
        Side::of_folder(right, &twins)?,
    );
    let found = Comparison::of(project, first, second, twins.len())?;
    Ok(answer(&found))
}

fn answer(found: &Comparison) -> Answer {
    let mut lines = Lines::of(Sides::PLACES);
    text::tell(&mut lines, found);
    lines.say(text::summary(found));
    Answer::new(found.exit(), lines.into_text(), found.fields())
}

/// Whether the file is one that says what an experiment gave, rather than something it gave.
fn is_claim(path: &str) -> bool {
    path.ends_with(".claim.toml")
}
