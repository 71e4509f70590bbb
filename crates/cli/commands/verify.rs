//! `resow verify`: runs claims again, gives a verdict on each, and says which are stale.

use resow_executor::source::Keep;
use resow_manifest::comparator::Comparator;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::manifest::OutputRole;
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
use crate::pipeline::execution::perform;
use crate::pipeline::images;
use crate::pipeline::order::{Order, or_another_image};
use crate::pipeline::past::Past;
use crate::pipeline::planning::{Planned, plan_work_tree};
use crate::pipeline::verification::Reran;
use crate::project::Project;
use crate::report::live::Live;
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
    /// Outputs that the claim compares and today's manifest no longer does, or not as strictly.
    looser: Vec<String>,
    /// Outputs that today's manifest compares and the claim does not.
    unclaimed: Vec<String>,
    /// Outputs of which the claim would let pass what today's manifest does not.
    claimed_loosely: Vec<String>,
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
    Unknown(Failure),
}

impl Verified {
    fn exit(&self) -> Exit {
        let stale = match &self.staleness {
            Staleness::Current | Staleness::Accepted(_) => Exit::Done,
            Staleness::Stale(_) => Exit::Incomparable,
            // A manifest with faults makes the claim stale; damage, and what cannot be had, is more than that.
            Staleness::Unknown(failure) if failure.exit == Exit::Usage => Exit::Incomparable,
            Staleness::Unknown(failure) => failure.exit.and(Exit::Incomparable),
        };
        let claimed = if self.unclaimed.is_empty() && self.claimed_loosely.is_empty() {
            Exit::Done
        } else {
            Exit::Incomparable
        };
        self.reran.exit().and(stale).and(claimed)
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
            Staleness::Unknown(failure) => lines.push(format!(
                "{name}: {}",
                bad(&format!(
                    "stale: the manifest at hand makes no plan: {}",
                    failure.message
                ))
            )),
        }
        for output in &self.looser {
            lines.push(format!(
                "{name}: `{}` was compared as the claim says; the manifest at hand would let more pass",
                visible(output)
            ));
        }
        for output in &self.unclaimed {
            lines.push(format!(
                "{name}: {}",
                bad(&format!(
                    "not claimed: `{}` is a log in the claim, and a result in the manifest at hand",
                    visible(output)
                ))
            ));
        }
        for output in &self.claimed_loosely {
            lines.push(format!(
                "{name}: {}",
                bad(&format!(
                    "not claimed: the claim would let more pass of `{}` than the manifest at hand",
                    visible(output)
                ))
            ));
        }
        lines.join("\n")
    }

    fn fields(&self) -> Value {
        let mut fields = self.reran.fields();
        fields["stale"] = match &self.staleness {
            Staleness::Current => json!([]),
            Staleness::Stale(differences) | Staleness::Accepted(differences) => json!(differences),
            Staleness::Unknown(failure) => json!({ "unknown": failure.message }),
        };
        fields["looser"] = json!(self.looser);
        let unclaimed = self.unclaimed.iter().chain(&self.claimed_loosely);
        fields["unclaimed"] = json!(unclaimed.collect::<Vec<_>>());
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
    let past = Past::from(&claim);
    let order = Order::again(project, &past, at_hand.as_ref().ok(), accept)?;
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
    let verdict = judge(&claim.evidence(), &record, acceptance, project.store()?)?;
    let roles = |claimed, declared| match &at_hand {
        Ok(planned) => outputs_with_roles(&claim, claimed, planned, declared),
        Err(_) => Vec::new(),
    };
    let mut looser = roles(OutputRole::Result, OutputRole::Log);
    let mut claimed_loosely = Vec::new();
    if let Ok(planned) = &at_hand {
        let is_looser = |one: Option<&Comparator>, other: Option<&Comparator>| {
            one.is_some_and(|one| one.is_looser_than(other))
        };
        looser.extend(outputs_compared(&claim, planned, |claimed, declared| {
            is_looser(declared, claimed)
        }));
        claimed_loosely = outputs_compared(&claim, planned, is_looser);
    }
    let unclaimed = roles(OutputRole::Log, OutputRole::Result);
    let staleness = match at_hand {
        Ok(planned) => staleness(&claim, &planned, acceptance),
        Err(failure) => Staleness::Unknown(failure),
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
        unclaimed,
        claimed_loosely,
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

/// The outputs that are results in both, of which this is true of the comparators of the claim and of the manifest at
/// hand.
fn outputs_compared(
    claim: &Claim,
    planned: &Planned,
    holds: impl Fn(Option<&Comparator>, Option<&Comparator>) -> bool,
) -> Vec<String> {
    let outputs = planned.manifest.outputs.iter();
    outputs
        .filter(|output| output.role == OutputRole::Result)
        .filter(|output| {
            let rule = claim.policy.rules.get(&output.location);
            let rule = rule.filter(|rule| rule.role == OutputRole::Result);
            rule.is_some_and(|rule| holds(rule.comparator.as_ref(), output.comparator.as_ref()))
        })
        .map(|output| output.location.to_string())
        .collect()
}

/// The outputs that have one role in the claim and another in the manifest at hand.
fn outputs_with_roles(
    claim: &Claim,
    claimed: OutputRole,
    planned: &Planned,
    declared: OutputRole,
) -> Vec<String> {
    let outputs = planned.manifest.outputs.iter();
    outputs
        .filter(|output| output.role == declared)
        .filter(|output| {
            let rule = claim.policy.rules.get(&output.location);
            rule.is_some_and(|rule| rule.role == claimed)
        })
        .map(|output| output.location.to_string())
        .collect()
}
