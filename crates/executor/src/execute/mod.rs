//! One run: its workspace, its container, its streams, and whether its inputs stayed as they were.

mod acted;
mod container;
mod layer;
mod layer_folder;
mod saved_streams;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use resow_manifest::conditions::{Acted, Conditions, Factor};
use resow_manifest::determinism::InstructionSet;
use resow_manifest::host::Host;
use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::isolation::Isolation;
use resow_manifest::manifest::Resources;
use resow_manifest::outcome::{Outcome, RunFault};
use resow_manifest::plan::{LAYER, Plan};
use resow_manifest::seeding_report::SeedingReport;
use resow_manifest::trace::TraceDeclaration;
use resow_manifest::workspace_path::WorkspacePath;

use self::acted::Surroundings;
use self::container::{RunFiles, container, limits};
use self::layer::Layer;
use self::saved_streams::SavedStreams;
use crate::engine::{Cleanup, ContainerLimits, Engine, EngineError, Execution};
use crate::event::{Event, EventSink};
use crate::host::{HostError, HostFacts};
use crate::input::LocatedInput;
use crate::interrupt::Interrupt;
use crate::source::CachedSource;
use crate::workspace::{Changes, Workspace, WorkspaceError, WorkspaceStyle, open_to_owner};

/// What is to be run.
pub struct RunRequest<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The store that owns what the run leaves in the engine.
    pub store: &'a str,
    /// The plan.
    pub plan: &'a Plan,
    /// The image, as the engine names it.
    pub image: ImageId,
    /// The source, exported.
    pub source: &'a CachedSource,
    /// The inputs, found and hashed.
    pub inputs: &'a [LocatedInput],
    /// The limits as declared.
    pub resources: &'a Resources,
    /// The lesser processor as which libraries are to see this one, where the plan leaves the choice to them.
    pub as_if: Option<InstructionSet>,
    /// What is set otherwise than the plan and the host have it; such a run has no record.
    pub conditions: &'a Conditions,
    /// What is traced; `None` where nothing is.
    pub trace: Option<&'a TraceDeclaration>,
    /// A folder of this run alone.
    pub folder: &'a Path,
    /// A folder in which what runs have in common is kept from one to the next; on the same file system.
    pub cache: &'a Path,
}

impl RunRequest<'_> {
    /// The folder of the workspace in a run's folder.
    pub const WORKSPACE: &'static str = Workspace::FOLDER;
}

/// A run that has ended, with its workspace still there.
pub struct Run {
    /// How the command ended.
    pub outcome: Outcome,
    /// What is held against the run besides.
    pub faults: Vec<RunFault>,
    /// What was in force.
    pub isolation: Option<Isolation>,
    /// What the run says of its own seeding.
    pub seeding: SeedingReport,
    /// Of each factor that the conditions set: whether that acted.
    pub acted: BTreeMap<Factor, Acted>,
    /// Where it ran.
    pub host: Host,
    /// The workspace.
    pub workspace: Workspace,
    /// What the run changed in it.
    pub changes: Changes,
    /// The file with what the command printed.
    pub stdout: PathBuf,
    /// The file with what it printed as errors.
    pub stderr: PathBuf,
    /// The file with what its processes traced, where they were told to.
    pub trace: Option<PathBuf>,
    /// The removal of what the run left in the engine, which may still go on.
    cleanup: Cleanup,
}

impl Run {
    /// Removes the workspace, once the engine has let go of it.
    ///
    /// # Errors
    /// When the engine or the file system does not remove what the run left.
    pub fn finish(self) -> Result<(), ExecuteError> {
        self.cleanup.finish()?;
        Ok(self.workspace.remove()?)
    }
}

/// Why a plan could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The engine could not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The workspace could not be made or read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Nothing is known about the host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A file of the run cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The plan is of a layer that this resow does not have.
    #[error("the plan is of layer {layer} of seeding, and this resow has layer {LAYER}")]
    Layer {
        /// The plan's layer.
        layer: u32,
    },
    /// The processor lacks instructions that the plan lets libraries use.
    #[error("the processor lacks what `{set}` has: {}", lacking.join(", "))]
    InstructionSet {
        /// The plan's instruction set.
        set: InstructionSet,
        /// The features that are missing, as Linux names them.
        lacking: Vec<&'static str>,
    },
    /// The processor as which the run was to see this one lacks what the plan lets libraries use.
    #[error("a processor with {lesser} alone lacks what the plan pins: {set}")]
    AsIf {
        /// The plan's instruction set.
        set: InstructionSet,
        /// What the processor was to have.
        lesser: InstructionSet,
    },
}

impl ExecuteError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Engine(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Host(error) => error.hint(),
            Self::Write { .. } => None,
            Self::Layer { layer } if *layer > LAYER => Some("a newer resow has it".to_owned()),
            Self::Layer { .. } => Some(
                "an older resow has it; or run the experiment and claim it anew".to_owned(),
            ),
            Self::InstructionSet { .. } | Self::AsIf { .. } => Some(
                "run it on another machine; another `instruction_set` in `[determinism]` is another plan"
                    .to_owned(),
            ),
        }
    }
}

/// Runs a plan. What the command prints goes to `events` while it runs, and to files of the run's folder.
///
/// # Errors
/// When the run could not be prepared, or its streams not saved. What the command did is an [`Outcome`].
pub fn execute(
    engine: &dyn Engine,
    request: &RunRequest<'_>,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<Run, ExecuteError> {
    let host = HostFacts::read()?;
    check_layer(request, &host)?;
    let files = RunFiles::write(request)?;
    let limits = limits(request.resources, engine.memory()?);
    let mut streams = SavedStreams::create(request.folder)?;
    let (workspace, execution) = run_in_workspace(
        engine,
        request,
        &files,
        limits,
        &mut streams,
        events,
        interrupt,
    )?;
    let mut host = host.with_engine(engine.information()?.engine);
    host.as_if = request.as_if;
    let (stdout, stderr) = streams.finish()?;
    let mut execution = execution;
    if engine.leaves_files_to_this_user() {
        open_to_owner(workspace.root_of_made_files())?;
    } else {
        open_to_this_user(engine, request, &workspace, &mut execution, events)?;
    }
    let faults = request
        .inputs
        .iter()
        .filter(|input| !input.is_untouched())
        .map(|input| RunFault::InputChanged {
            at: input.wanted.at.clone(),
        })
        .collect();
    let changes = workspace.changes()?;
    let seeding = seeding(request.plan, &files.layer, &execution)?;
    let acted = acted::of(&Surroundings {
        conditions: request.conditions,
        entropy: request.plan.determinism.entropy,
        counters: &files.layer.counters()?,
        seeding: &seeding,
        isolation: execution.isolation.as_ref(),
        load: execution.load,
    });
    Ok(Run {
        outcome: execution.outcome,
        faults,
        seeding,
        acted,
        isolation: execution.isolation,
        host,
        workspace,
        changes,
        stdout,
        stderr,
        trace: files.layer.trace().map(Path::to_owned),
        cleanup: execution.cleanup,
    })
}

/// Whether this resow on this host can keep what the plan promises.
fn check_layer(request: &RunRequest<'_>, host: &HostFacts) -> Result<(), ExecuteError> {
    let plan = request.plan;
    if plan.layer != LAYER {
        return Err(ExecuteError::Layer { layer: plan.layer });
    }
    // What the conditions say holds whatever the plan pins.
    let set = request.conditions.instruction_set;
    let set = set.unwrap_or(plan.determinism.instruction_set);
    let lacking = set.lacking(&host.cpu_features);
    if !lacking.is_empty() {
        return Err(ExecuteError::InstructionSet { set, lacking });
    }
    let Some(lesser) = request.as_if else {
        return Ok(());
    };
    let lacking = lesser.lacking(&host.cpu_features);
    if !lacking.is_empty() {
        let set = lesser;
        return Err(ExecuteError::InstructionSet { set, lacking });
    }
    if set != InstructionSet::Host && set > lesser {
        return Err(ExecuteError::AsIf { set, lesser });
    }
    Ok(())
}

/// What the run says of its seeding; a command that never acted says nothing.
fn seeding(
    plan: &Plan,
    layer: &Layer,
    execution: &Execution,
) -> Result<SeedingReport, ExecuteError> {
    let report = layer.report(plan)?;
    let never_acted =
        matches!(execution.outcome, Outcome::NeverStarted { .. }) || execution.isolation.is_none();
    if never_acted && report.programs == 0 {
        return Ok(SeedingReport::default());
    }
    Ok(report)
}

/// Runs over an overlay, and on a copy where the engine cannot mount one.
fn run_in_workspace(
    engine: &dyn Engine,
    request: &RunRequest<'_>,
    files: &RunFiles,
    limits: ContainerLimits,
    streams: &mut SavedStreams,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<(Workspace, Execution), ExecuteError> {
    let (copy, mut styles) = if engine.leaves_files_to_this_user() {
        let copy = WorkspaceStyle::Copy;
        (copy, vec![copy, WorkspaceStyle::Overlay])
    } else {
        // An export, over which an overlay lies, can be written by this user alone.
        (WorkspaceStyle::OpenCopy, vec![WorkspaceStyle::OpenCopy])
    };
    loop {
        let style = styles.pop().unwrap_or(copy);
        let workspace = match prepare(request, style) {
            Err(WorkspaceError::OverlayPath { .. }) if !styles.is_empty() => continue,
            other => other?,
        };
        files.layer.empty_what_is_written()?;
        let container = container(request, files, limits, &workspace);
        let saved = streams.counter();
        let free_before = free_bytes(request.folder);
        let mut written = || {
            let made = match workspace.bytes_written() {
                Ok(files) => files,
                // A folder that only the run's user may enter: what the file system lost says more than the others do.
                Err(error) if error.is_permission_denied() => {
                    free_before.saturating_sub(free_bytes(request.folder))
                }
                Err(error) => return Err(io::Error::other(error)),
            };
            Ok(made + saved.load(Ordering::Relaxed) + files.layer.bytes_written())
        };
        let result = engine.execute(
            &container,
            &mut |event| {
                streams.save(&event);
                events(event);
            },
            interrupt,
            &mut written,
        );
        match result {
            Err(error) if error.is_mount_refused() && !styles.is_empty() => {
                workspace.remove()?;
            }
            other => return Ok((workspace, other?)),
        }
    }
}

/// Lets this user read and remove what the run made.
fn open_to_this_user(
    engine: &dyn Engine,
    request: &RunRequest<'_>,
    workspace: &Workspace,
    execution: &mut Execution,
    events: &mut EventSink<'_>,
) -> Result<(), ExecuteError> {
    execution.cleanup.wait()?;
    let folder = workspace.root_of_made_files();
    if !engine.open_to_everyone(&request.image, request.store, request.run, folder)? {
        events(Event::Warning {
            message:
                "what the run made belongs to user 1000, and the image has no `chmod` to open it"
                    .to_owned(),
            hint: Some("add `coreutils` to the image, or run as root or as user 1000".to_owned()),
        });
    }
    Ok(())
}

/// The bytes that the file system of a folder has free; 0 where it does not say.
fn free_bytes(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |status| status.f_bfree.saturating_mul(status.f_frsize))
}

fn prepare(request: &RunRequest<'_>, style: WorkspaceStyle) -> Result<Workspace, WorkspaceError> {
    let mount_points: Vec<WorkspacePath> = request
        .inputs
        .iter()
        .map(|input| input.wanted.at.clone())
        .collect();
    Workspace::prepare(request.folder, request.source, &mount_points, style)
}
