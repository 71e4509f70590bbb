//! From a run to its record: what it made is hashed and stored, and everything that is known of it written down.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use resow_executor::execute::Run;
use resow_executor::workspace::{self, Changes};
use resow_manifest::identifiers::{RecordId, RunId};
use resow_manifest::outcome::RunFault;
use resow_manifest::workspace_path::WorkspacePath;
use resow_store::{Store, StoreSink};
use resow_verifier::content::Source;
use resow_verifier::digesting::{BlobSink, DigestError, DigestOptions, Limits};
use resow_verifier::outputs::{
    CappedList, MadeFile, MadeKind, OutputPolicy, StandardOutput, TakenOutputs, take,
};
use resow_verifier::record::{
    FormatVersion, InputCheck, Provenance, Record, RecordedImage, RecordedInput, RecordedStream,
    WorkspaceReport,
};
use resow_verifier::trace::{self, RecordedTrace};

use super::order::Order;
use crate::failure::Failure;
use crate::work_file::cannot_read;

/// When a run was started, and when it had ended.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) started: Timestamp,
    pub(crate) ended: Timestamp,
}

/// Stores what the run made and printed, then its record.
pub(super) fn record(
    store: &Store,
    order: &Order,
    id: &RunId,
    run: &Run,
    times: Times,
) -> Result<(RecordId, Record), Failure> {
    let sink = store.blob_sink();
    let stdout = add_stream(&sink, &run.stdout)?;
    let stderr = add_stream(&sink, &run.stderr)?;
    let printed = StandardOutput {
        digest: stdout.digest,
        size: stdout.size,
    };
    let taken = outputs(order, run, printed, &&sink)?;
    let trace = add_trace(&sink, order, run)?;
    // What a record names is durable before the record is.
    sink.commit()?;
    let record = Record {
        trace,
        ..assemble(order, id, run, times, taken, [stdout, stderr])
    };
    Ok((store.add_record(&record)?, record))
}

/// The outputs of a run, hashed, and stored where `sink` does.
pub(crate) fn outputs<S: BlobSink>(
    order: &Order,
    run: &Run,
    printed: StandardOutput,
    sink: &S,
) -> Result<TakenOutputs, DigestError<S::Error>> {
    let options = DigestOptions {
        threads: None,
        limits: Limits {
            bytes: order.resources.scratch.bytes(),
            ..Limits::default()
        },
    };
    let made = made_files(&run.changes, &order.policy);
    let root = run.workspace.root_of_made_files();
    take(root, &order.policy, &made, printed, sink, &options)
}

/// What is held against a run: of one that failed, what it left undone does not count.
pub(crate) fn faults(order: &Order, run: &Run, taken: &TakenOutputs) -> Vec<RunFault> {
    let mut faults = run.faults.clone();
    if run.outcome.is_success() {
        faults.extend(taken.faults.iter().cloned());
        faults.extend(deleted_outputs(&run.changes, &order.policy));
    }
    faults
}

fn assemble(
    order: &Order,
    id: &RunId,
    run: &Run,
    times: Times,
    taken: TakenOutputs,
    [stdout, stderr]: [RecordedStream; 2],
) -> Record {
    let faults = faults(order, run, &taken);
    let include = &order.selection.include;
    Record {
        version: FormatVersion,
        run: id.clone(),
        resow: env!("CARGO_PKG_VERSION").to_owned(),
        experiment: order.experiment.clone(),
        started: times.started,
        ended: times.ended,
        outcome: run.outcome.clone(),
        faults,
        provenance: Provenance {
            commit: Some(order.commit.clone()),
            snapshot: order.is_snapshot,
            include: include.iter().map(ToString::to_string).collect(),
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
        same: order.same.clone(),
        outputs: taken.outputs,
        stdout,
        stderr,
        workspace: WorkspaceReport {
            undeclared: taken.undeclared,
            changed: CappedList::of(texts(&run.changes.changed)),
            deleted: CappedList::of(texts(&run.changes.deleted)),
        },
        isolation: run.isolation.clone(),
        seeding: run.seeding.clone(),
        trace: None,
        host: run.host.clone(),
    }
}

fn add_stream(sink: &StoreSink<'_>, path: &Path) -> Result<RecordedStream, Failure> {
    let file = File::open(path).map_err(cannot_read(&path.display().to_string()))?;
    let (digest, size) = sink.add(file)?;
    Ok(RecordedStream { digest, size })
}

/// Stores what the run traced, as much of it as is kept.
fn add_trace(
    sink: &StoreSink<'_>,
    order: &Order,
    run: &Run,
) -> Result<Option<RecordedTrace>, Failure> {
    let (Some(declared), Some(path)) = (&order.trace, &run.trace) else {
        return Ok(None);
    };
    let name = path.display().to_string();
    let written = File::open(path).and_then(Source::of_file);
    let (kept, is_cut) = written
        .and_then(|source| trace::bounded(&source))
        .map_err(cannot_read(&name))?;
    let survey = trace::survey(&kept).map_err(cannot_read(&name))?;
    let stored = sink.add(kept.reader())?;
    Ok(Some(RecordedTrace::new(
        declared.clone(),
        stored,
        survey,
        is_cut,
    )))
}

/// A source file that stands where an output does, and that the run deleted.
fn deleted_outputs(changes: &Changes, policy: &OutputPolicy) -> Vec<RunFault> {
    let locations = policy.matcher();
    let deleted = changes.deleted.iter();
    deleted
        .filter(|path| locations.covering(path).next().is_some())
        .map(|path| RunFault::MissingOutput {
            location: path.to_string(),
        })
        .collect()
}

/// What the run made, as the verifier takes it. A source file that stands where an output does is one as soon as the
/// run changes it.
fn made_files(changes: &Changes, policy: &OutputPolicy) -> Vec<MadeFile> {
    let locations = policy.matcher();
    let changed = changes.changed.iter();
    let changed = changed
        .filter(|path| locations.covering(path).next().is_some())
        .map(|path| MadeFile {
            path: path.as_str().into(),
            // What it is now is looked at when it is opened; a link is not followed.
            kind: MadeKind::File,
        });
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
        .chain(changed)
        .collect()
}

fn texts(paths: &[WorkspacePath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}
