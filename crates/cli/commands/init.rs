//! `resow init`: a first experiment that runs.

use std::fs::{self, OpenOptions};
use std::io::Write;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::output_location::OutputLocation;
use resow_manifest::workspace_path::WorkspacePath;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Init;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::terminal;

/// The image of a first experiment: resow's own, with its lock, so that everybody gets the same one.
const RECIPE_FOLDER: &str = "docker/python";
const RECIPE: &str = include_str!("../../../docker/python/recipe.toml");
const LOCK: &str = include_str!("../../../docker/python/recipe.lock");

/// The script of a first experiment: a mean by chance, which the seed decides.
const SCRIPT: &str = include_str!("init/first.py");

/// Writes a manifest, and what it needs and the repository lacks. Nothing that is there is overwritten.
pub(crate) fn init(project: &Project, options: &Init) -> Result<Answer, Failure> {
    let manifest = options.name.manifest_path();
    if project.root().join(&manifest).exists() {
        return Err(
            Failure::new(Exit::Usage, format!("`{manifest}` is there already"))
                .with_hint("give another name: `resow init NAME`"),
        );
    }
    let (script, outputs) = match &options.script {
        Some(script) => (script.clone(), outputs(&options.output)?),
        None => (
            example_script(&options.name)?,
            vec![OutputLocation::StandardOutput],
        ),
    };
    let mut files = Vec::new();
    if options.script.is_some() {
        require_script(project, &script)?;
    } else {
        files.push((script.to_string(), SCRIPT.to_owned()));
    }
    files.push((format!("{RECIPE_FOLDER}/recipe.toml"), RECIPE.to_owned()));
    files.push((format!("{RECIPE_FOLDER}/recipe.lock"), LOCK.to_owned()));
    files.push((manifest.clone(), manifest_text(&script, &outputs)));

    let mut written = Vec::new();
    for (path, content) in &files {
        if write_new(project, path, content)? {
            written.push(path.clone());
            terminal::note(&format!("wrote {path}"));
        }
    }
    let name = &options.name;
    let mut to_add = written.clone();
    if options.script.is_some() {
        to_add.push(script.to_string());
    }
    let text = format!(
        "`{manifest}` is ready; next:\n  git add {}\n  resow run {name}",
        to_add
            .iter()
            .map(|path| terminal::shell_word(path))
            .collect::<Vec<_>>()
            .join(" ")
    );
    Ok(Answer::new(
        Exit::Done,
        text,
        json!({ "experiment": name, "written": written }),
    ))
}

fn example_script(name: &ExperimentName) -> Result<WorkspacePath, Failure> {
    format!("experiments/{name}/{name}.py")
        .parse()
        .map_err(|error| Failure::from_error(Exit::Usage, &error, None))
}

fn require_script(project: &Project, script: &WorkspacePath) -> Result<(), Failure> {
    if project.root().join(script.as_str()).is_file() {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::Usage,
            format!("script `{script}` is not in the repository"),
        )
        .with_hint("name it relative to the repository's root"))
    }
}

fn outputs(texts: &[String]) -> Result<Vec<OutputLocation>, Failure> {
    if texts.is_empty() {
        return Ok(vec![OutputLocation::StandardOutput]);
    }
    texts
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| Failure::from_error(Exit::Usage, &error, None))
        })
        .collect()
}

fn manifest_text(script: &WorkspacePath, outputs: &[OutputLocation]) -> String {
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    let program = match script.as_str().rsplit_once('.') {
        Some((_, "sh")) => "sh",
        _ => "python3",
    };
    let mut text = format!(
        "version = 1\n\
         seed = 42\n\
         # The seed is in the variable RESOW_SEED, and as an argument where the command says {{seed}}.\n\
         command = [{}, {}]\n\
         \n\
         [source]\n\
         include = [{}]\n\
         \n\
         [image]\n\
         build = {}\n",
        quoted(program),
        quoted(script.as_str()),
        quoted(script.as_str()),
        quoted(RECIPE_FOLDER),
    );
    for output in outputs {
        text.push_str("\n[[outputs]]\n");
        match output {
            OutputLocation::StandardOutput => text.push_str("stream = \"stdout\"\n"),
            other => text.push_str(&format!("path = {}\n", quoted(&other.to_string()))),
        }
    }
    text
}

/// Writes a file that is not there yet; `false` where something stands at its path.
fn write_new(project: &Project, path: &str, content: &str) -> Result<bool, Failure> {
    let target = project.root().join(path);
    let cannot_write = |error: std::io::Error| {
        Failure::from_error(Exit::Unavailable, &error, None).about(format!("cannot write `{path}`"))
    };
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(cannot_write)?;
    }
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&target)
    {
        Ok(mut file) => {
            file.write_all(content.as_bytes()).map_err(cannot_write)?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(cannot_write(error)),
    }
}
