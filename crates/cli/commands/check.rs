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
use crate::project::Project;
use crate::report::{faults, terminal};

/// Reads the manifests named, or all, and reports every fault of every one.
pub(crate) fn check(project: &Project, names: &[ExperimentName]) -> Result<Answer, Failure> {
    let names = if names.is_empty() {
        let names = project.experiments()?;
        if names.is_empty() {
            return Err(
                Failure::new(Exit::Usage, "there is no manifest in `experiments/`")
                    .with_hint("`resow init` writes a first one"),
            );
        }
        names
    } else {
        names.to_vec()
    };
    let mut objects = Vec::new();
    let mut fault_count = 0;
    let mut warning_count = 0;
    for name in &names {
        let text = project.manifest_text(name)?;
        let (found, warnings) = match Manifest::parse(&text) {
            Ok(manifest) => (Vec::new(), warnings(project, name, &manifest)?),
            Err(found) => {
                let path = name.manifest_path();
                terminal::note(&faults::render(
                    &path,
                    &text,
                    &found,
                    terminal::is_colored(),
                ));
                terminal::note("");
                (fault_objects(&text, &found), Vec::new())
            }
        };
        for warning in &warnings {
            let hint = Some(&*warning.hint).filter(|hint| !hint.is_empty());
            terminal::warning(&warning.message, hint);
        }
        fault_count += found.len();
        warning_count += warnings.len();
        objects.push(json!({
            "experiment": name,
            "path": name.manifest_path(),
            "faults": found,
            "warnings": warnings
                .iter()
                .map(|warning| json!({"message": warning.message, "hint": warning.hint}))
                .collect::<Vec<_>>(),
        }));
    }
    let exit = if fault_count == 0 {
        Exit::Done
    } else {
        Exit::Usage
    };
    let text = format!(
        "{}: {}, {}",
        counted(names.len(), "manifest"),
        counted(fault_count, "fault"),
        counted(warning_count, "warning")
    );
    Ok(Answer::new(exit, text, json!({ "manifests": objects })))
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
