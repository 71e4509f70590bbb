//! From an experiment's name to its plan: out of the work tree, or out of a commit.

use resow_executor::image::identity::ImageIdentity;
use resow_executor::resolve::resolve;
use resow_executor::source::{Keep, Selection};
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::CommitId;
use resow_manifest::manifest::Manifest;
use resow_manifest::plan::Plan;
use resow_manifest::suggestion::did_you_mean;

use super::images;
use crate::arguments::Overrides;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::{ManifestFiles, Project, text_of_manifest};
use crate::report::terminal;

/// An experiment with its plan, and where both come from.
pub(crate) struct Planned {
    pub(crate) name: ExperimentName,
    pub(crate) manifest: Manifest,
    /// The commit whose code enters.
    pub(crate) commit: CommitId,
    /// The commit that the manifest, and the recipe of its image, were read from.
    pub(crate) declared_in: CommitId,
    /// Whether `commit` is a snapshot of what was not committed.
    pub(crate) is_snapshot: bool,
    pub(crate) image: ImageIdentity,
    pub(crate) plan: Plan,
}

/// The plan of the work tree as it is.
pub(crate) fn plan_work_tree(
    project: &Project,
    name: &ExperimentName,
    overrides: &Overrides,
    keep: Keep,
) -> Result<Planned, Failure> {
    let path = name.manifest_path();
    let manifest = parse(&path, &project.manifest_text(name)?)?;
    let manifest = with_overrides(manifest, overrides)?;
    let snapshot = project.repository.snapshot(&[&path], keep)?;
    plan(project, name, manifest, snapshot.commit, !snapshot.is_head)
}

/// The plan of a commit.
pub(crate) fn plan_commit(
    project: &Project,
    name: &ExperimentName,
    commit: &CommitId,
) -> Result<Planned, Failure> {
    let path = name.manifest_path();
    let Some(bytes) = project.repository.read_file(commit, &path)? else {
        return Err(no_such_experiment(project, name, commit));
    };
    let path = format!("{}:{path}", commit.short());
    let manifest = parse(&path, &text_of_manifest(&path, bytes)?)?;
    plan(project, name, manifest, commit.clone(), false)
}

/// Says that a commit has no such experiment, and which one may have been meant.
fn no_such_experiment(project: &Project, name: &ExperimentName, commit: &CommitId) -> Failure {
    let files = manifest_files_of(project, commit).unwrap_or_default();
    let known = files.experiments;
    let path = name.manifest_path();
    let failure = Failure::new(
        Exit::Unavailable,
        format!("commit `{}` has no experiment `{name}`", commit.short()),
    );
    let known: Vec<_> = known.iter().map(ExperimentName::as_str).collect();
    if project.root().join(&path).is_file() {
        return failure.with_hint(format!("commit it first: git add {path} && git commit"));
    }
    match did_you_mean(name.as_str(), known.iter().copied()) {
        Some(meant) => failure.with_hint(meant),
        None if known.is_empty() => failure,
        None => failure.with_hint(format!("it has: {}", known.join(", "))),
    }
}

/// The experiments that a commit declares, sorted by name; a file whose name none can have is told and left out.
pub(crate) fn experiments_of(
    project: &Project,
    commit: &CommitId,
) -> Result<Vec<ExperimentName>, Failure> {
    let files = manifest_files_of(project, commit)?;
    for (path, failure) in &files.misnamed {
        let place = format!("`{}:{path}` is left out", commit.short());
        terminal::warning(&format!("{place}: {}", failure.message), None);
    }
    Ok(files.experiments)
}

fn manifest_files_of(project: &Project, commit: &CommitId) -> Result<ManifestFiles, Failure> {
    let files = project.repository.list_folder(commit, "experiments")?;
    Ok(ManifestFiles::among(&files))
}

fn parse(path: &str, text: &str) -> Result<Manifest, Failure> {
    Manifest::parse(text).map_err(|faults| Failure::from_faults(path, text, &faults))
}

fn with_overrides(mut manifest: Manifest, overrides: &Overrides) -> Result<Manifest, Failure> {
    if let Some(seed) = overrides.seed {
        manifest = manifest.with_seed(seed);
    }
    for setting in &overrides.parameters {
        manifest = manifest
            .with_setting(setting)
            .map_err(|error| Failure::from_error(Exit::Usage, &error, error.hint()))?;
    }
    Ok(manifest)
}

fn plan(
    project: &Project,
    name: &ExperimentName,
    manifest: Manifest,
    declared_in: CommitId,
    is_snapshot: bool,
) -> Result<Planned, Failure> {
    let (commit, is_snapshot) = match &manifest.commit {
        Some(commit) => (project.repository.resolve(commit.as_str())?, false),
        None => (declared_in.clone(), is_snapshot),
    };
    let selection = Selection {
        include: manifest.include.clone(),
        exclude: manifest
            .inputs
            .iter()
            .map(|input| input.at.clone())
            .collect(),
    };
    let source = project
        .sources()?
        .identify(&project.repository, &commit, &selection)?;
    let image = images::identify(project, &manifest.image, &declared_in)?;
    let plan = resolve(&manifest, source, image.planned());
    Ok(Planned {
        name: name.clone(),
        manifest,
        commit,
        declared_in,
        is_snapshot,
        image,
        plan,
    })
}
