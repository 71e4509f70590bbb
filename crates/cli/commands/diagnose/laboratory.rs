//! One run of the experiment: from what is needed to what was observed. It has no record, and touches no results.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use resow_executor::execute::Run;
use resow_executor::host::HostFacts;
use resow_executor::resolve::resolve;
use resow_manifest::comparator::{Comparator, ComparatorKind};
use resow_manifest::determinism::Entropy;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::{OutputRole, Resources};
use resow_manifest::outcome::Outcome;
use resow_manifest::quantity::TimeSpan;
use resow_manifest::workspace_path::WorkspacePath;
use resow_store::DiagnosisFolder;
use resow_verifier::content::Source;
use resow_verifier::diagnosis::{Bench, Diagnosis, Needed, Observation, Purpose};
use resow_verifier::difference::{Agreement, Comparison, compare_files_with};
use resow_verifier::digesting::{Content, DigestOptions, HashOnly, digest_files};
use resow_verifier::outputs::{OutputName, OutputPolicy, Outputs, StandardOutput};

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::reader;
use crate::pipeline::execution::{Ended, perform_then};
use crate::pipeline::order::Order;
use crate::pipeline::planning::Planned;
use crate::pipeline::recording::{faults, outputs};
use crate::project::Project;
use crate::report::live::Live;
use crate::report::seeding;
use crate::work_file::cannot_read;

/// How much longer than a plain rerun another run may take: it may have fewer processors, and busier ones.
const PATIENCE: u64 = 20;
/// What that is at least, in seconds.
const LEAST_PATIENCE: u64 = 120;

/// Where the runs of one experiment are made.
pub(super) struct Laboratory<'a> {
    pub(super) project: &'a Project,
    pub(super) planned: &'a Planned,
    pub(super) folder: &'a DiagnosisFolder<'a>,
}

impl Laboratory<'_> {
    /// The plan and what of the host bounds what can be set.
    pub(super) fn bench(&self) -> Result<Bench, Failure> {
        let host = host_facts()?;
        Ok(Bench {
            plan: self.planned.plan.clone(),
            processors: self.project.engine()?.information()?.processors,
            features: host.cpu_features,
        })
    }

    /// Where it is observed, and what of outputs counts as the same: what was observed elsewhere, or by another policy, is
    /// not gone on with.
    pub(super) fn place(&self) -> Result<String, Failure> {
        let host = host_facts()?;
        let engine = self.project.engine()?.information()?.engine;
        let policy = serde_json::to_vec(&self.policy())
            .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
        Ok(format!(
            "resow {}, {} {}, {}, {} processors, Linux {}, outputs by {}",
            env!("CARGO_PKG_VERSION"),
            engine.name,
            engine.version,
            host.cpu_model,
            host.cores,
            host.kernel,
            Sha256Digest::of(&policy)
        ))
    }

    /// Makes a run, after those of which so much was found.
    pub(super) fn observe(
        &self,
        needed: Needed,
        seen: &[Observation],
        found: &Diagnosis,
    ) -> Result<Observation, Failure> {
        let order = self.order(&needed, seen);
        let conditions = needed.trial.conditions.clone();
        perform_then(self.project, &order, &conditions, Live::Silent, |ended| {
            let observation = self.observation(&order, needed, ended, seen)?;
            self.keep(ended.run, &observation, found.dispensable(seen))?;
            Ok(observation)
        })
    }

    fn order(&self, needed: &Needed, seen: &[Observation]) -> Order {
        let planned = self.planned;
        let mut order = Order::of_planned(planned);
        // Nothing but the conditions is to differ, and a trace is compared with none.
        order.trace = None;
        if let Some(seed) = needed.trial.seed {
            let manifest = planned.manifest.clone().with_seed(seed);
            order.plan = resolve(&manifest, planned.plan.source, planned.image.planned());
        }
        if needed.trial.conditions.entropy.is_some() {
            // The host's entropy cannot be held: it is the seed's, and another stream of it where it is set otherwise.
            order.plan.determinism.entropy = Entropy::Seeded;
        }
        order.resources.timeout = patience(&order.resources, seen);
        order
    }

    fn observation(
        &self,
        order: &Order,
        needed: Needed,
        ended: &Ended<'_>,
        seen: &[Observation],
    ) -> Result<Observation, Failure> {
        let run = ended.run;
        match &run.outcome {
            Outcome::Interrupted => return Err(Failure::new(Exit::Interrupted, "interrupted")),
            Outcome::EngineLost { .. } => {
                return Err(Failure::new(
                    Exit::Unavailable,
                    format!("a run ended: {}", run.outcome),
                )
                .with_hint("start the engine, then diagnose again: what was observed is kept"));
            }
            _ => {}
        }
        let taken = outputs(order, run, printed(run)?, &HashOnly)
            .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
        let faults = faults(order, run, &taken);
        let mut outputs = taken.outputs;
        outputs.retain(|_, entry| entry.role == OutputRole::Result);
        self.unify(run, &mut outputs, seen)?;
        let elapsed = ended.times.ended.duration_since(ended.times.started);
        Ok(Observation {
            trial: needed.trial,
            purpose: needed.purpose,
            outcome: run.outcome.clone(),
            faults,
            outputs,
            acted: run.acted.clone(),
            unseeded: seeding::unseeded(&run.seeding),
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(0),
        })
    }

    /// Lets a content that is kept stand for one that the policy lets pass as the same.
    fn unify(&self, run: &Run, outputs: &mut Outputs, seen: &[Observation]) -> Result<(), Failure> {
        let policy = self.policy();
        let policy = policy.matcher();
        for (name, entry) in outputs {
            if policy.comparator(name).is_none() {
                continue;
            }
            let mut known: Vec<&Content> = Vec::new();
            for content in seen
                .iter()
                .filter_map(|it| Some(&it.outputs.get(name)?.content))
            {
                if !known.contains(&content) {
                    known.push(content);
                }
            }
            if known.contains(&&entry.content) || entry.content.blob().is_none() {
                continue;
            }
            let file = path(run, name);
            let open = || Source::of_file(File::open(&file)?);
            let new = open().map_err(cannot_read(&name.to_string()))?;
            for content in known {
                let Some(old) = self.kept(content)? else {
                    continue;
                };
                if self.compare(name, &old, &new)?.agreement != Agreement::Different {
                    entry.content = content.clone();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Keeps what a run gave and none before it did: how far a cause goes is seen from it, and what later runs give is
    /// compared with it.
    fn keep(
        &self,
        run: &Run,
        observation: &Observation,
        mut dispensable: Vec<Sha256Digest>,
    ) -> Result<(), Failure> {
        if observation.purpose == Purpose::OtherSeed {
            return Ok(());
        }
        let given: BTreeSet<_> = observation.digests().collect();
        dispensable.retain(|digest| !given.contains(digest));
        let outputs = observation.outputs.iter();
        let files = outputs.filter_map(|(name, entry)| {
            let (digest, _) = entry.content.blob()?;
            Some((digest, path(run, name)))
        });
        let files: Vec<_> = files.collect();
        Ok(self.folder.keep(&files, &dispensable)?)
    }

    /// How far two contents of an output are apart, as the manifest declares that they are compared.
    pub(super) fn compare(
        &self,
        output: &OutputName,
        left: &Source,
        right: &Source,
    ) -> Result<Comparison, Failure> {
        let policy = self.policy();
        let policy = policy.matcher();
        let automatic = Comparator::of(ComparatorKind::Auto);
        let comparator = policy.comparator(output).unwrap_or(&automatic);
        let name = output.to_string();
        compare_files_with(&name, left, right, comparator, reader()).map_err(cannot_read(&name))
    }

    fn policy(&self) -> OutputPolicy {
        OutputPolicy::of(&self.planned.manifest.outputs)
    }

    /// The bytes of an output, where they were kept.
    pub(super) fn kept(&self, content: &Content) -> Result<Option<Source>, Failure> {
        let Some((digest, _)) = content.blob() else {
            return Ok(None);
        };
        let file = self.folder.kept_file(&digest)?;
        let source = file.map(Source::of_file).transpose();
        source.map_err(cannot_read("what was kept of a run"))
    }
}

fn host_facts() -> Result<HostFacts, Failure> {
    HostFacts::read().map_err(|error| Failure::from_error(Exit::Unavailable, &error, error.hint()))
}

/// The declared limit of time, or less where plain reruns are done much sooner: a clock that counts may stall a program.
fn patience(resources: &Resources, seen: &[Observation]) -> TimeSpan {
    let plain = seen.iter().filter(|run| run.purpose == Purpose::Rerun);
    let longest = plain.map(|run| run.milliseconds / 1000).max();
    let Some(longest) = longest else {
        return resources.timeout;
    };
    let least = (longest * PATIENCE).max(LEAST_PATIENCE);
    let declared = resources.timeout.duration().as_secs();
    TimeSpan::from_seconds(least.min(declared))
}

/// The digest of what the command printed.
fn printed(run: &Run) -> Result<StandardOutput, Failure> {
    let cannot = || cannot_read("what the command printed")(std::io::ErrorKind::NotFound.into());
    let folder = run.stdout.parent().ok_or_else(cannot)?;
    let name = run.stdout.file_name().ok_or_else(cannot)?;
    let name: WorkspacePath = name.to_string_lossy().parse().map_err(|_| cannot())?;
    let digested = digest_files(folder, &[name], &HashOnly, &DigestOptions::default())
        .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
    let mut files = digested.files.into_iter();
    let blob = files.find_map(|file| file.content.blob());
    let (digest, size) = blob.ok_or_else(cannot)?;
    Ok(StandardOutput { digest, size })
}

/// Where an output lies after its run.
fn path(run: &Run, name: &OutputName) -> PathBuf {
    match name.path() {
        None => run.stdout.clone(),
        Some(path) => run.workspace.root_of_made_files().join(path.as_str()),
    }
}
