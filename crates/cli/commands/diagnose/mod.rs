//! `resow diagnose`: finds by experiment what makes the outputs of a plan differ.

mod budget;
mod causes;
mod fields;
mod laboratory;
mod progress;
mod text;

use std::time::Instant;

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_verifier::diagnosis::{Bench, Diagnosis, Observation, Purpose, examine};

pub(crate) use self::budget::Budget;
use self::laboratory::Laboratory;
use self::progress::DiagnosisProgress;
use crate::answer::Answer;
use crate::arguments::Overrides;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::planning::{Planned, plan_work_tree};
use crate::project::Project;
use crate::report::terminal::{self, visible};

/// How a diagnosis goes.
pub(crate) struct Options<'a> {
    pub(crate) budget: Option<Budget>,
    pub(crate) fresh: bool,
    pub(crate) overrides: &'a Overrides,
}

/// What a diagnosis came to.
struct Course {
    diagnosis: Diagnosis,
    observations: Vec<Observation>,
    /// Whether everything was tried.
    is_whole: bool,
}

impl Course {
    /// The runs with the plan's seed that did what the manifest declares: those in which a change would have been seen.
    fn observed(&self) -> impl Iterator<Item = &Observation> {
        let runs = self.observations.iter();
        runs.filter(|run| run.trial.seed.is_none() && run.is_success())
    }

    /// Whether any factor was set otherwise in one of them.
    fn is_anything_set(&self) -> bool {
        self.observed().any(|run| {
            matches!(
                run.purpose,
                Purpose::Varied { .. } | Purpose::Released { .. }
            )
        })
    }
}

/// Diagnoses an experiment.
pub(crate) fn diagnose(
    project: &Project,
    name: &ExperimentName,
    options: &Options<'_>,
) -> Result<Answer, Failure> {
    let planned = plan(project, name, options.overrides)?;
    let folder = project.store()?.begin_diagnosis(&planned.plan.id())?;
    if options.fresh {
        folder.clear()?;
    }
    let laboratory = Laboratory {
        project,
        planned: &planned,
        folder: &folder,
    };
    let place = laboratory.place()?;
    let observations = folder.observations(&place)?;
    if observations.is_empty() {
        // What was observed elsewhere is of no use here.
        folder.clear()?;
    } else {
        terminal::note(&format!(
            "{name}: going on after {}; `--fresh` begins again",
            runs(observations.len())
        ));
    }
    let bench = laboratory.bench()?;
    let course = take_course(&laboratory, &bench, &place, observations, options.budget)?;
    let exit = exit_of(&course);
    let text = text::text(name, &laboratory, &course)?;
    Ok(Answer::new(
        exit,
        text,
        fields::fields(name, &laboratory, &course)?,
    ))
}

/// The plan of the work tree; what is not committed is kept as a snapshot, since every run takes its source from it.
fn plan(
    project: &Project,
    name: &ExperimentName,
    overrides: &Overrides,
) -> Result<Planned, Failure> {
    let planned = plan_work_tree(project, name, overrides, Keep::Memory)?;
    if planned.is_snapshot {
        plan_work_tree(project, name, overrides, Keep::Reference)
    } else {
        Ok(planned)
    }
}

/// Makes run after run, each of which is kept, until everything was tried or the budget is spent.
fn take_course(
    laboratory: &Laboratory<'_>,
    bench: &Bench,
    place: &str,
    mut observations: Vec<Observation>,
    budget: Option<Budget>,
) -> Result<Course, Failure> {
    let project = laboratory.project;
    let (begun, before) = (Instant::now(), observations.len());
    let progress = DiagnosisProgress::new(!project.common.json);
    loop {
        let (diagnosis, needed) = examine(bench, &observations);
        let made = observations.len() - before;
        let is_spent = budget.is_some_and(|budget| budget.is_spent(begun, made));
        let Some(needed) = needed.filter(|_| !is_spent) else {
            return Ok(Course {
                is_whole: examine(bench, &observations).1.is_none(),
                diagnosis,
                observations,
            });
        };
        progress.update(bench, &observations, &needed);
        let observed = if project.interrupt.is_requested() {
            Err(Failure::new(Exit::Interrupted, "interrupted"))
        } else {
            laboratory.observe(needed, &observations, &diagnosis)
        };
        let observation =
            observed.map_err(|failure| kept(failure, laboratory.planned, observations.len()))?;
        laboratory
            .folder
            .add(observations.len(), place, &observation)?;
        observations.push(observation);
    }
}

/// A failure that ends a diagnosis, with how to go on.
fn kept(failure: Failure, planned: &Planned, made: usize) -> Failure {
    if failure.exit != Exit::Interrupted {
        return failure;
    }
    let name = visible(planned.name.as_str());
    Failure::new(Exit::Interrupted, "interrupted").with_hint(format!(
        "{} kept; `resow diagnose {name}` goes on",
        if made == 1 {
            "1 run is".to_owned()
        } else {
            format!("{made} runs are")
        }
    ))
}

/// 1 where anything was found, 3 where the run fails or not everything was tried, else 0.
fn exit_of(course: &Course) -> Exit {
    let diagnosis = &course.diagnosis;
    if diagnosis.failed.is_some() {
        return Exit::Incomparable;
    }
    let mut outputs = diagnosis.outputs.values();
    let is_found = outputs.any(|output| !output.is_unchanged())
        || diagnosis.failing().next().is_some()
        || diagnosis.is_seedless();
    match (is_found, course.is_whole && diagnosis.base.is_some()) {
        (true, _) => Exit::Different,
        (false, true) => Exit::Done,
        (false, false) => Exit::Incomparable,
    }
}

/// `1 run`, `12 runs`.
fn runs(number: usize) -> String {
    if number == 1 {
        "1 run".to_owned()
    } else {
        format!("{number} runs")
    }
}
