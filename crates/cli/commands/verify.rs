//! `resow verify`: runs claims again, gives a verdict on each, and says which are stale.

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::CommitId;
use resow_manifest::manifest::{ImageDeclaration, OutputRole};
use resow_manifest::plan::PlanDifference;
use resow_manifest::suggestion::did_you_mean;
use resow_verifier::claim::Claim;
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Accept, Overrides};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims::{self, FoundClaim};
use crate::pipeline::execution::{Live, Order, perform};
use crate::pipeline::images;
use crate::pipeline::planning::{Planned, plan_work_tree};
use crate::pipeline::sources::{commit_with_source_of, selection_of};
use crate::pipeline::verification::Reran;
use crate::project::Project;
use crate::report::terminal::{self, bad, visible};

/// Verifies the claims named, or all.
pub(crate) fn verify(
    project: &Project,
    names: &[ExperimentName],
    accept: &[Accept],
) -> Result<Answer, Failure> {
    let names = if names.is_empty() {
        let names = claims::claimed(project)?;
        if names.is_empty() {
            return Err(
                Failure::new(Exit::Incomparable, "there is no claim in `experiments/`")
                    .with_hint("`resow claim NAME` writes one"),
            );
        }
        names
    } else {
        names.to_vec()
    };
    let mut exit = Exit::Done;
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for name in &names {
        // One claim that cannot be verified does not keep the others from it.
        match verify_one(project, name, accept) {
            Ok(verified) => {
                exit = exit.and(verified.exit());
                texts.push(verified.text());
                objects.push(verified.fields());
            }
            Err(failure) => {
                let failure = failure.of_experiment(name);
                terminal::failure(&failure);
                exit = exit.and(failure.exit);
                objects.push(json!({ "experiment": name, "error": failure.object() }));
            }
        }
        if project.interrupt.is_requested() {
            exit = exit.and(Exit::Interrupted);
            break;
        }
    }
    Ok(Answer::new(
        exit,
        texts.join("\n\n"),
        json!({ "claims": objects }),
    ))
}

/// A claim that was run again, and how it stands to the revision at hand.
struct Verified {
    reran: Reran,
    staleness: Staleness,
    /// Outputs that the claim compares and today's manifest no longer does.
    looser: Vec<String>,
}

/// How a claim stands to the revision at hand.
enum Staleness {
    /// The revision resolves to the claim's plan.
    Current,
    /// It resolves to the claim's plan in another image, which was accepted.
    Accepted(Vec<PlanDifference>),
    /// It resolves to another.
    Stale(Vec<PlanDifference>),
    /// It resolves to none.
    Unknown(String),
}

impl Verified {
    fn exit(&self) -> Exit {
        let stale = match self.staleness {
            Staleness::Current | Staleness::Accepted(_) => Exit::Done,
            Staleness::Stale(_) | Staleness::Unknown(_) => Exit::Incomparable,
        };
        self.reran.exit().and(stale)
    }

    fn text(&self) -> String {
        let mut lines = vec![self.reran.text()];
        let name = &self.reran.record.experiment;
        match &self.staleness {
            Staleness::Current => {}
            Staleness::Accepted(differences) => {
                lines.push(format!("{name}: stale: {} (accepted)", fields(differences)));
            }
            Staleness::Stale(differences) => {
                let word = bad(&format!("stale: {}", fields(differences)));
                lines.push(format!(
                    "{name}: {word} (the manifest at hand makes another plan)"
                ));
            }
            Staleness::Unknown(reason) => lines.push(format!(
                "{name}: {}",
                bad(&format!(
                    "stale: the manifest at hand makes no plan: {reason}"
                ))
            )),
        }
        for output in &self.looser {
            lines.push(format!(
                "{name}: `{}` was compared as the claim says; the manifest at hand no longer compares it",
                visible(output)
            ));
        }
        lines.join("\n")
    }

    fn fields(&self) -> Value {
        let mut fields = self.reran.fields();
        fields["stale"] = match &self.staleness {
            Staleness::Current => json!([]),
            Staleness::Stale(differences) | Staleness::Accepted(differences) => json!(differences),
            Staleness::Unknown(reason) => json!({ "unknown": reason }),
        };
        fields["looser"] = json!(self.looser);
        fields
    }
}

fn verify_one(
    project: &Project,
    name: &ExperimentName,
    accept: &[Accept],
) -> Result<Verified, Failure> {
    let Some(FoundClaim { claim, place }) = claims::in_work_tree(project, name)? else {
        return Err(no_claim(project, name));
    };
    // First of all, so that an engine that is not there is not taken for an image that is not.
    project.engine()?;
    let at_hand = plan_work_tree(project, name, &Overrides::default(), Keep::Memory);
    let order = order(project, &claim, at_hand.as_ref().ok(), accept)?;
    images::ensure(
        project,
        &order.image_declaration,
        &order.image,
        &order.declared_in,
    )
    .map_err(|failure| match failure.exit {
        Exit::Unavailable => or_another_image(failure),
        _ => failure,
    })?;
    let (id, record) = perform(project, &order, Live::Silent)?;
    let acceptance = Acceptance {
        image: accept.contains(&Accept::Image),
    };
    let verdict = judge(&claim.evidence(), &record, acceptance);
    let (staleness, looser) = match at_hand {
        Ok(planned) => (
            staleness(&claim, &planned, acceptance),
            looser(&claim, &planned),
        ),
        Err(failure) => (Staleness::Unknown(failure.message), Vec::new()),
    };
    Ok(Verified {
        reran: Reran {
            id,
            record,
            against: place,
            verdict,
        },
        staleness,
        looser,
    })
}

/// Says that there is no claim of this name, and which one may have been meant.
fn no_claim(project: &Project, name: &ExperimentName) -> Failure {
    let failure = Failure::new(
        Exit::Incomparable,
        format!("`{name}` has no claim: `{}` is missing", name.claim_path()),
    );
    if project.root().join(name.manifest_path()).is_file() {
        return failure.with_hint(format!("`resow claim {name}` writes it"));
    }
    let claimed = claims::claimed(project).unwrap_or_default();
    let known: Vec<_> = claimed.iter().map(ExperimentName::as_str).collect();
    match did_you_mean(name.as_str(), known.iter().copied()) {
        Some(meant) => failure.with_hint(meant),
        None if known.is_empty() => failure.with_hint("`resow claim NAME` writes one"),
        None => failure.with_hint(format!("there are claims of: {}", known.join(", "))),
    }
}

/// The claim's plan, on a source and in an image that can be had here.
fn order(
    project: &Project,
    claim: &Claim,
    at_hand: Option<&Planned>,
    accept: &[Accept],
) -> Result<Order, Failure> {
    let selection = selection_of(claim)?;
    let commit = commit_with_source_of(project, claim, &selection)?;
    let declaration = ImageDeclaration::try_from(&claim.image.declared)
        .map_err(|error| Failure::from_error(Exit::Damaged, &error, None))?;
    // Where another image is accepted, the one at hand is meant.
    if accept.contains(&Accept::Image)
        && let Some(planned) = at_hand
    {
        return Ok(Order::of_claim(
            claim,
            commit,
            selection,
            planned.manifest.image.clone(),
            planned.image.clone(),
            planned.declared_in.clone(),
        ));
    }
    let planned_image = &claim.plan.plan().image;
    let revisions = candidates(project, claim, &commit, at_hand)?;
    let mut refusal = None;
    for revision in &revisions {
        match images::identify(project, &declaration, revision) {
            Ok(image) if image.planned() == *planned_image => {
                return Ok(Order::of_claim(
                    claim,
                    commit,
                    selection,
                    declaration,
                    image,
                    revision.clone(),
                ));
            }
            Ok(_) => {}
            Err(failure) => refusal = refusal.or(Some(failure)),
        }
    }
    let refusal = refusal.unwrap_or_else(|| {
        Failure::new(
            Exit::Unavailable,
            format!(
                "image `{}` cannot be had: no revision at hand declares it",
                claim.image.id
            ),
        )
    });
    Err(or_another_image(refusal))
}

/// A failure to have the claim's image, with what can be done about it.
fn or_another_image(failure: Failure) -> Failure {
    let hint = failure
        .hint
        .clone()
        .unwrap_or_else(|| "`resow image load FILE` takes it out of a file".to_owned());
    failure.with_hint(format!(
        "{hint}; `--accept image` compares in spite of another image"
    ))
}

/// Where the recipe of the claim's image may stand: where its source does, where it was claimed, and at hand.
fn candidates(
    project: &Project,
    claim: &Claim,
    commit: &CommitId,
    at_hand: Option<&Planned>,
) -> Result<Vec<CommitId>, Failure> {
    let mut revisions = vec![commit.clone()];
    let named = claim.provenance.commit.clone();
    revisions.extend(named.filter(|commit| project.repository.contains(commit)));
    revisions.extend(at_hand.map(|planned| planned.declared_in.clone()));
    revisions.extend(project.repository.head()?);
    revisions.dedup();
    Ok(revisions)
}

fn staleness(claim: &Claim, planned: &Planned, acceptance: Acceptance) -> Staleness {
    if planned.plan.id() == claim.plan.id() {
        return Staleness::Current;
    }
    let differences = claim.plan.plan().differences(&planned.plan);
    let is_accepted = |field: &str| field == "image" || field.starts_with("image.environment.");
    if acceptance.image && differences.iter().all(|each| is_accepted(&each.field)) {
        Staleness::Accepted(differences)
    } else {
        Staleness::Stale(differences)
    }
}

/// The names of the fields that differ.
fn fields(differences: &[PlanDifference]) -> String {
    let fields: Vec<_> = differences
        .iter()
        .map(|each| visible(&each.field))
        .collect();
    fields.join(", ")
}

fn looser(claim: &Claim, planned: &Planned) -> Vec<String> {
    planned
        .manifest
        .outputs
        .iter()
        .filter(|output| output.role == OutputRole::Log)
        .filter(|output| claim.policy.roles.get(&output.location) == Some(&OutputRole::Result))
        .map(|output| output.location.to_string())
        .collect()
}
