//! Two revisions, experiment by experiment.

use std::collections::BTreeSet;

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::CommitId;
use serde_json::{Value, json};

use super::comparison::Comparison;
use super::side::Side;
use super::text;
use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims;
use crate::pipeline::planning::{experiments_of, plan_commit};
use crate::project::Project;
use crate::report::lines::Lines;
use crate::report::sides::Sides;
use crate::report::terminal::{self, bad, visible};

/// An experiment that one revision or both have.
struct Compared {
    exit: Exit,
    text: String,
    fields: Value,
}

/// Compares every experiment of two revisions.
pub(super) fn diff(
    project: &Project,
    [left, right]: [&str; 2],
    commits: &[CommitId; 2],
) -> Result<Answer, Failure> {
    let declared = |commit| experiments_of(project, commit).map(BTreeSet::from_iter);
    let (first, second) = (declared(&commits[0])?, declared(&commits[1])?);
    let mut exit = Exit::Done;
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for name in first.union(&second) {
        let compared = match (first.contains(name), second.contains(name)) {
            (true, true) => match compare(project, name, commits) {
                Ok(compared) => compared,
                // One experiment that cannot be compared does not keep the others from it.
                Err(failure) => {
                    let failure = failure.of_experiment(name);
                    terminal::failure(&failure);
                    exit = exit.and(failure.exit);
                    objects.push(json!({ "experiment": name, "error": failure.object() }));
                    continue;
                }
            },
            (is_left, _) => on_one_side(name, is_left),
        };
        exit = exit.and(compared.exit);
        texts.push(compared.text);
        objects.push(compared.fields);
    }
    if objects.is_empty() {
        texts.push(format!(
            "{} and {} have no experiment",
            visible(left),
            visible(right)
        ));
        exit = Exit::Incomparable;
    }
    Ok(Answer::new(
        exit,
        texts.join("\n\n"),
        json!({ "left": left, "right": right, "experiments": objects }),
    ))
}

fn on_one_side(name: &ExperimentName, is_left: bool) -> Compared {
    let (side, only) = if is_left {
        ("left", Sides::PLACES.only_left)
    } else {
        ("right", Sides::PLACES.only_right)
    };
    Compared {
        exit: Exit::Different,
        text: format!("{name}: {}", bad(only)),
        fields: json!({ "experiment": name, "only": side }),
    }
}

/// Compares an experiment that both revisions have: by what was claimed there, else by the newest record of its plan.
fn compare(
    project: &Project,
    name: &ExperimentName,
    commits: &[CommitId; 2],
) -> Result<Compared, Failure> {
    let words = Sides::PLACES;
    let mut left = Declared::of(project, name, &commits[0])?;
    let mut right = Declared::of(project, name, &commits[1])?;
    let of_which = |is_it: fn(&Declared) -> bool| -> Vec<&str> {
        let sides = [(&left, words.left), (&right, words.right)].into_iter();
        let which = sides.filter(|(side, _)| is_it(side));
        which.map(|(_, word)| word).collect()
    };
    let stale = of_which(|side| side.is_stale);
    let lacking = of_which(|side| side.is_lacking);
    if !lacking.is_empty() {
        left.side.outputs.clear();
        right.side.outputs.clear();
    }
    let found = Comparison::of(Some(project), left.side, right.side, 0)?;
    let mut lines = Lines::of(words);
    lines.say(format!("{name}:"));
    lines.within(2, |lines| {
        for side in &stale {
            let text = format!("the claim {side} is of another plan than the manifest");
            lines.say(format!("{}: {text}", bad("stale")));
        }
        text::tell(lines, &found);
        if lacking.is_empty() {
            lines.say(text::summary(&found));
        } else {
            let which = match lacking[..] {
                [one] => format!("{one} has neither a claim nor a record"),
                _ => "neither side has a claim or a record".to_owned(),
            };
            lines.say(format!("nothing to compare: {which} of its plan"));
        }
    });
    let mut fields = found.fields();
    fields["experiment"] = json!(name);
    fields["stale"] = json!(stale);
    fields["lacking"] = json!(lacking);
    let is_known = stale.is_empty() && lacking.is_empty();
    let known = if is_known {
        Exit::Done
    } else {
        Exit::Incomparable
    };
    Ok(Compared {
        exit: found.exit().and(known),
        text: lines.into_text(),
        fields,
    })
}

/// An experiment as a revision declares it, with what is known of its outputs there.
struct Declared {
    side: Side,
    /// Whether the claim there is of another plan.
    is_stale: bool,
    /// Whether there is neither a claim nor a record of its plan.
    is_lacking: bool,
}

impl Declared {
    fn of(project: &Project, name: &ExperimentName, commit: &CommitId) -> Result<Self, Failure> {
        let plan = plan_commit(project, name, commit)?.plan;
        let claim = claims::in_commit(project, name, commit)?;
        let is_stale = claim
            .as_ref()
            .is_some_and(|found| found.claim.plan.id() != plan.id());
        // What another plan gave says nothing of this one.
        let known = match claim.filter(|_| !is_stale) {
            Some(found) => Some(Side::of_claim(found)),
            None => Side::of_newest(project, &plan.id())?,
        };
        let is_lacking = known.is_none();
        let mut side = known.unwrap_or_else(|| Side::named(format!("{}:{name}", commit.short())));
        side.plan = Some(plan);
        Ok(Self {
            side,
            is_stale,
            is_lacking,
        })
    }
}
