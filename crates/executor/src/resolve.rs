//! From a manifest to a plan, once its source and image are known as content.

use resow_manifest::identifiers::SourceId;
use resow_manifest::manifest::{InputDeclaration, Manifest};
use resow_manifest::output_location::OutputLocation;
use resow_manifest::plan::{LAYER, Network, Plan, PlanImage};
use resow_manifest::source_tree::SourceTree;
use resow_manifest::workspace_path::WorkspacePath;

use crate::input::WantedInput;

/// Why a plan does not go with its source.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// An output is also a file that enters.
    #[error(
        "output `{path}` is also a file of the source: what the run makes could not be told from it"
    )]
    OutputIsSource {
        /// The path of both.
        path: WorkspacePath,
    },
}

impl ResolveError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OutputIsSource { path } => Some(format!(
                "stop tracking it with `git rm --cached {path}`, or leave it out with `[source] include`"
            )),
        }
    }
}

/// Refuses a plan one of whose outputs is also a file that enters.
///
/// # Errors
/// With the first such output.
pub fn check_outputs(plan: &Plan, source: &SourceTree) -> Result<(), ResolveError> {
    let clash = plan.outputs.iter().find_map(|output| match output {
        OutputLocation::Path(path) if source.entries.contains_key(path) => Some(path.clone()),
        _ => None,
    });
    clash.map_or(Ok(()), |path| Err(ResolveError::OutputIsSource { path }))
}

/// The plan that a manifest makes with this source and this image.
pub fn resolve(manifest: &Manifest, source: SourceId, image: PlanImage) -> Plan {
    let cpus = manifest.resources.cpus;
    let determinism = manifest.determinism.resolve(cpus, &image.architecture);
    Plan {
        layer: LAYER,
        source,
        seed: manifest.seed,
        command: manifest.fill_command(),
        cpus,
        network: Network::None,
        outputs: manifest
            .outputs
            .iter()
            .map(|output| output.location.clone())
            .collect(),
        image,
        determinism,
        parameters: manifest.parameters.clone(),
        environment: manifest.environment.clone(),
        inputs: manifest
            .inputs
            .iter()
            .map(|input| (input.at.clone(), input.digest))
            .collect(),
    }
}

impl From<&InputDeclaration> for WantedInput {
    fn from(declaration: &InputDeclaration) -> Self {
        Self {
            name: declaration.name.clone(),
            at: declaration.at.clone(),
            digest: declaration.digest,
        }
    }
}
