//! All outputs of a run, and the policy by which they are compared.

use std::collections::BTreeMap;

use resow_manifest::comparator::Comparator;
use resow_manifest::manifest::{OutputDeclaration, OutputRole};
use resow_manifest::output_location::{LocationMatcher, OutputLocation};
use resow_manifest::workspace_path::WorkspacePath;
use serde::{Deserialize, Serialize};

use super::entry::OutputEntry;
use super::name::OutputName;
use super::rule::OutputRule;

/// All outputs of a run, by name.
pub type Outputs = BTreeMap<OutputName, OutputEntry>;

/// What a manifest declares of its outputs: where they appear, whether they are compared, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutputPolicy {
    /// The rule of each declared location.
    pub rules: BTreeMap<OutputLocation, OutputRule>,
}

impl OutputPolicy {
    /// The policy of these declarations.
    pub fn of(declarations: &[OutputDeclaration]) -> Self {
        let rules = declarations.iter().map(|declaration| {
            let rule = OutputRule {
                role: declaration.role,
                comparator: declaration.comparator.clone(),
            };
            (declaration.location.clone(), rule)
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// The policy made ready to be asked about many outputs.
    pub fn matcher(&self) -> PolicyMatcher<'_> {
        let locations = self.rules.iter();
        PolicyMatcher {
            locations: locations
                .map(|(location, rule)| (location, rule, location.matcher()))
                .collect(),
        }
    }
}

/// A policy made ready to be asked about many outputs.
#[derive(Clone, Debug)]
pub struct PolicyMatcher<'a> {
    locations: Vec<(&'a OutputLocation, &'a OutputRule, LocationMatcher)>,
}

impl<'a> PolicyMatcher<'a> {
    /// The declared locations that the path belongs to.
    pub fn covering(&self, path: &WorkspacePath) -> impl Iterator<Item = &'a OutputLocation> {
        let locations = self.locations.iter();
        locations
            .filter(|(_, _, matcher)| matcher.covers(path))
            .map(|(location, _, _)| *location)
    }

    /// The role of the output `name`; a result where nothing declares it.
    pub fn role(&self, name: &OutputName) -> OutputRole {
        self.rule(name).map_or(OutputRole::Result, |rule| rule.role)
    }

    /// How the output `name` is compared; `None` where that is bit for bit.
    pub fn comparator(&self, name: &OutputName) -> Option<&'a Comparator> {
        self.rule(name)?.comparator.as_ref()
    }

    /// The rule for the output `name`; `None` where nothing declares it.
    ///
    /// Where several locations cover it, a path comes before a glob, and a longer path before a shorter one.
    fn rule(&self, name: &OutputName) -> Option<&'a OutputRule> {
        self.locations
            .iter()
            .filter(|(location, _, matcher)| match name {
                OutputName::StandardOutput => **location == OutputLocation::StandardOutput,
                OutputName::Path(path) => matcher.covers(path),
            })
            .max_by_key(|(location, _, _)| match location {
                OutputLocation::Path(path) => path.as_str().len() + 1,
                OutputLocation::StandardOutput | OutputLocation::Glob(_) => 0,
            })
            .map(|(_, rule, _)| *rule)
    }
}
