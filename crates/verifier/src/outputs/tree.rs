//! All outputs of a run, and the policy by which they are compared.

use std::collections::BTreeMap;

use resow_manifest::manifest::{OutputDeclaration, OutputRole};
use resow_manifest::output_location::OutputLocation;
use serde::{Deserialize, Serialize};

use super::entry::OutputEntry;
use super::name::OutputName;

/// All outputs of a run, by name.
pub type Outputs = BTreeMap<OutputName, OutputEntry>;

/// What a manifest declares of its outputs: where they appear and whether they are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutputPolicy {
    /// The role of each declared location.
    pub roles: BTreeMap<OutputLocation, OutputRole>,
}

impl OutputPolicy {
    /// The policy of these declarations.
    pub fn of(declarations: &[OutputDeclaration]) -> Self {
        let roles = declarations
            .iter()
            .map(|declaration| (declaration.location.clone(), declaration.role))
            .collect();
        Self { roles }
    }

    /// The role of the output `name`; a result where nothing declares it.
    ///
    /// Where several locations cover it, a path comes before a glob, and a longer path before a shorter one.
    pub fn role(&self, name: &OutputName) -> OutputRole {
        self.roles
            .iter()
            .filter(|(location, _)| match (name, location) {
                (OutputName::StandardOutput, OutputLocation::StandardOutput) => true,
                (OutputName::Path(path), location) => location.covers(path),
                _ => false,
            })
            .max_by_key(|(location, _)| match location {
                OutputLocation::Path(path) => path.as_str().len() + 1,
                OutputLocation::StandardOutput | OutputLocation::Glob(_) => 0,
            })
            .map_or(OutputRole::Result, |(_, role)| *role)
    }
}
