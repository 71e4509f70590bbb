//! `resow verify`: runs claims again, gives a verdict on each, and says which are stale.

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::plan::PlanDifference;
use resow_manifest::suggestion::did_you_mean;
use resow_verifier::claim::Claim;
use resow_verifier::explanation::explain;
use resow_verifier::verdict::{Acceptance, judge};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::arguments::{Accept, Overrides};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::foreign::WithReader;
use crate::pipeline::claims::{self, FoundClaim};
use crate::pipeline::execution::perform;
use crate::pipeline::images;
use crate::pipeline::order::{Order, or_another_image};
use crate::pipeline::past::Past;
use crate::pipeline::planning::{Planned, plan_work_tree};
use crate::pipeline::policies::Policies;
use crate::pipeline::verification::Reran;
use crate::project::Project;
use crate::report::lines::{Lines, MOST_OF_A_KIND};
use crate::report::live::Live;
use crate::report::sides::Sides;
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
                if let Some(hint) = verified.reran.hint() {
                    terminal::hint(&hint);
                }
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
    /// How its policy stands to that of the manifest at hand.
    policies: Policies,
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
        self.reran.exit().and(stale).and(self.policies.exit())
    }

    fn text(&self) -> String {
        let mut lines = Lines::of(Sides::RERUN);
        self.reran.tell(&mut lines);
        let name = &self.reran.record.experiment;
        match &self.staleness {
            Staleness::Current => {}
            Staleness::Accepted(differences) => {
                lines.say(format!("{name}: stale: {} (accepted)", fields(differences)));
            }
            Staleness::Stale(differences) => {
                let word = bad(&format!("stale: {}", fields(differences)));
                lines.say(format!(
                    "{name}: {word} (the manifest at hand makes another plan)"
                ));
            }
            Staleness::Unknown(failure) => lines.say(format!(
                "{name}: {}",
                bad(&format!(
                    "stale: the manifest at hand makes no plan: {}",
                    failure.message
                ))
            )),
        }
        self.policies.tell(&mut lines, name, "the manifest at hand");
        lines.into_text()
    }

    fn fields(&self) -> Value {
        let mut fields = self.reran.fields();
        fields["stale"] = match &self.staleness {
            Staleness::Current => json!([]),
            Staleness::Stale(differences) | Staleness::Accepted(differences) => json!(differences),
            Staleness::Unknown(failure) => json!({ "unknown": failure.message }),
        };
        self.policies.add_to(&mut fields);
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
    let bytes = WithReader(project.store()?);
    let judge = || judge(&claim.evidence(), &record, acceptance, &bytes);
    let verdict = project.interrupt.ending_at_once(judge)?;
    let causes = explain(&claim.evidence(), &record, &verdict);
    let policies = match &at_hand {
        Ok(planned) => Policies::of(&claim, &planned.manifest),
        Err(_) => Policies::default(),
    };
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
            causes,
        },
        staleness,
        policies,
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

/// The names of the fields that differ, as many as are shown.
fn fields(differences: &[PlanDifference]) -> String {
    let fields = differences.iter().take(MOST_OF_A_KIND);
    let fields: Vec<_> = fields.map(|each| visible(&each.field)).collect();
    let fields = fields.join(", ");
    match differences.len().saturating_sub(MOST_OF_A_KIND) {
        0 => fields,
        more => format!("{fields} and {more} more"),
    }
}
