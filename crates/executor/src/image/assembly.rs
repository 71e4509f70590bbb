//! Packages and wheels into the root file system of an image: recipe format 1.
//!
//! The image is a function of the packages' bytes and of these rules. No maintainer script runs, nothing is unpacked
//! onto the host, and no tool of the host acts on a byte.
//!
//! Layer 1 holds, in this order of precedence:
//! 1. The files of the Debian packages, in the order of their names. `/bin`, `/sbin` and `/lib*` are links into `/usr`,
//!    and what packages have there lands in `/usr`. A path that two packages have must be the same in both; of a
//!    folder, the first one's permissions stay. Set-user-id and set-group-id bits are dropped. Owners other than
//!    Debian's global ids (0 to 99) and 1000 become root. Left out are manual pages, documentation but for
//!    `copyright`, translations (`/usr/share/locale`), and package checks (`lintian`, `bug`).
//! 2. `/usr/share/resow/packages.toml`: the names and versions of the packages.
//! 3. Merged folders and mount points, `/etc/nsswitch.conf`, and `/etc/passwd` and `/etc/group`: base-passwd's masters
//!    with the user and group 1000, `resow`, whose home is `/home/resow`.
//! 4. The recipe's links, in place of what maintainer scripts and alternatives would have made.
//!
//! Layer 2, where there are wheels, holds their files, in the order of their names: modules in
//! `/usr/local/lib/pythonX.Y/dist-packages`, programs in `/usr/local/bin` with `/usr/bin/python3` as interpreter,
//! data in `/usr/local`; `RECORD` and `INSTALLER` are written anew.
//!
//! Python modules are not compiled ahead, since only the image's own Python could do it, and its output is not promised
//! to be the same twice; a read-only root keeps no compiled form either. So each process compiles what it imports:
//! `import sklearn.linear_model` took 2.3 times as long as with compiled modules, and some 3 s more (one measurement,
//! two busy cores).
//!
//! Each layer is one tar: sorted by path, one constant time, GNU long names, hard links where files of one package
//! were linked, the folders above each entry included.

use std::io;
use std::path::Path;

use super::debian::package::{self, PackageError};
use super::downloads::{DownloadError, Downloads};
use super::lock::{LockedPackage, LockedWheel};
use super::recipe::Recipe;
use super::root::finishing::{self, FinishingError};
use super::root::path::{RootPath, RootPathError};
use super::root::spool::{LARGEST_IMAGE, Spool};
use super::root::tree::Tree;
use super::wheel::package::{self as wheel, WheelError};
use crate::event::{Event, EventSink};
use crate::interrupt::Interrupt;

/// Why an image cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// A Debian package cannot enter it.
    #[error("the package `{name}` cannot enter the image")]
    Package {
        /// Which one, with its version.
        name: String,
        /// Why.
        #[source]
        source: Box<PackageError>,
    },
    /// A wheel cannot enter it.
    #[error("the wheel `{file}` cannot enter the image")]
    Wheel {
        /// Which one.
        file: String,
        /// Why.
        #[source]
        source: Box<WheelError>,
    },
    /// A file that was fetched is missing or damaged.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// What every image has cannot be added.
    #[error("the image cannot be finished")]
    Finishing(#[source] Box<FinishingError>),
    /// A link of the recipe cannot be made.
    #[error("the recipe's link `{at}` cannot be made")]
    Link {
        /// Where it was to be.
        at: String,
        /// Why.
        #[source]
        source: Box<FinishingError>,
    },
    /// A path of the recipe is not plain.
    #[error(transparent)]
    Path(#[from] RootPathError),
    /// Wheels were asked for, and no package brings Python.
    #[error("the recipe has wheels, and none of its packages is a Python")]
    NoPython,
    /// A temporary file failed.
    #[error("a temporary file failed")]
    Temporary(#[from] io::Error),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl AssemblyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoPython => Some("add `python3` to the recipe's packages".to_owned()),
            Self::Finishing(source) if matches!(**source, FinishingError::NoUsers(_)) => {
                Some("add `base-passwd` to the recipe's packages".to_owned())
            }
            Self::Link { .. } => {
                Some("a package has that path already: drop the link from the recipe".to_owned())
            }
            Self::Download(error) => error.hint(),
            _ => None,
        }
    }
}

/// An assembled root file system.
pub(crate) struct Root {
    pub(crate) tree: Tree,
    pub(crate) spool: Spool,
    /// How many layers it has.
    pub(crate) layers: usize,
}

/// Assembles the packages and wheels, all of which are in `downloads`.
pub(crate) fn assemble(
    recipe: &Recipe,
    packages: &[LockedPackage],
    wheels: &[LockedWheel],
    downloads: &Downloads,
    temporary: &Path,
    events: &mut EventSink<'_>,
    interrupt: &Interrupt,
) -> Result<Root, AssemblyError> {
    let mut tree = Tree::default();
    let mut spool = Spool::new(temporary, LARGEST_IMAGE)?;
    let mut progress = Progress::new(packages.len() + wheels.len(), events, interrupt);
    for locked in packages {
        progress.step()?;
        let file = downloads.open(&locked.digest, &locked.name)?;
        package::unpack(file, locked, &mut tree, &mut spool).map_err(|source| {
            AssemblyError::Package {
                name: format!("{} {}", locked.name, locked.version),
                source: Box::new(source),
            }
        })?;
    }
    let list = RootPath::known("usr/share/resow/packages.toml");
    finishing::write(
        &mut tree,
        &mut spool,
        list,
        package_list(packages).as_bytes(),
    )
    .and_then(|()| finishing::finish(&mut tree, &mut spool))
    .map_err(|source| AssemblyError::Finishing(Box::new(source)))?;
    for (at, to) in &recipe.links {
        finishing::link(&mut tree, RootPath::from_absolute(at)?, to).map_err(|source| {
            AssemblyError::Link {
                at: at.clone(),
                source: Box::new(source),
            }
        })?;
    }
    if !wheels.is_empty() {
        let python = python_version(packages).ok_or(AssemblyError::NoPython)?;
        tree.next_layer();
        for locked in wheels {
            progress.step()?;
            let file = downloads.open(&locked.digest, &locked.file)?;
            wheel::unpack(file, locked, &python, &mut tree, &mut spool).map_err(|source| {
                AssemblyError::Wheel {
                    file: locked.file.clone(),
                    source: Box::new(source),
                }
            })?;
        }
    }
    spool.flush()?;
    Ok(Root {
        tree,
        spool,
        layers: if wheels.is_empty() { 1 } else { 2 },
    })
}

/// The version of Python, such as `3.11`, that the packages bring: the highest where there are several.
pub(crate) fn python_version(packages: &[LockedPackage]) -> Option<String> {
    packages
        .iter()
        .filter_map(|package| {
            let version = package.name.strip_prefix("python3.")?;
            version
                .strip_suffix("-minimal")
                .unwrap_or(version)
                .parse()
                .ok()
        })
        .max()
        .map(|minor: u32| format!("3.{minor}"))
}

fn package_list(packages: &[LockedPackage]) -> String {
    let mut text = String::from("version = 1\n");
    for LockedPackage { name, version, .. } in packages {
        text.push_str(&format!(
            "\n[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n"
        ));
    }
    text
}

struct Progress<'a, 'b> {
    done: u64,
    total: u64,
    events: &'a mut EventSink<'b>,
    interrupt: &'a Interrupt,
}

impl<'a, 'b> Progress<'a, 'b> {
    fn new(total: usize, events: &'a mut EventSink<'b>, interrupt: &'a Interrupt) -> Self {
        Self {
            done: 0,
            total: total as u64,
            events,
            interrupt,
        }
    }

    fn step(&mut self) -> Result<(), AssemblyError> {
        if self.interrupt.is_requested() {
            return Err(AssemblyError::Interrupted);
        }
        (self.events)(Event::Progress {
            activity: "unpacking packages",
            done: self.done,
            total: Some(self.total),
        });
        self.done += 1;
        Ok(())
    }
}
