//! What is to be run: a plan of today, or one that a claim or a record tells of.

use std::collections::BTreeSet;

use resow_executor::image::identity::ImageIdentity;
use resow_executor::input::WantedInput;
use resow_executor::source::Selection;
use resow_manifest::determinism::InstructionSet;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host_fact::HostFact;
use resow_manifest::identifiers::CommitId;
use resow_manifest::manifest::{ImageDeclaration, Resources};
use resow_manifest::plan::Plan;
use resow_manifest::trace::TraceDeclaration;
use resow_verifier::outputs::OutputPolicy;

use super::images;
use super::past::Past;
use super::planning::Planned;
use super::sources::commit_with_source_of;
use crate::arguments::Accept;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;

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
    /// In what a host must be the same for the outputs to be compared.
    pub(crate) same: BTreeSet<HostFact>,
    /// The lesser processor as which the run is to see this one.
    pub(crate) as_if: Option<InstructionSet>,
    /// What is traced.
    pub(crate) trace: Option<TraceDeclaration>,
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
            same: manifest.same.clone(),
            as_if: None,
            trace: manifest.trace.clone(),
        }
    }

    /// To run again what was run before, on the source of `commit`, in `image`.
    fn of_past(past: &Past, commit: CommitId, selection: Selection, image: Obtainable) -> Self {
        let mut plan = past.plan.plan().clone();
        plan.image = image.identity.planned();
        let inputs = past
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
            experiment: past.experiment.clone(),
            plan,
            commit,
            is_snapshot: false,
            selection,
            declared_in: image.declared_in,
            image_declaration: image.declaration,
            image: image.identity,
            inputs,
            resources: past.resources,
            policy: past.policy.clone(),
            same: past.same.clone(),
            as_if: None,
            trace: past.trace.clone(),
        }
    }

    /// To run again what a claim or a record tells of, on a source and in an image that can be had here. Where another
    /// image is accepted, the one at hand is meant.
    pub(crate) fn again(
        project: &Project,
        past: &Past,
        at_hand: Option<&Planned>,
        accept: &[Accept],
    ) -> Result<Self, Failure> {
        let selection = past.selection()?;
        let commit = commit_with_source_of(project, past, &selection)?;
        let image = match at_hand {
            Some(planned) if accept.contains(&Accept::Image) => Obtainable {
                declaration: planned.manifest.image.clone(),
                identity: planned.image.clone(),
                declared_in: planned.declared_in.clone(),
            },
            _ => past_image(project, past, &commit, at_hand)?,
        };
        Ok(Self::of_past(past, commit, selection, image))
    }
}

/// An image that can be had: as declared, as content, and the commit whose recipe makes it.
struct Obtainable {
    declaration: ImageDeclaration,
    identity: ImageIdentity,
    declared_in: CommitId,
}

/// The image of a past run, declared by a revision that is here.
fn past_image(
    project: &Project,
    past: &Past,
    commit: &CommitId,
    at_hand: Option<&Planned>,
) -> Result<Obtainable, Failure> {
    let declaration = ImageDeclaration::try_from(&past.image.declared)
        .map_err(|error| Failure::from_error(Exit::Damaged, &error, None))?;
    let mut refusal = None;
    for revision in revisions(project, past, commit, at_hand)? {
        match images::identify(project, &declaration, &revision) {
            Ok(identity) if identity.planned() == past.plan.plan().image => {
                return Ok(Obtainable {
                    declaration,
                    identity,
                    declared_in: revision,
                });
            }
            Ok(_) => {}
            Err(failure) => refusal = refusal.or(Some(failure)),
        }
    }
    let mut refusal = refusal.unwrap_or_else(|| {
        Failure::new(
            Exit::Unavailable,
            format!(
                "image `{}` cannot be had: no revision at hand declares it",
                past.image.id
            ),
        )
    });
    // A recipe that no revision here has is a thing that cannot be had, not a mistake of whoever asks.
    if refusal.exit == Exit::Usage {
        refusal.exit = Exit::Unavailable;
    }
    Err(or_another_image(refusal))
}

/// Where the recipe of a past run's image may stand: where its source does, where it was claimed, and at hand.
fn revisions(
    project: &Project,
    past: &Past,
    commit: &CommitId,
    at_hand: Option<&Planned>,
) -> Result<Vec<CommitId>, Failure> {
    let mut revisions = vec![commit.clone()];
    let named = past.provenance.commit.clone();
    revisions.extend(named.filter(|commit| project.repository.contains(commit)));
    revisions.extend(at_hand.map(|planned| planned.declared_in.clone()));
    revisions.extend(project.repository.head()?);
    revisions.dedup();
    Ok(revisions)
}

/// A failure to have an image, with what can be done about it.
pub(crate) fn or_another_image(failure: Failure) -> Failure {
    let hint = failure
        .hint
        .clone()
        .unwrap_or_else(|| "`resow image load FILE` takes it out of a file".to_owned());
    failure.with_hint(format!(
        "{hint}; `--accept image` compares in spite of another image"
    ))
}
