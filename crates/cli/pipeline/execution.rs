//! From a plan to a record: run it, digest what it made, write it down.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use resow_executor::event::{Event, Stream};
use resow_executor::execute::{RunRequest, execute};
use resow_executor::image::identity::ImageIdentity;
use resow_executor::input::{LocatedInput, WantedInput};
use resow_executor::resolve::check_outputs;
use resow_executor::source::Selection;
use resow_executor::workspace::{self, Changes};
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{CommitId, RecordId};
use resow_manifest::manifest::{ImageDeclaration, Resources};
use resow_manifest::outcome::Outcome;
use resow_manifest::plan::Plan;
use resow_manifest::workspace_path::WorkspacePath;
use resow_store::StoreSink;
use resow_verifier::claim::Claim;
use resow_verifier::digesting::{DigestOptions, Limits};
use resow_verifier::outputs::{CappedList, MadeFile, MadeKind, OutputPolicy, StandardOutput, take};
use resow_verifier::record::{
    FormatVersion, InputCheck, Provenance, Record, RecordedImage, RecordedInput, RecordedStream,
    SeedingReport, WorkspaceReport,
};

use super::images;
use super::planning::Planned;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::{Project, cannot_read};
use crate::report::progress::Progress;
use crate::report::terminal;

/// What is to be run, and what its record will say of where it came from.
pub(crate) struct Order {
    pub(crate) experiment: ExperimentName,
    pub(crate) plan: Plan,
    pub(crate) commit: CommitId,
    pub(crate) is_snapshot: bool,
    pub(crate) selection: Selection,
    /// The commit whose recipe makes the image.
    pub(crate) declared_in: CommitId,
    pub(crate) image_declaration: ImageDeclaration,
    pub(crate) image: ImageIdentity,
    pub(crate) inputs: Vec<WantedInput>,
    pub(crate) resources: Resources,
    pub(crate) policy: OutputPolicy,
}

impl Order {
    /// To run what was planned.
    pub(crate) fn of_planned(planned: &Planned) -> Self {
        let manifest = &planned.manifest;
        Self {
            experiment: planned.name.clone(),
            plan: planned.plan.clone(),
            commit: planned.commit.clone(),
            is_snapshot: planned.is_snapshot,
            selection: Selection {
                include: manifest.include.clone(),
                exclude: planned.plan.inputs.keys().cloned().collect(),
            },
            declared_in: planned.declared_in.clone(),
            image_declaration: manifest.image.clone(),
            image: planned.image.clone(),
            inputs: manifest.inputs.iter().map(WantedInput::from).collect(),
            resources: manifest.resources,
            policy: OutputPolicy::of(&manifest.outputs),
        }
    }

    /// To run a claim's plan on the source of `commit`, in `image`.
    pub(crate) fn of_claim(
        claim: &Claim,
        commit: CommitId,
        selection: Selection,
        image_declaration: ImageDeclaration,
        image: ImageIdentity,
        declared_in: CommitId,
    ) -> Self {
        let mut plan = claim.plan.plan().clone();
        plan.image = image.planned();
        let inputs = claim
            .inputs
            .iter()
            .filter_map(|(name, at)| {
                Some(WantedInput {
                    name: name.clone(),
                    at: at.clone(),
                    digest: *plan.inputs.get(at)?,
                })
            })
            .collect();
        Self {
            experiment: claim.experiment.clone(),
            plan,
            commit,
            is_snapshot: false,
            selection,
            declared_in,
            image_declaration,
            image,
            inputs,
            resources: claim.resources,
            policy: claim.policy.clone(),
        }
    }
}

/// Where what the command prints goes while it runs. It is saved in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Live {
    /// Each stream to ours.
    Apart,
    /// Both to the standard error, since the standard output is for the answer.
    StandardError,
    /// Nowhere.
    Silent,
}

/// Runs a plan and writes its record. A run that fails has a record too.
pub(crate) fn perform(
    project: &Project,
    order: &Order,
    live: Live,
) -> Result<(RecordId, Record), Failure> {
    let store = project.store()?;
    let engine = project.engine()?;
    let image = images::ensure(
        project,
        &order.image_declaration,
        &order.image,
        &order.declared_in,
    )?;
    let inputs = order
        .inputs
        .iter()
        .map(|wanted| {
            LocatedInput::locate(wanted.clone(), project.root(), &|digest| {
                store.blob_file(digest)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let source = project
        .sources()?
        .ensure(&project.repository, &order.commit, &order.selection)?;
    if source.tree.id() != order.plan.source {
        return Err(Failure::new(
            Exit::Damaged,
            format!(
                "the source of commit `{}` is not the plan's",
                order.commit.short()
            ),
        ));
    }
    check_outputs(&order.plan, &source.tree)?;
    let run_id = store.new_run();
    let folder = store.begin_run(&run_id)?;
    let request = RunRequest {
        run: &run_id,
        store: store.id().as_str(),
        plan: &order.plan,
        image,
        source: &source,
        inputs: &inputs,
        resources: &order.resources,
        folder: folder.path(),
    };
    let mut progress = Progress::new(live != Live::Apart && !project.common.json);
    let started = Timestamp::now();
    let run = execute(
        engine,
        &request,
        &mut |event| report(event, live, &mut progress),
        &project.interrupt,
    )
    .inspect_err(|_| {
        // What is left of it is not a killed run's; the next start would call it that.
        let _ = workspace::remove_tree(folder.path());
    })?;
    let ended = Timestamp::now();
    progress.clear();

    let sink = store.blob_sink();
    let stdout = add_stream(&sink, &run.stdout)?;
    let stderr = add_stream(&sink, &run.stderr)?;
    let options = DigestOptions {
        threads: None,
        limits: Limits {
            bytes: order.resources.scratch.bytes(),
            ..Limits::default()
        },
    };
    let taken = take(
        run.workspace.root_of_made_files(),
        &order.policy,
        &made_files(&run.changes),
        StandardOutput {
            digest: stdout.digest,
            size: stdout.size,
        },
        &&sink,
        &options,
    )?;
    sink.commit()?;
    let mut faults = run.faults.clone();
    if run.outcome.is_success() {
        faults.extend(taken.faults);
    }
    let record = Record {
        version: FormatVersion,
        run: run_id.clone(),
        resow: env!("CARGO_PKG_VERSION").to_owned(),
        experiment: order.experiment.clone(),
        started,
        ended,
        outcome: run.outcome.clone(),
        faults,
        provenance: Provenance {
            commit: Some(order.commit.clone()),
            snapshot: order.is_snapshot,
            include: order
                .selection
                .include
                .iter()
                .map(ToString::to_string)
                .collect(),
        },
        plan: order.plan.clone().into(),
        image: RecordedImage {
            id: order.image.id,
            declared: (&order.image_declaration).into(),
        },
        resources: order.resources,
        inputs: order
            .inputs
            .iter()
            .map(|input| {
                let recorded = RecordedInput {
                    at: input.at.clone(),
                    digest: input.digest,
                    check: InputCheck::Hashed,
                };
                (input.name.clone(), recorded)
            })
            .collect(),
        policy: order.policy.clone(),
        outputs: taken.outputs,
        stdout,
        stderr,
        workspace: WorkspaceReport {
            undeclared: taken.undeclared,
            changed: CappedList::of(texts(&run.changes.changed)),
            deleted: CappedList::of(texts(&run.changes.deleted)),
        },
        isolation: run.isolation.clone(),
        seeding: SeedingReport::of_layer_0(),
        host: run.host.clone(),
    };
    let id = store.add_record(&record)?;
    run.finish()?;
    folder.finish()?;
    Ok((id, record))
}

fn add_stream(sink: &StoreSink<'_>, path: &Path) -> Result<RecordedStream, Failure> {
    let file = File::open(path).map_err(cannot_read(&path.display().to_string()))?;
    let (digest, size) = sink.add(file)?;
    Ok(RecordedStream { digest, size })
}

/// What the run made or changed, as the verifier takes it.
fn made_files(changes: &Changes) -> Vec<MadeFile> {
    changes
        .made
        .iter()
        .map(|made| MadeFile {
            path: made.path.clone(),
            kind: match made.kind {
                workspace::MadeKind::File => MadeKind::File,
                workspace::MadeKind::EmptyFolder => MadeKind::Folder,
                workspace::MadeKind::Link => MadeKind::Link,
                workspace::MadeKind::Fifo => MadeKind::Special("a FIFO"),
                workspace::MadeKind::Socket => MadeKind::Special("a socket"),
                workspace::MadeKind::Device => MadeKind::Special("a device"),
                workspace::MadeKind::TooDeep => {
                    MadeKind::Special("a folder with paths of more than 4096 bytes")
                }
            },
        })
        .collect()
}

fn texts(paths: &[WorkspacePath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

fn report(event: Event<'_>, live: Live, progress: &mut Progress) {
    match event {
        Event::Output { stream, bytes } => {
            let to_stdout = live == Live::Apart && stream == Stream::StandardOutput;
            // A reader that went away is no reason to stop a run.
            let _ = match live {
                Live::Silent => Ok(()),
                _ if to_stdout => {
                    let mut stdout = std::io::stdout().lock();
                    stdout.write_all(bytes).and_then(|()| stdout.flush())
                }
                _ => {
                    progress.clear();
                    std::io::stderr().lock().write_all(bytes)
                }
            };
        }
        Event::Progress {
            activity,
            done,
            total,
        } => progress.update(activity, done, total),
        Event::Warning { message, hint } => {
            progress.clear();
            terminal::warning(&message, hint.as_deref());
        }
    }
}

/// What a run's end means for the exit code.
pub(crate) fn exit_of(record: &Record) -> Exit {
    match &record.outcome {
        Outcome::Interrupted => Exit::Interrupted,
        Outcome::EngineLost { .. } => Exit::Unavailable,
        _ if record.is_success() => Exit::Done,
        _ => Exit::Incomparable,
    }
}

/// Puts the outputs of a successful run into `results/<name>/`.
pub(crate) fn publish(project: &Project, record: &Record) -> Result<(), Failure> {
    let store = project.store()?;
    store.publish_results(record)?;
    Ok(())
}
