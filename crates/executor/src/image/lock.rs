//! What a recipe was locked to: exact versions, their digests, and the image that they make.
//!
//! A plan is resolved from the lock alone, without building. It names no mirror.

use std::collections::{BTreeMap, BTreeSet};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ChainId;
use serde::{Deserialize, Serialize};

use super::identity::ImageIdentity;
use super::recipe::{FORMAT, Recipe};

/// The version of the lock's own format.
pub const LOCK_VERSION: u32 = 1;

/// The first line of a lock.
const HEADING: &str =
    "# Written by `resow image lock`. Do not edit: a build must give exactly this image.\n";

/// A locked image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of this file's format.
    pub version: u32,
    /// The version of the recipe format: how packages become layers.
    pub format: u32,
    /// What the recipe meant when it was locked.
    pub recipe: Sha256Digest,
    /// The image that the packages and wheels make.
    pub image: ImageIdentity,
    /// The Debian packages, sorted by name.
    pub packages: Vec<LockedPackage>,
    /// The Python wheels, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wheels: Vec<LockedWheel>,
}

/// One Debian package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture, or `all`.
    pub architecture: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of the `.deb`.
    pub digest: Sha256Digest,
}

/// One Python wheel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedWheel {
    /// The project's name, normalised: lower case, `-` between words.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The file's name, which says what it runs on.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of the `.whl`.
    pub digest: Sha256Digest,
}

/// What another lock changes, for whoever locks anew to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockChange {
    /// The package or wheel.
    pub name: String,
    /// The version that was locked; `None` where there was none.
    pub from: Option<String>,
    /// The version that is locked now; `None` where there is none any more.
    pub to: Option<String>,
}

/// Why a lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockFileError {
    /// It is not TOML of the expected shape.
    #[error("the lock is malformed")]
    Malformed(#[source] Box<toml::de::Error>),
    /// A newer resow wrote it.
    #[error("the lock has version {found}, and this resow reads version {LOCK_VERSION}")]
    Version {
        /// The version that it has.
        found: u32,
    },
    /// It was made by other rules for turning packages into layers.
    #[error("the lock is of recipe format {found}, and this resow makes images of format {FORMAT}")]
    Format {
        /// The format that it has.
        found: u32,
    },
    /// Its parts contradict each other.
    #[error("the lock contradicts itself: {0}")]
    Contradiction(&'static str),
    /// A name in it is not one that the ordinary clients may be given.
    #[error("`{0}` in the lock is not a plain name")]
    Name(String),
    /// The recipe was changed since it was locked.
    #[error("stale lock: the recipe was changed since it was locked")]
    Stale,
}

impl LockFileError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Stale | Self::Contradiction(_) | Self::Name(_) | Self::Malformed(_) => {
                "`resow image lock` locks the recipe anew"
            }
            Self::Version { .. } => "a newer resow wrote it: update resow",
            Self::Format { .. } => {
                "use the resow that locked it, or lock the recipe anew with `resow image lock`"
            }
        };
        Some(hint.to_owned())
    }
}

/// What can be read of a lock of any version.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Lock {
    /// Reads a lock and checks that its parts agree.
    ///
    /// # Errors
    /// When it is malformed, newer than this resow, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, LockFileError> {
        let malformed = |error| LockFileError::Malformed(Box::new(error));
        let Versioned { version } = toml::from_str(text).map_err(malformed)?;
        if version != LOCK_VERSION {
            return Err(LockFileError::Version { found: version });
        }
        let lock: Self = toml::from_str(text).map_err(malformed)?;
        if lock.format != FORMAT {
            return Err(LockFileError::Format { found: lock.format });
        }
        lock.check_parts()?;
        Ok(lock)
    }

    /// The lock as it is written to `recipe.lock`.
    pub fn to_text(&self) -> String {
        let body = toml::to_string(self).unwrap_or_default();
        format!("{HEADING}{body}")
    }

    /// Whether the lock is this recipe's.
    ///
    /// # Errors
    /// [`LockFileError::Stale`] where the recipe has another meaning than the one that was locked.
    pub fn check_recipe(&self, recipe: &Recipe) -> Result<(), LockFileError> {
        if self.recipe != recipe.digest() {
            return Err(LockFileError::Stale);
        }
        if self.image.architecture != recipe.architecture.as_str()
            || self.image.environment != recipe.environment
        {
            return Err(LockFileError::Contradiction(
                "its image has another architecture or environment than the recipe",
            ));
        }
        Ok(())
    }

    /// What `self` changes of `old`: packages, then wheels, by name. The same version with another digest is a change.
    pub fn changes(&self, old: &Self) -> Vec<LockChange> {
        let packages = |lock: &Self| {
            let entries = lock.packages.iter();
            entries
                .map(|locked| (locked.name.clone(), (locked.version.clone(), locked.digest)))
                .collect()
        };
        let wheels = |lock: &Self| {
            let entries = lock.wheels.iter();
            entries
                .map(|locked| (locked.name.clone(), (locked.version.clone(), locked.digest)))
                .collect()
        };
        let mut changes = changes(&packages(old), &packages(self));
        changes.extend(self::changes(&wheels(old), &wheels(self)));
        changes
    }

    fn check_parts(&self) -> Result<(), LockFileError> {
        if ChainId::of_layers(&self.image.layers) != Some(self.image.chain) {
            return Err(LockFileError::Contradiction(
                "`chain` is not that of `layers`",
            ));
        }
        let names: Vec<_> = self.packages.iter().map(|package| &package.name).collect();
        if !names.is_sorted_by(|left, right| left < right) {
            return Err(LockFileError::Contradiction("`packages` is not sorted"));
        }
        let names: Vec<_> = self.wheels.iter().map(|wheel| &wheel.name).collect();
        if !names.is_sorted_by(|left, right| left < right) {
            return Err(LockFileError::Contradiction("`wheels` is not sorted"));
        }
        let texts = self
            .packages
            .iter()
            .flat_map(|package| [&package.name, &package.version, &package.architecture])
            .chain(
                self.wheels
                    .iter()
                    .flat_map(|wheel| [&wheel.name, &wheel.version, &wheel.file]),
            );
        for text in texts {
            if !is_plain(text) {
                return Err(LockFileError::Name(text.clone()));
            }
        }
        Ok(())
    }
}

type Versions = BTreeMap<String, (String, Sha256Digest)>;

fn changes(old: &Versions, new: &Versions) -> Vec<LockChange> {
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| LockChange {
            name: name.clone(),
            from: old.get(name).map(|(version, _)| version.clone()),
            to: new.get(name).map(|(version, _)| version.clone()),
        })
        .collect()
}

/// Whether a name or version can be handed to a client without meaning anything else.
fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "+-.:~_!".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use resow_manifest::identifiers::{DiffId, ImageId};

    const RECIPE: &str =
        "version = 1\nsuite = \"bookworm\"\narchitecture = \"amd64\"\npackages = [\"dash\"]\n";

    fn recipe(text: &str) -> Recipe {
        Recipe::parse(text).expect("a recipe")
    }

    fn sample() -> Lock {
        let digest = Sha256Digest::of(b"content");
        let layers = vec![DiffId::new(digest)];
        Lock {
            version: LOCK_VERSION,
            format: FORMAT,
            recipe: recipe(RECIPE).digest(),
            image: ImageIdentity {
                id: ImageId::new(digest),
                chain: ChainId::of_layers(&layers).expect("a layer"),
                layers,
                architecture: "amd64".into(),
                environment: BTreeMap::new(),
            },
            packages: ["dash", "libc6"]
                .map(|name| LockedPackage {
                    name: name.into(),
                    version: "1:2.0+b1-3~deb12u1".into(),
                    architecture: "amd64".into(),
                    size: 1,
                    digest,
                })
                .into(),
            wheels: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let lock = sample();
        assert_eq!(Lock::parse(&lock.to_text()).expect("whole"), lock);
        let text = lock.to_text();
        let first = text.lines().find(|line| !line.starts_with('#'));
        assert_eq!(first, Some("version = 1"));
    }

    #[test]
    fn an_edited_recipe_is_stale_and_a_reworded_one_is_not() {
        let lock = sample();
        lock.check_recipe(&recipe(&format!("# reworded\n{RECIPE}")))
            .expect("the same");
        let edited = recipe(&RECIPE.replace("\"dash\"", "\"dash\", \"bash\""));
        let error = lock.check_recipe(&edited).expect_err("edited");
        assert!(matches!(error, LockFileError::Stale), "{error}");
        assert!(
            error
                .hint()
                .is_some_and(|hint| hint.contains("resow image lock"))
        );
    }

    #[test]
    fn a_lock_that_contradicts_itself_is_refused() {
        let refused = |change: &dyn Fn(&mut Lock)| {
            let mut lock = sample();
            change(&mut lock);
            Lock::parse(&lock.to_text()).expect_err("it contradicts itself")
        };
        let errors = [
            refused(&|lock| lock.image.chain = ChainId::new(Sha256Digest::of(b"other"))),
            refused(&|lock| lock.image.layers.clear()),
            refused(&|lock| lock.packages.reverse()),
            refused(&|lock| lock.packages[1] = lock.packages[0].clone()),
        ];
        for error in errors {
            assert!(matches!(error, LockFileError::Contradiction(_)), "{error}");
        }
        let error = refused(&|lock| lock.packages[0].version = "1 --option".into());
        assert!(matches!(error, LockFileError::Name(_)), "{error}");
        let error = refused(&|lock| lock.packages[0].name = "../dash".into());
        assert!(matches!(error, LockFileError::Name(_)), "{error}");
    }

    #[test]
    fn what_another_lock_changes_is_named() {
        let old = sample();
        assert_eq!(old.changes(&old), []);
        let mut new = sample();
        new.packages[0].version = "2.1".into();
        new.packages.remove(1);
        let changes = new.changes(&old);
        let text = |version: &str| Some(version.to_owned());
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0].to, text("2.1"));
        assert_eq!(
            (changes[1].name.as_str(), changes[1].to.as_ref()),
            ("libc6", None)
        );
    }

    #[test]
    fn newer_versions_are_named_as_such() {
        let text = sample().to_text();
        let newer = format!("{}\nunknown = true", "version = 2");
        assert!(matches!(
            Lock::parse(&newer),
            Err(LockFileError::Version { found: 2 })
        ));
        let newer = text.replace("\nformat = 1", "\nformat = 2");
        assert!(matches!(
            Lock::parse(&newer),
            Err(LockFileError::Format { found: 2 })
        ));
        let unknown = text.replace("\nformat = 1", "\nformat = 1\nunknown = 1");
        assert!(matches!(
            Lock::parse(&unknown),
            Err(LockFileError::Malformed(_))
        ));
    }
}
