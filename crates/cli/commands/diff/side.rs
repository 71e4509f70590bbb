//! One side of a comparison: what it is called, what it holds, and where its bytes are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host::Host;
use resow_manifest::identifiers::{CommitId, PlanId, RecordId};
use resow_manifest::plan::Plan;
use resow_manifest::seeding_report::{LibraryUse, SeedingReport};
use resow_manifest::workspace_path::WorkspacePath;
use resow_verifier::claim::ClaimedContent;
use resow_verifier::digesting::{DigestOptions, HashOnly, digest_folder_but};
use resow_verifier::outputs::{OutputEntry, OutputName, OutputPolicy, Outputs};
use resow_verifier::record::Record;
use resow_verifier::trace::{HeldTrace, RecordedTrace, TraceEvidence};

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims::{self, FoundClaim};
use crate::pipeline::planning::plan_commit;
use crate::project::Project;
use crate::report::terminal::visible;

/// The files in `results/NAME/` with what the command printed.
pub(super) const STDOUT_FILE: &str = "stdout.log";
const STDERR_FILE: &str = "stderr.log";

/// One side of a comparison.
pub(super) struct Side {
    pub(super) name: String,
    /// The experiment that it is of, where that is known.
    pub(super) experiment: Option<ExperimentName>,
    pub(super) outputs: Outputs,
    pub(super) policy: OutputPolicy,
    pub(super) plan: Option<Plan>,
    /// Where it was run, where that is known.
    pub(super) host: Option<Host>,
    /// What libraries said that they use there.
    pub(super) uses: Vec<LibraryUse>,
    /// What a record says of its seeding.
    pub(super) seeding: Option<SeedingReport>,
    /// The trace of a record.
    trace: Option<RecordedTrace>,
    /// What a claim holds of its trace.
    held_trace: Option<HeldTrace>,
    /// What a claim holds of contents.
    pub(super) contents: BTreeMap<OutputName, ClaimedContent>,
    /// The folder with the bytes; `None` where they are in the store.
    pub(super) folder: Option<PathBuf>,
}

impl Side {
    /// What a claim says.
    pub(super) fn of_claim(found: FoundClaim) -> Self {
        let claim = found.claim;
        Self {
            experiment: Some(claim.experiment),
            plan: Some(claim.plan.plan().clone()),
            outputs: claim.outputs,
            policy: claim.policy,
            host: claim.host,
            uses: claim.uses,
            held_trace: claim.trace,
            contents: claim.contents,
            ..Self::named(found.place)
        }
    }

    /// What a record of the store says.
    pub(super) fn of_record(id: &RecordId, record: Record) -> Self {
        Self {
            experiment: Some(record.experiment),
            plan: Some(record.plan.plan().clone()),
            outputs: record.outputs,
            policy: record.policy,
            host: Some(record.host),
            uses: record.seeding.uses.clone(),
            seeding: Some(record.seeding),
            trace: record.trace,
            ..Self::named(format!("record {}", id.digest().short()))
        }
    }

    /// What an experiment gave in a commit: its claim there, else the newest successful record of its plan there; `None`
    /// where there is neither.
    pub(super) fn of_commit(
        project: &Project,
        name: &ExperimentName,
        commit: &CommitId,
    ) -> Result<Option<Self>, Failure> {
        if let Some(found) = claims::in_commit(project, name, commit)? {
            return Ok(Some(Self::of_claim(found)));
        }
        Self::of_newest(project, &plan_commit(project, name, commit)?.plan.id())
    }

    /// What the newest successful record of a plan says; `None` where there is none.
    pub(super) fn of_newest(project: &Project, plan: &PlanId) -> Result<Option<Self>, Failure> {
        let newest = project.store()?.successful_records(plan)?.next();
        Ok(newest
            .transpose()?
            .map(|(id, record)| Self::of_record(&id, record)))
    }

    /// A side of this name of which nothing is known.
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            experiment: None,
            outputs: Outputs::new(),
            policy: OutputPolicy::default(),
            plan: None,
            host: None,
            uses: Vec::new(),
            seeding: None,
            trace: None,
            held_trace: None,
            contents: BTreeMap::new(),
            folder: None,
        }
    }

    /// A folder, but for the files that need no look.
    pub(super) fn of_folder(
        path: &Path,
        left_out: &BTreeSet<WorkspacePath>,
    ) -> Result<Self, Failure> {
        let digested = digest_folder_but(path, left_out, &HashOnly, &DigestOptions::default())
            .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
        if let Some(refusal) = digested.refused.first() {
            return Err(Failure::new(
                Exit::Unavailable,
                format!(
                    "`{}` in `{}` cannot be compared: {}",
                    visible(&refusal.path),
                    path.display(),
                    refusal.reason
                ),
            ));
        }
        let outputs = digested.files.into_iter().filter_map(|file| {
            let name = OutputName::of_path(&file.path)?;
            let entry = OutputEntry {
                role: resow_manifest::manifest::OutputRole::Result,
                content: file.content,
            };
            Some((name, entry))
        });
        Ok(Self {
            outputs: outputs.collect(),
            folder: Some(path.to_owned()),
            ..Self::named(path.display().to_string())
        })
    }

    /// Its trace, where it has one.
    pub(super) fn trace(&self) -> Option<TraceEvidence<'_>> {
        let recorded = self.trace.as_ref();
        let held = self.held_trace.as_ref().map(HeldTrace::evidence);
        recorded.map(RecordedTrace::evidence).or(held)
    }

    /// Whether nothing declares how its outputs are compared.
    pub(super) fn is_folder(&self) -> bool {
        self.folder.is_some()
    }
}

/// In `results/NAME/`, what the command printed lies beside the outputs: it is what a record or claim calls `<stdout>`,
/// or none of its outputs.
pub(super) fn take_streams(project: Option<&Project>, side: &mut Side, other: &Side) {
    let (Some(project), Some(path)) = (project, &side.folder) else {
        return;
    };
    let results = project.root().join("results").canonicalize();
    let parent = path.canonicalize().ok();
    let parent = parent.as_deref().and_then(Path::parent);
    if other.is_folder() || parent.is_none() || results.ok().as_deref() != parent {
        return;
    }
    for file in [STDOUT_FILE, STDERR_FILE] {
        let Ok(name) = file.parse::<OutputName>() else {
            continue;
        };
        if other.outputs.contains_key(&name) {
            continue;
        }
        let printed = side.outputs.remove(&name);
        let stdout = OutputName::StandardOutput;
        if let (STDOUT_FILE, Some(entry)) = (file, printed)
            && other.outputs.contains_key(&stdout)
        {
            side.outputs.insert(stdout, entry);
        }
    }
}
