//! What of a commit enters the workspace.

use globset::{GlobBuilder, GlobMatcher};
use resow_manifest::encoding::Encoder;
use resow_manifest::manifest::IncludePattern;
use resow_manifest::output_location::OutputLocation;
use resow_manifest::workspace_path::WorkspacePath;

/// What of a commit enters the workspace, besides what never does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// What enters; everything where it is empty.
    pub include: Vec<IncludePattern>,
    /// What does not, whatever `include` says: where declared inputs land.
    pub exclude: Vec<WorkspacePath>,
}

impl Selection {
    /// Whether it never enters: manifests and claims, `results/`, `.resow/`, or what is excluded.
    pub(crate) fn is_kept_out(&self, path: &WorkspacePath) -> bool {
        let text = path.as_str();
        let first = text.split('/').next().unwrap_or_default();
        let is_manifest = text
            .strip_prefix("experiments/")
            .is_some_and(|name| !name.contains('/') && name.ends_with(".toml"));
        is_manifest
            || matches!(first, "results" | ".resow")
            || self.exclude.iter().any(|excluded| path.is_within(excluded))
    }

    /// Appends the selection to what identifies a cached answer.
    pub(crate) fn encode(&self, encoder: &mut Encoder) {
        let sorted = |mut texts: Vec<String>| {
            texts.sort();
            texts.dedup();
            texts
        };
        for texts in [
            sorted(self.include.iter().map(ToString::to_string).collect()),
            sorted(self.exclude.iter().map(ToString::to_string).collect()),
        ] {
            encoder.count(texts.len());
            for text in texts {
                encoder.text(&text);
            }
        }
    }
}

/// A pattern of `include`, compiled once for thousands of paths.
pub(crate) struct IncludeMatcher {
    location: OutputLocation,
    glob: Option<GlobMatcher>,
}

impl IncludeMatcher {
    pub(crate) fn new(pattern: &IncludePattern) -> Self {
        let location = pattern
            .to_string()
            .parse::<OutputLocation>()
            .unwrap_or(OutputLocation::StandardOutput);
        let glob = match &location {
            OutputLocation::Glob(glob) => GlobBuilder::new(glob.as_str())
                .literal_separator(true)
                .backslash_escape(true)
                .build()
                .ok()
                .map(|glob| glob.compile_matcher()),
            _ => None,
        };
        Self { location, glob }
    }

    /// Whether the pattern names this very path; what lies beneath it is then covered too.
    pub(crate) fn names(&self, path: &str) -> bool {
        match &self.location {
            OutputLocation::StandardOutput => false,
            OutputLocation::Path(location) => location.as_str() == path,
            OutputLocation::Glob(_) => self.glob.as_ref().is_some_and(|glob| glob.is_match(path)),
        }
    }

    /// Whether the pattern may name something beneath this folder.
    pub(crate) fn reaches_into(&self, folder: &str) -> bool {
        match &self.location {
            OutputLocation::StandardOutput => false,
            OutputLocation::Path(location) => location
                .as_str()
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/')),
            OutputLocation::Glob(_) => true,
        }
    }
}
