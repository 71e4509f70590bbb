//! A recipe: which Debian packages and Python wheels make an image, as written by hand.
//!
//! # Identity
//! [`Recipe::digest`] is the SHA-256 of these elements, encoded as [`resow_manifest::encoding`] says, in this order:
//! the text `resow recipe 1`; `suite` and `architecture`, texts; `packages` and `wheels`, sets of texts;
//! `environment`, a map of texts; `links`, a map of texts from `at` to `to`; and, where `without` names something, the
//! text `without` and a set of texts.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::encoding::Encoder;
use serde::Deserialize;

use super::root::path::{RootPath, RootPathError};
use super::wheel::package::normalised;

/// The version of the recipe format: the rules by which packages become layers.
///
/// They are documented in [`super::assembly`]; a change of them that changes an image makes another version.
pub const FORMAT: u32 = 1;

/// What an image is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The Debian suite: `bookworm`.
    pub suite: String,
    /// What the image runs on.
    pub architecture: Architecture,
    /// Names of Debian packages; what they depend on is added when the recipe is locked.
    pub packages: BTreeSet<String>,
    /// Names of Python projects with version constraints, as pip reads them.
    pub wheels: BTreeSet<String>,
    /// Names of packages and of wheels that the others ask for, and that the image does without.
    pub without: BTreeSet<String>,
    /// The variables that the image sets.
    pub environment: BTreeMap<String, String>,
    /// Symbolic links that maintainer scripts would have made: from an absolute path to a target.
    pub links: BTreeMap<String, String>,
}

/// What an image runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// 64-bit ARM.
    Arm64,
}

impl Architecture {
    /// As Debian and images both name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// As wheels name it.
    pub const fn of_wheels(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// It is not TOML of the expected shape; the source shows the line.
    #[error("the recipe is malformed")]
    Malformed(#[source] Box<toml::de::Error>),
    /// It was written for a newer resow.
    #[error("the recipe has version {found}, and this resow reads version {FORMAT}")]
    Version {
        /// The version that it has.
        found: u32,
    },
    /// A value is not what its key asks for.
    #[error("`{value}` is not {expected}")]
    Value {
        /// What was written.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Something is named twice.
    #[error("`{0}` is named twice")]
    Twice(String),
    /// Something is to be in the image and not to be in it.
    #[error("`{0}` is asked for, and named in `without`")]
    Contradiction(String),
    /// No package is named.
    #[error("the recipe names no packages")]
    Empty,
    /// A link is not plain, or leads out of the image.
    #[error("a link cannot be made")]
    Link(#[source] RootPathError),
}

impl RecipeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Version { .. } => "update resow, or write `version = 1`",
            Self::Empty => "name at least `base-files`, `base-passwd` and what the command needs",
            Self::Link(_) => "`at` is an absolute path, and `to` stays inside the image",
            Self::Malformed(_) | Self::Value { .. } | Self::Twice(_) | Self::Contradiction(_) => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[expect(
        dead_code,
        reason = "read before, so that a newer recipe is named as such"
    )]
    version: u32,
    suite: String,
    architecture: Architecture,
    packages: Vec<String>,
    #[serde(default)]
    wheels: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    links: Vec<WrittenLink>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLink {
    at: String,
    to: String,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// When it is malformed, of another version, or a value in it is not what its key asks for.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        let malformed = |error| RecipeError::Malformed(Box::new(error));
        let Versioned { version } = toml::from_str(text).map_err(malformed)?;
        if version != FORMAT {
            return Err(RecipeError::Version { found: version });
        }
        let written: Written = toml::from_str(text).map_err(malformed)?;
        if written.packages.is_empty() {
            return Err(RecipeError::Empty);
        }
        check(&written.suite, is_suite, "the code name of a Debian suite")?;
        for name in &written.packages {
            check(name, is_package, "the name of a Debian package")?;
        }
        for requirement in &written.wheels {
            let expected = "a Python project with version constraints, such as `numpy==2.2.6`";
            check(requirement, is_requirement, expected)?;
        }
        for name in &written.without {
            let expected =
                "the name of a Debian package, or of a Python project with `-` between its words";
            check(name, is_package, expected)?;
            let mut projects = written.wheels.iter().map(|wheel| project(wheel));
            if written.packages.contains(name) || projects.any(|project| project == *name) {
                return Err(RecipeError::Contradiction(name.clone()));
            }
        }
        for (name, value) in &written.environment {
            check(name, is_variable, "the name of an environment variable")?;
            check(value, |value| !value.contains('\0'), "a variable's value")?;
        }
        Ok(Self {
            suite: written.suite,
            architecture: written.architecture,
            packages: distinct(written.packages)?,
            wheels: distinct(written.wheels)?,
            without: distinct(written.without)?,
            environment: written.environment,
            links: links(written.links)?,
        })
    }

    /// The digest of what the recipe means, whatever its comments and layout.
    pub fn digest(&self) -> Sha256Digest {
        let mut encoder = Encoder::new("resow recipe 1");
        encoder.text(&self.suite).text(self.architecture.as_str());
        for set in [&self.packages, &self.wheels] {
            encoder.count(set.len());
            for element in set {
                encoder.text(element);
            }
        }
        for map in [&self.environment, &self.links] {
            encoder.count(map.len());
            for (key, value) in map {
                encoder.text(key).text(value);
            }
        }
        // Only where it says something, so that older recipes keep their digests.
        if !self.without.is_empty() {
            encoder.text("without").count(self.without.len());
            for name in &self.without {
                encoder.text(name);
            }
        }
        encoder.digest()
    }
}

fn check(
    value: &str,
    is_right: impl Fn(&str) -> bool,
    expected: &'static str,
) -> Result<(), RecipeError> {
    if is_right(value) {
        Ok(())
    } else {
        Err(RecipeError::Value {
            value: value.to_owned(),
            expected,
        })
    }
}

fn distinct(names: Vec<String>) -> Result<BTreeSet<String>, RecipeError> {
    let mut set = BTreeSet::new();
    for name in names {
        if set.contains(&name) {
            return Err(RecipeError::Twice(name));
        }
        set.insert(name);
    }
    Ok(set)
}

fn links(written: Vec<WrittenLink>) -> Result<BTreeMap<String, String>, RecipeError> {
    let mut links = BTreeMap::new();
    for WrittenLink { at, to } in written {
        let path = RootPath::from_absolute(&at).map_err(RecipeError::Link)?;
        path.check_target(&to).map_err(RecipeError::Link)?;
        if links.insert(at.clone(), to).is_some() {
            return Err(RecipeError::Twice(at));
        }
    }
    Ok(links)
}

fn is_suite(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

/// Debian Policy 5.6.1: at least two of lower-case letters, digits, `+`, `-` and `.`, a letter or digit first.
fn is_package(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && text.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "+-.".contains(letter)
        })
}

/// A project name, then extras and version specifiers; neither an option, an address, nor a marker.
fn is_requirement(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-[],=<>!~*+ ".contains(letter))
}

/// The normalised name at the start of a requirement.
fn project(requirement: &str) -> String {
    let end = requirement
        .find(|letter: char| !letter.is_ascii_alphanumeric() && !"._-".contains(letter))
        .unwrap_or(requirement.len());
    normalised(&requirement[..end])
}

fn is_variable(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        "version = 1\nsuite = \"bookworm\"\narchitecture = \"amd64\"\npackages = [\"dash\"]\n";

    #[test]
    fn layout_and_order_do_not_change_the_meaning() {
        let other =
            "# a comment\nversion=1\narchitecture='amd64'\nsuite='bookworm'\npackages=['dash']";
        let read = |text: &str| Recipe::parse(text).expect("a recipe").digest();
        assert_eq!(read(PLAIN), read(other));
        let with = |extra: &str| read(&format!("{PLAIN}{extra}"));
        assert_ne!(read(PLAIN), with("wheels = [\"numpy\"]"));
        assert_ne!(read(PLAIN), with("without = [\"numpy\"]"));
        assert_eq!(read(PLAIN), with("without = []"));
        assert_ne!(read(PLAIN), with("[environment]\nA = \"b\""));
        assert_ne!(read(PLAIN), with("[[links]]\nat = \"/a\"\nto = \"b\""));
    }

    #[test]
    fn what_could_mean_something_else_to_a_client_is_refused() {
        for extra in [
            "wheels = [\"--index-url=x\"]",
            "wheels = [\"numpy @ file:///tmp/x\"]",
            "wheels = [\"numpy; python_version < '3'\"]",
            "wheels = [\"numpy\", \"numpy\"]",
            "[environment]\n\"A=B\" = \"c\"",
            "[environment]\nA = \"\\u0000\"",
            "[[links]]\nat = \"usr/bin/awk\"\nto = \"mawk\"",
            "[[links]]\nat = \"/usr/bin/../awk\"\nto = \"mawk\"",
            "[[links]]\nat = \"/usr/bin/awk\"\nto = \"../../../mawk\"",
            "without = [\"dash\"]",
            "without = [\"libllvm\", \"libllvm\"]",
            "without = [\"--all\"]",
            "wheels = [\"Ruamel.Yaml>=0.18\"]\nwithout = [\"ruamel-yaml\"]",
            "unknown = 1",
        ] {
            assert!(
                Recipe::parse(&format!("{PLAIN}{extra}")).is_err(),
                "{extra}"
            );
        }
        for packages in [
            "[]",
            "[\"-o\"]",
            "[\"dash/sid\"]",
            "[\"dash=1\"]",
            "[\"a\"]",
        ] {
            let text = PLAIN.replace("[\"dash\"]", packages);
            assert!(Recipe::parse(&text).is_err(), "{packages}");
        }
    }

    #[test]
    fn a_newer_recipe_is_named_as_such() {
        let error = Recipe::parse("version = 2\nnew = true").expect_err("newer");
        assert!(
            matches!(error, RecipeError::Version { found: 2 }),
            "{error}"
        );
    }
}
