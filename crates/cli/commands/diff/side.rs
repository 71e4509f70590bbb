//! One side of a comparison: what it is called, what it holds, and where its bytes are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::plan::Plan;
use resow_manifest::workspace_path::WorkspacePath;
use resow_store::StoreError;
use resow_verifier::claim::ClaimedContent;
use resow_verifier::content::Source;
use resow_verifier::digesting::{DigestOptions, HashOnly, digest_folder_but};
use resow_verifier::outputs::{OutputEntry, OutputName, OutputPolicy, Outputs};
use resow_verifier::record::Record;
use resow_verifier::trace::{HeldTrace, RecordedTrace, TraceEvidence};
use resow_verifier::verdict::Bytes;

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims::{self, FoundClaim};
use crate::project::Project;
use crate::report::terminal::visible;

/// The files in `results/NAME/` with what the command printed.
const STDOUT_FILE: &str = "stdout.log";
const STDERR_FILE: &str = "stderr.log";

/// One side of a comparison.
pub(super) struct Side {
    pub(super) name: String,
    pub(super) outputs: Outputs,
    pub(super) policy: OutputPolicy,
    pub(super) plan: Option<Plan>,
    /// The record, where it is one: it knows the host and what was seeded.
    pub(super) record: Option<Box<Record>>,
    /// What a claim holds of its trace.
    pub(super) held_trace: Option<HeldTrace>,
    /// What a claim holds of contents.
    pub(super) contents: BTreeMap<OutputName, ClaimedContent>,
    /// The folder with the bytes; `None` where they are in the store.
    folder: Option<PathBuf>,
}

/// The bytes of both sides: files beneath folders, else blobs of the store.
pub(super) struct BothBytes<'a> {
    files: BTreeMap<Sha256Digest, PathBuf>,
    project: &'a Project,
}

impl<'a> BothBytes<'a> {
    pub(super) fn of(project: &'a Project, sides: [&Side; 2]) -> Self {
        let mut files = BTreeMap::new();
        for side in sides {
            let Some(folder) = &side.folder else {
                continue;
            };
            for (name, entry) in &side.outputs {
                if let Some((digest, _)) = entry.content.blob() {
                    let path = name.path().map_or(STDOUT_FILE, |path| path.as_str());
                    files.insert(digest, folder.join(path));
                }
            }
        }
        Self { files, project }
    }
}

impl Bytes for BothBytes<'_> {
    fn source(&self, digest: &Sha256Digest, size: u64) -> io::Result<Option<Source>> {
        let Some(path) = self.files.get(digest) else {
            return match self.project.store_to_read() {
                Ok(Some(store)) => store.source(digest, size),
                _ => Ok(None),
            };
        };
        let source = Source::of_file(File::open(path)?)?;
        // It was hashed a moment ago.
        if source.length() != size {
            return Err(io::Error::other(format!(
                "`{}` changed while it was compared",
                path.display()
            )));
        }
        Ok(Some(source))
    }
}

impl Side {
    /// What the text names: a folder, an experiment with a claim, `REVISION:NAME`, or the start of a record.
    pub(super) fn find(project: &Project, text: &str) -> Result<Self, Failure> {
        let path = Path::new(text);
        if path.is_dir() {
            return Self::of_folder(path, &BTreeSet::new());
        }
        if let Some(name) = claimed_name(project, text)
            && let Some(found) = claims::in_work_tree(project, &name)?
        {
            return Ok(Self::of_claim(found));
        }
        if let Some(found) = claim_of_revision(project, text)? {
            return Ok(Self::of_claim(found));
        }
        Self::of_record(project, text)
    }

    fn of_claim(found: FoundClaim) -> Self {
        let claim = found.claim;
        Self {
            name: found.place,
            plan: Some(claim.plan.plan().clone()),
            outputs: claim.outputs,
            policy: claim.policy,
            record: None,
            held_trace: claim.trace,
            contents: claim.contents,
            folder: None,
        }
    }

    fn of_record(project: &Project, text: &str) -> Result<Self, Failure> {
        let store = project.store_or_make()?;
        let id = store.find_record(text).map_err(|error| match error {
            StoreError::NoPrefix { .. } if Path::new(text).is_file() => Failure::new(
                Exit::Usage,
                format!(
                    "`{}` is a file, and what it is compared with is none",
                    visible(text)
                ),
            )
            .with_hint("a file is compared with another file"),
            StoreError::NoPrefix { .. } => Failure::new(
                Exit::Usage,
                format!(
                    "`{}` is neither a folder, nor an experiment with a claim, nor the start of a record",
                    visible(text)
                ),
            )
            .with_hint("`resow log` lists all records; `REVISION:NAME` names the claim in a revision"),
            other => other.into(),
        })?;
        let record = store.record(&id)?;
        Ok(Self {
            name: format!("record {}", id.digest().short()),
            plan: Some(record.plan.plan().clone()),
            outputs: record.outputs.clone(),
            policy: record.policy.clone(),
            record: Some(Box::new(record)),
            held_trace: None,
            contents: BTreeMap::new(),
            folder: None,
        })
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
            name: path.display().to_string(),
            outputs: outputs.collect(),
            policy: OutputPolicy::default(),
            plan: None,
            record: None,
            held_trace: None,
            contents: BTreeMap::new(),
            folder: Some(path.to_owned()),
        })
    }

    /// Its trace, where it has one.
    pub(super) fn trace(&self) -> Option<TraceEvidence<'_>> {
        let record = self.record.as_ref();
        let recorded = record.and_then(|record| record.trace.as_ref());
        let held = self.held_trace.as_ref().map(HeldTrace::evidence);
        recorded.map(RecordedTrace::evidence).or(held)
    }

    /// Whether nothing declares how its outputs are compared.
    pub(super) fn is_folder(&self) -> bool {
        self.folder.is_some()
    }
}

/// The experiment that `digits`, `experiments/digits.claim.toml` and the like name.
fn claimed_name(project: &Project, text: &str) -> Option<ExperimentName> {
    let file = Path::new(text).file_name()?.to_str()?;
    let stem = file.strip_suffix(".claim.toml").unwrap_or(text);
    let name: ExperimentName = stem.parse().ok()?;
    project
        .root()
        .join(name.claim_path())
        .is_file()
        .then_some(name)
}

/// The claim that `REVISION:NAME` names; `None` where the text is none, or the revision has no such claim.
fn claim_of_revision(project: &Project, text: &str) -> Result<Option<FoundClaim>, Failure> {
    // A record's identifier has a colon too.
    let parts = text.rsplit_once(':');
    let Some((revision, name)) = parts.filter(|(revision, _)| *revision != "sha256") else {
        return Ok(None);
    };
    let Ok(name) = name.parse::<ExperimentName>() else {
        return Ok(None);
    };
    let commit = project.repository.resolve(revision)?;
    let found = claims::in_commit(project, &name, &commit)?;
    found.map(Some).ok_or_else(|| {
        Failure::new(
            Exit::Unavailable,
            format!("commit `{}` has no claim of `{name}`", commit.short()),
        )
    })
}

/// In `results/NAME/`, what the command printed lies beside the outputs: it is what a record or claim calls `<stdout>`,
/// or none of its outputs.
pub(super) fn take_streams(project: &Project, side: &mut Side, other: &Side) {
    let Some(path) = &side.folder else {
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
