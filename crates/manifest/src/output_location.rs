//! Where an output appears: a path, a glob, or the standard output.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::workspace_path::{WorkspacePath, WorkspacePathError};

/// A glob relative to `/workspace`: `*` and `?` stay within a component, `**` crosses them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputGlob(String);

/// Why a text is not an output's location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputLocationError {
    /// The path leaves the workspace or is malformed.
    #[error(transparent)]
    Path(#[from] WorkspacePathError),
    /// The glob does not parse.
    #[error("`{glob}` is not a glob: {reason}")]
    Glob {
        /// The glob as written.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl OutputGlob {
    /// The glob as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path is one that the glob names.
    pub fn matches(&self, path: &WorkspacePath) -> bool {
        // Validated in `from_str`: a glob that does not build matches nothing.
        build_glob(&self.0).is_ok_and(|glob| glob.compile_matcher().is_match(path.as_str()))
    }
}

fn build_glob(text: &str) -> Result<globset::Glob, globset::Error> {
    globset::GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
}

/// Where an output appears.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum OutputLocation {
    /// What the command prints; written `<stdout>`.
    StandardOutput,
    /// A file, or a folder with everything beneath it.
    Path(WorkspacePath),
    /// Every file that the run makes and the glob names.
    Glob(OutputGlob),
}

/// A location made ready to be asked about many paths: globs are compiled once.
#[derive(Clone, Debug)]
pub struct LocationMatcher(Matcher);

#[derive(Clone, Debug)]
enum Matcher {
    Nothing,
    Path(WorkspacePath),
    Glob(Box<globset::GlobMatcher>),
}

impl LocationMatcher {
    /// As [`OutputLocation::covers`].
    pub fn covers(&self, path: &WorkspacePath) -> bool {
        match &self.0 {
            Matcher::Nothing => false,
            Matcher::Path(location) => path.is_within(location),
            Matcher::Glob(glob) => glob.is_match(path.as_str()),
        }
    }
}

impl OutputLocation {
    /// The location made ready to be asked about many paths.
    pub fn matcher(&self) -> LocationMatcher {
        LocationMatcher(match self {
            Self::StandardOutput => Matcher::Nothing,
            Self::Path(path) => Matcher::Path(path.clone()),
            // Validated in `from_str`: a glob that does not build matches nothing.
            Self::Glob(glob) => build_glob(glob.as_str()).map_or(Matcher::Nothing, |glob| {
                Matcher::Glob(Box::new(glob.compile_matcher()))
            }),
        })
    }

    /// The text that stands for the standard output in records and claims.
    pub const STANDARD_OUTPUT: &str = "<stdout>";

    /// Whether a file that the run made belongs to this output.
    pub fn covers(&self, path: &WorkspacePath) -> bool {
        match self {
            Self::StandardOutput => false,
            Self::Path(location) => path.is_within(location),
            Self::Glob(glob) => glob.matches(path),
        }
    }
}

impl FromStr for OutputLocation {
    type Err = OutputLocationError;

    /// Reads `<stdout>`, a glob (a text with `*`, `?` or `[`), or a path.
    fn from_str(text: &str) -> Result<Self, OutputLocationError> {
        if text == Self::STANDARD_OUTPUT {
            return Ok(Self::StandardOutput);
        }
        let path = text.parse::<WorkspacePath>()?;
        if !text.contains(['*', '?', '[']) {
            return Ok(Self::Path(path));
        }
        build_glob(path.as_str()).map_err(|error| OutputLocationError::Glob {
            glob: text.to_owned(),
            reason: error.kind().to_string(),
        })?;
        Ok(Self::Glob(OutputGlob(path.as_str().to_owned())))
    }
}

impl TryFrom<String> for OutputLocation {
    type Error = OutputLocationError;

    fn try_from(text: String) -> Result<Self, OutputLocationError> {
        text.parse()
    }
}

impl From<OutputLocation> for String {
    fn from(location: OutputLocation) -> Self {
        location.to_string()
    }
}

impl fmt::Display for OutputLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardOutput => formatter.write_str(Self::STANDARD_OUTPUT),
            Self::Path(path) => path.fmt(formatter),
            Self::Glob(glob) => formatter.write_str(&glob.0),
        }
    }
}
