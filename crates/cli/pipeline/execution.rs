//! From an order to a record: inputs, source, container, digests, in this order.

use std::time::Instant;

use jiff::Timestamp;
use resow_executor::engine::EngineError;
use resow_executor::event::Event;
use resow_executor::execute::{ExecuteError, Run, RunRequest, execute};
use resow_executor::input::LocatedInput;
use resow_executor::resolve::check_outputs;
use resow_executor::source::CachedSource;
use resow_executor::workspace::remove_tree;
use resow_manifest::conditions::Conditions;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::{RecordId, RunId};
use resow_manifest::outcome::Outcome;
use resow_store::RunFolder;
use resow_verifier::record::Record;

use super::images;
use super::order::Order;
use super::recording::{Times, record};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::live::{Live, LiveOutput};
use crate::report::terminal;

/// Runs a plan and writes its record. A run that fails has a record too.
pub(crate) fn perform(
    project: &Project,
    order: &Order,
    live: Live,
) -> Result<(RecordId, Record), Failure> {
    let store = project.store()?;
    let conditions = Conditions::default();
    perform_then(project, order, &conditions, live, |ended| {
        record(store, order, ended.id, ended.run, ended.times)
    })
}

/// A run that has ended, before what it left is removed.
pub(crate) struct Ended<'a> {
    pub(crate) id: &'a RunId,
    pub(crate) run: &'a Run,
    pub(crate) times: Times,
}

/// Runs a plan under `conditions`, and does `then` with what it gave.
pub(crate) fn perform_then<T>(
    project: &Project,
    order: &Order,
    conditions: &Conditions,
    live: Live,
    then: impl FnOnce(&Ended<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let store = project.store()?;
    let run = store.new_run();
    let folder = store.begin_run(&run)?;
    let result = run_in_folder(project, order, conditions, live, (&run, &folder), then);
    // Whether it went well or not: what is left behind would be a killed run's.
    let removed = remove_tree(folder.path()).map_err(Failure::from);
    if let Err(failure) = removed.and_then(|()| Ok(folder.finish()?)) {
        terminal::warning(&failure.message, failure.hint.as_deref());
    }
    result
}

fn run_in_folder<T>(
    project: &Project,
    order: &Order,
    conditions: &Conditions,
    live: Live,
    (run, folder): (&RunId, &RunFolder),
    then: impl FnOnce(&Ended<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let store = project.store()?;
    let engine = project.engine()?;
    project.mark_engine(folder)?;
    let inputs = locate_inputs(project, order)?;
    let source = export_source(project, order)?;
    let owner = store.owner()?;
    let cache = store.cache();
    let mut output = LiveOutput::new(live, project.common.json);
    let mut started;
    let mut begun;
    let mut is_second = false;
    let executed = loop {
        let image = images::ensure(
            project,
            &order.image_declaration,
            &order.image,
            &order.declared_in,
        )?;
        let request = RunRequest {
            run,
            store: &owner,
            plan: &order.plan,
            image,
            source: &source,
            inputs: &inputs,
            resources: &order.resources,
            as_if: order.as_if,
            conditions,
            trace: order.trace.as_ref(),
            folder: folder.path(),
            cache: &cache,
        };
        started = Timestamp::now();
        begun = Instant::now();
        let mut events = |event: Event<'_>| output.take(event);
        match execute(engine, &request, &mut events, &project.interrupt) {
            Err(ExecuteError::Engine(EngineError::ImageDamaged { damage, .. })) if !is_second => {
                // It was set aside, and whatever ran in it is void.
                is_second = true;
                terminal::warning(
                    &format!(
                        "the unpacked image was damaged: {damage}; it is unpacked again, and the run begins again"
                    ),
                    None,
                );
                remove_tree(&folder.path().join(RunRequest::WORKSPACE))?;
            }
            executed => break executed?,
        }
    };
    // The wall clock may have been set meanwhile.
    let ended = started.checked_add(begun.elapsed()).unwrap_or(started);
    let shown = output.finish();
    let given = then(&Ended {
        id: run,
        run: &executed,
        times: Times { started, ended },
    })?;
    executed.finish()?;
    shown?;
    Ok(given)
}

fn locate_inputs(project: &Project, order: &Order) -> Result<Vec<LocatedInput>, Failure> {
    let store = project.store()?;
    let mut wanted: Vec<_> = order.inputs.iter().map(|it| (&it.at, &it.digest)).collect();
    wanted.sort_unstable();
    if !wanted.into_iter().eq(&order.plan.inputs) {
        return Err(Failure::new(
            Exit::Damaged,
            "the inputs that are named are not the plan's",
        ));
    }
    let located = order.inputs.iter().map(|wanted| {
        LocatedInput::locate(wanted.clone(), project.root(), &|digest| {
            store.blob_file(digest)
        })
    });
    Ok(located.collect::<Result<_, _>>()?)
}

fn export_source(project: &Project, order: &Order) -> Result<CachedSource, Failure> {
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
    Ok(source)
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

/// Puts the outputs of a successful run into `results/<name>/`, where they are not there already. The run may be one of
/// another experiment with the same plan.
pub(crate) fn publish(
    project: &Project,
    name: &ExperimentName,
    record: &Record,
) -> Result<(), Failure> {
    let store = project.store()?;
    if store.published(name).as_ref() != Some(&record.run) {
        store.publish_results(name, record)?;
    }
    Ok(())
}
