//! How the policy of a claim stands to that of a manifest: what either would let pass that the other would not.

use resow_manifest::comparator::Comparator;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::manifest::{Manifest, OutputRole};
use resow_verifier::claim::Claim;
use resow_verifier::outputs::OutputRule;
use serde_json::{Value, json};

use crate::exit_code::Exit;
use crate::report::lines::Lines;
use crate::report::terminal::{bad, visible};

/// Outputs that a claim and a manifest do not compare alike.
#[derive(Default)]
pub(crate) struct Policies {
    /// Those that the claim compares and the manifest does not, or not as strictly.
    looser: Vec<String>,
    /// Those that the manifest compares and the claim does not.
    unclaimed: Vec<String>,
    /// Those of which the claim would let pass what the manifest does not.
    claimed_loosely: Vec<String>,
}

impl Policies {
    /// Holds a claim against a manifest.
    pub(crate) fn of(claim: &Claim, manifest: &Manifest) -> Self {
        let mut policies = Self::default();
        for output in &manifest.outputs {
            let Some(rule) = claim.policy.rules.get(&output.location) else {
                continue;
            };
            let declared = OutputRule {
                role: output.role,
                comparator: output.comparator.clone(),
            };
            policies.add(&output.location.to_string(), rule, &declared);
        }
        policies
    }

    fn add(&mut self, output: &str, claimed: &OutputRule, declared: &OutputRule) {
        let is_looser = |one: &Option<Comparator>, other: &Option<Comparator>| {
            one.as_ref()
                .is_some_and(|one| one.is_looser_than(other.as_ref()))
        };
        let (looser, unclaimed, claimed_loosely) = match (claimed.role, declared.role) {
            (OutputRole::Result, OutputRole::Log) => (true, false, false),
            (OutputRole::Log, OutputRole::Result) => (false, true, false),
            (OutputRole::Log, OutputRole::Log) => (false, false, false),
            // Each may let something else pass.
            (OutputRole::Result, OutputRole::Result) => (
                is_looser(&declared.comparator, &claimed.comparator),
                false,
                is_looser(&claimed.comparator, &declared.comparator),
            ),
        };
        for (belongs, list) in [
            (looser, &mut self.looser),
            (unclaimed, &mut self.unclaimed),
            (claimed_loosely, &mut self.claimed_loosely),
        ] {
            if belongs {
                list.push(output.to_owned());
            }
        }
    }

    /// A claim that lets more pass than the manifest is no agreement with it.
    pub(crate) fn exit(&self) -> Exit {
        if self.unclaimed.is_empty() && self.claimed_loosely.is_empty() {
            Exit::Done
        } else {
            Exit::Incomparable
        }
    }

    /// Tells of each; `manifest` says which: `the manifest at hand`.
    pub(crate) fn tell(&self, lines: &mut Lines, name: &ExperimentName, manifest: &str) {
        let looser = self.looser.iter().map(|output| {
            format!(
                "{name}: `{}` was compared as the claim says; {manifest} would let more pass",
                visible(output)
            )
        });
        let unclaimed = self.unclaimed.iter().map(|output| {
            format!(
                "`{}` is a log in the claim, and a result in {manifest}",
                visible(output)
            )
        });
        let loosely = self.claimed_loosely.iter().map(|output| {
            format!(
                "the claim would let more pass of `{}` than {manifest}",
                visible(output)
            )
        });
        let not_claimed = |text| format!("{name}: {}", bad(&format!("not claimed: {text}")));
        lines.say_each(looser, |lines, text| lines.say(text));
        lines.say_each(unclaimed, |lines, text| lines.say(not_claimed(text)));
        lines.say_each(loosely, |lines, text| lines.say(not_claimed(text)));
    }

    /// Adds the same for programs: `looser` and `unclaimed`.
    pub(crate) fn add_to(&self, fields: &mut Value) {
        fields["looser"] = json!(self.looser);
        let unclaimed = self.unclaimed.iter().chain(&self.claimed_loosely);
        fields["unclaimed"] = json!(unclaimed.collect::<Vec<_>>());
    }
}
