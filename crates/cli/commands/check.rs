//! `resow check`: what is wrong with manifests, not pinned, or will surprise. Runs nothing.

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::fault::Faults;
use resow_manifest::manifest::{ImageDeclaration, Manifest};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::images;
use crate::project::{ManifestFiles, Project};
use crate::report::{faults, terminal};

/// Reads the manifests named, or all, and reports every fault of every one.
pub(crate) fn check(project: &Project, names: &[ExperimentName]) -> Result<Answer, Failure> {
    let files = if names.is_empty() {
        let files = project.manifest_files()?;
        if files.experiments.is_empty() && files.misnamed.is_empty() {
            return Err(
                Failure::new(Exit::Usage, "there is no manifest in `experiments/`")
                    .with_hint("`resow init` writes a first one"),
            );
        }
        files
    } else {
        ManifestFiles {
            experiments: names.to_vec(),
            misnamed: Vec::new(),
        }
    };
    let mut exit = Exit::Done;
    let mut objects = Vec::new();
    let mut fault_count = 0;
    let mut warning_count = 0;
    for name in &files.experiments {
        let checked = check_one(project, name)?;
        for warning in &checked.warnings {
            let hint = Some(&*warning.hint).filter(|hint| !hint.is_empty());
            terminal::warning(&warning.message, hint);
        }
        exit = exit.and(checked.exit);
        fault_count += checked.faults.len();
        warning_count += checked.warnings.len();
        objects.push(json!({
            "experiment": name,
            "path": name.manifest_path(),
            "faults": checked.faults,
            "warnings": checked.warnings
                .iter()
                .map(|warning| json!({"message": warning.message, "hint": warning.hint}))
                .collect::<Vec<_>>(),
        }));
    }
    for (path, failure) in &files.misnamed {
        terminal::failure(failure);
        exit = exit.and(failure.exit);
        fault_count += 1;
        objects.push(json!({
            "experiment": null,
            "path": path,
            "faults": [fault_of_file("bad-name", failure)],
            "warnings": [],
        }));
    }
    let text = format!(
        "{}: {}, {}",
        counted(objects.len(), "manifest"),
        counted(fault_count, "fault"),
        counted(warning_count, "warning")
    );
    Ok(Answer::new(exit, text, json!({ "manifests": objects })))
}

/// What is wrong with one manifest.
struct Checked {
    exit: Exit,
    faults: Vec<Value>,
    warnings: Vec<Warning>,
}

/// Reads one manifest and prints its faults. One that cannot be read has that as its fault, so that the others are
/// checked all the same; one that is not there was misspelt.
fn check_one(project: &Project, name: &ExperimentName) -> Result<Checked, Failure> {
    let text = match project.manifest_text(name) {
        Ok(text) => text,
        Err(failure) if !project.declares(name) => return Err(failure),
        Err(failure) => {
            terminal::failure(&failure);
            return Ok(Checked {
                exit: failure.exit,
                faults: vec![fault_of_file("unreadable", &failure)],
                warnings: Vec::new(),
            });
        }
    };
    match Manifest::parse(&text) {
        Ok(manifest) => Ok(Checked {
            exit: Exit::Done,
            faults: Vec::new(),
            warnings: warnings(project, name, &manifest)?,
        }),
        Err(found) => {
            let path = name.manifest_path();
            terminal::note(&faults::render(
                &path,
                &text,
                &found,
                terminal::is_colored(),
            ));
            terminal::note("");
            Ok(Checked {
                exit: Exit::Usage,
                faults: fault_objects(&text, &found),
                warnings: Vec::new(),
            })
        }
    }
}

/// A fault of a file as a whole.
fn fault_of_file(kind: &str, failure: &Failure) -> Value {
    json!({
        "kind": kind,
        "message": failure.message,
        "hint": failure.hint,
        "line": null,
        "column": null,
    })
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The faults with the line and column at which each begins, both from 1.
pub(crate) fn fault_objects(text: &str, faults: &Faults) -> Vec<Value> {
    faults
        .iter()
        .map(|fault| {
            let before = &text[..fault.span.start];
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            json!({
                "kind": fault.kind.name(),
                "message": fault.message,
                "hint": fault.hint,
                "line": before.matches('\n').count() + 1,
                "column": before[line_start..].chars().count() + 1,
            })
        })
        .collect()
}

struct Warning {
    message: String,
    hint: String,
}

fn warnings(
    project: &Project,
    name: &ExperimentName,
    manifest: &Manifest,
) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    if manifest.include.is_empty() {
        warnings.push(Warning {
            message: format!("`{name}` has no `[source] include`: every file that git tracks enters, and any change to one makes another plan"),
            hint: "name the files that the command reads: `[source] include = [\"train.py\"]`".to_owned(),
        });
    }
    for path in project.untracked_covered(&manifest.include)? {
        warnings.push(Warning {
            message: format!(
                "`{}` is not tracked by git and will not enter a run of `{name}`",
                terminal::visible(&path)
            ),
            hint: format!("git add {}", terminal::shell_word(&path)),
        });
    }
    if let Some(commit) = &manifest.commit
        && let Err(error) = project.repository.resolve(commit.as_str())
    {
        warnings.push(Warning {
            message: format!("`{name}` cannot run from its `commit`: {error}"),
            hint: error.hint().unwrap_or_default(),
        });
    }
    if let ImageDeclaration::Build(folder) = &manifest.image {
        let snapshot = project.repository.snapshot(&[], Keep::Memory)?;
        if let Err(failure) = images::locked_recipe(project, folder, &snapshot.commit) {
            warnings.push(Warning {
                message: format!("`{name}` cannot build its image: {}", failure.message),
                hint: failure.hint.unwrap_or_default(),
            });
        }
    }
    Ok(warnings)
}
