//! A path inside the workspace.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A path relative to `/workspace`: UTF-8, components joined by `/`, none empty, `.` or `..`, no NUL.
///
/// Ordered by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkspacePath(String);

/// Why a text is not a path inside the workspace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkspacePathError {
    /// Nothing was written.
    #[error("a path is empty")]
    Empty,
    /// It begins with `/`.
    #[error("`{0}` is absolute: paths are relative to /workspace")]
    Absolute(String),
    /// It has a component `..`, which could leave the workspace.
    #[error("`{0}` has `..`: paths stay inside /workspace")]
    Parent(String),
    /// It has a component `.`, an empty component, a NUL, or is longer than 4096 bytes.
    #[error("`{0}` is not a plain path: no `.`, no empty component, no NUL, at most 4096 bytes")]
    NotPlain(String),
}

impl WorkspacePath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `self` is `other` or lies beneath it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0
            .strip_prefix(&other.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for WorkspacePath {
    type Err = WorkspacePathError;

    /// Reads a path; `./` in front and one `/` at the end are dropped.
    fn from_str(text: &str) -> Result<Self, WorkspacePathError> {
        if text.is_empty() {
            return Err(WorkspacePathError::Empty);
        }
        if text.starts_with('/') {
            return Err(WorkspacePathError::Absolute(text.to_owned()));
        }
        let inner = text.strip_prefix("./").unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.split('/').any(|component| component == "..") {
            return Err(WorkspacePathError::Parent(text.to_owned()));
        }
        let plain = inner
            .split('/')
            .all(|component| !component.is_empty() && component != ".");
        if !plain || inner.contains('\0') || inner.len() > 4096 {
            return Err(WorkspacePathError::NotPlain(text.to_owned()));
        }
        Ok(Self(inner.to_owned()))
    }
}

impl TryFrom<String> for WorkspacePath {
    type Error = WorkspacePathError;

    fn try_from(text: String) -> Result<Self, WorkspacePathError> {
        text.parse()
    }
}

impl From<WorkspacePath> for String {
    fn from(path: WorkspacePath) -> Self {
        path.0
    }
}

impl fmt::Display for WorkspacePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_could_leave_the_workspace_are_refused() {
        for text in [
            "",
            "/etc/passwd",
            "..",
            "a/../../b",
            "a//b",
            "a/./b",
            "a\0b",
            ".",
            "./",
            "./.",
        ] {
            assert!(text.parse::<WorkspacePath>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_trailing_slash_is_the_same_path() {
        assert_eq!("out/".parse::<WorkspacePath>(), "./out".parse());
    }

    #[test]
    fn within_means_whole_components() {
        let path = |text: &str| text.parse::<WorkspacePath>().expect("a path");
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
    }
}
