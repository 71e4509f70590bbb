//! A path inside a root file system.

use std::fmt;

/// A path relative to the root: UTF-8, components joined by `/`, none empty, `.` or `..`, no NUL, at most 4096 bytes.
///
/// Ordered by components, so that a folder stands before what is in it and what is in it stands together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RootPath(String);

/// Why a name is not a path inside a root file system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootPathError {
    /// It begins with `/`.
    #[error("the name `{0}` is absolute")]
    Absolute(String),
    /// It has a component `..`.
    #[error("the name `{0}` has `..`")]
    Parent(String),
    /// It has an empty component, a NUL, bytes that are not UTF-8, or is too long or too deep.
    #[error("the name `{0}` is not a plain path")]
    NotPlain(String),
    /// A link's target climbs above the root.
    #[error("the link `{at}` leads out of the image: `{to}`")]
    Leaves {
        /// Where the link is.
        at: String,
        /// What it points to.
        to: String,
    },
}

/// The longest path or link target, as Linux's `PATH_MAX`.
const LONGEST: usize = 4096;
/// The most components: packages have some twenty, and each folder above an entry costs time and memory.
const DEEPEST: usize = 128;

impl RootPath {
    /// Reads the name of an archive's entry: `./usr/bin/sh`, `usr/share/`. The root itself (`./`) is `None`.
    pub(crate) fn from_entry(name: &[u8]) -> Result<Option<Self>, RootPathError> {
        let not_plain = || RootPathError::NotPlain(String::from_utf8_lossy(name).into_owned());
        let text = std::str::from_utf8(name).map_err(|_| not_plain())?;
        if text.starts_with('/') {
            return Err(RootPathError::Absolute(text.to_owned()));
        }
        let inner = text.strip_prefix("./").unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if matches!(inner, "." | "") && text.starts_with('.') {
            return Ok(None);
        }
        if inner.split('/').any(|component| component == "..") {
            return Err(RootPathError::Parent(text.to_owned()));
        }
        let plain = inner
            .split('/')
            .all(|component| !component.is_empty() && component != ".");
        if !plain
            || inner.contains('\0')
            || inner.len() > LONGEST
            || inner.split('/').count() > DEEPEST
        {
            return Err(not_plain());
        }
        Ok(Some(Self(inner.to_owned())))
    }

    /// Reads a path written absolutely, as recipes do: `/usr/bin/awk`.
    pub(crate) fn from_absolute(text: &str) -> Result<Self, RootPathError> {
        let not_plain = || RootPathError::NotPlain(text.to_owned());
        let inner = text.strip_prefix('/').ok_or_else(not_plain)?;
        Self::from_entry(inner.as_bytes())?.ok_or_else(not_plain)
    }

    /// A path that this program writes itself and that is plain by construction.
    pub(crate) fn known(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// A known name beneath a known folder.
    pub(crate) fn known_within(folder: &'static str, name: &'static str) -> Self {
        Self(format!("{folder}/{name}"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path with `name` beneath it; `name` is an entry's name, with the same rules.
    pub(crate) fn join(&self, name: &str) -> Result<Self, RootPathError> {
        let not_plain = || RootPathError::NotPlain(format!("{}/{name}", self.0));
        let inner = Self::from_entry(name.as_bytes())?.ok_or_else(not_plain)?;
        let joined = format!("{}/{}", self.0, inner.0);
        if joined.len() > LONGEST {
            return Err(not_plain());
        }
        Ok(Self(joined))
    }

    /// The folders above, nearest to the root first.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = Self> + '_ {
        self.0
            .match_indices('/')
            .map(|(position, _)| Self(self.0[..position].to_owned()))
    }

    /// Whether `self` is `folder` or lies beneath it.
    pub(crate) fn is_within(&self, folder: &str) -> bool {
        self.0
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path as it stands after `/bin`, `/sbin` and `/lib*` were merged into `/usr`.
    pub(crate) fn merged(self) -> Self {
        if MERGED.iter().any(|folder| self.is_within(folder)) {
            Self(format!("usr/{}", self.0))
        } else {
            self
        }
    }

    /// Whether a link at `self` to `target` stays inside the root.
    pub(crate) fn check_target(&self, target: &str) -> Result<(), RootPathError> {
        if target.is_empty() || target.contains('\0') || target.len() > LONGEST {
            return Err(RootPathError::NotPlain(target.to_owned()));
        }
        let mut depth = if target.starts_with('/') {
            0
        } else {
            self.0.matches('/').count()
        };
        for component in target.split('/') {
            match component {
                "" | "." => {}
                ".." => {
                    depth = depth.checked_sub(1).ok_or_else(|| RootPathError::Leaves {
                        at: self.0.clone(),
                        to: target.to_owned(),
                    })?;
                }
                _ => depth += 1,
            }
        }
        Ok(())
    }
}

/// The folders that are links into `/usr`.
pub(crate) const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

impl Ord for RootPath {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.split('/').cmp(other.0.split('/'))
    }
}

impl PartialOrd for RootPath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RootPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Result<Option<RootPath>, RootPathError> {
        RootPath::from_entry(name.as_bytes())
    }

    #[test]
    fn hostile_names_are_refused() {
        for name in [
            "/etc/passwd",
            "../etc",
            "./../etc",
            "a/../../b",
            "a//b",
            "a/./b",
            "a\0b",
            "",
            "/",
            "..",
        ] {
            assert!(entry(name).is_err(), "{name:?}");
        }
        assert!(RootPath::from_entry(b"caf\xe9").is_err());
        assert!(entry(&"a/".repeat(3000)).is_err());
        assert!(entry(&"a/".repeat(129)).is_err());
        assert!(entry(&"a/".repeat(128)).is_ok());
    }

    #[test]
    fn the_root_itself_is_no_path() {
        assert_eq!(entry("./"), Ok(None));
        assert_eq!(entry("."), Ok(None));
    }

    #[test]
    fn links_may_climb_to_the_root_but_not_above_it() {
        let path = entry("usr/bin/sh").expect("plain").expect("not the root");
        assert_eq!(path.check_target("../../bin/dash"), Ok(()));
        assert_eq!(path.check_target("/bin/dash"), Ok(()));
        assert!(path.check_target("../../../bin/dash").is_err());
        assert!(path.check_target("/../bin").is_err());
        assert!(path.check_target("a/../../../../b").is_err());
    }

    #[test]
    fn only_whole_components_are_merged() {
        let merged = |name: &str| {
            let path = entry(name).expect("plain").expect("not the root");
            path.merged().as_str().to_owned()
        };
        assert_eq!(merged("./bin/sh"), "usr/bin/sh");
        assert_eq!(merged("./lib64/ld.so"), "usr/lib64/ld.so");
        assert_eq!(merged("./binary/sh"), "binary/sh");
        assert_eq!(merged("./usr/bin/sh"), "usr/bin/sh");
    }
}
