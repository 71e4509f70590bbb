//! `apt-get` with an installation of its own: no package is installed there, and only the recipe's suite is known.
//!
//! Nothing of the host's own package state is read or changed; only its proxies, trust and mirrors are used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::index;
use super::process::{ClientError, run};
use crate::image::lock::LockedPackage;
use crate::image::recipe::Recipe;
use crate::interrupt::Interrupt;

const CLIENT: &str = "apt-get";
/// Where Debian's package `debian-archive-keyring` has the keys of all its releases.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Why packages cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AptError {
    /// The client is missing, failed or was interrupted.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The host has no Debian site.
    #[error("apt is configured with no Debian site")]
    NoSite,
    /// No configured site has the suite.
    #[error("no configured site has Debian's suite `{suite}`")]
    NoSuite {
        /// The suite.
        suite: String,
        /// What the last site that was tried answered.
        #[source]
        source: ClientError,
    },
    /// The suite no longer has a package in this version.
    #[error("the mirror no longer has `{name}` in version {version}")]
    Gone {
        /// The package.
        name: String,
        /// The version.
        version: String,
    },
    /// The suite has another file under the same name and version.
    #[error("the mirror has `{name}` in version {version} with another digest than the locked one")]
    Changed {
        /// The package.
        name: String,
        /// The version.
        version: String,
    },
    /// A package that was resolved is not in the index.
    #[error("the index has no digest of `{0}`")]
    NotIndexed(String),
}

impl AptError {
    /// Whether the user asked to stop.
    pub const fn is_interrupted(&self) -> bool {
        matches!(self, Self::Client(error) if error.is_interrupted())
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Client(error) => error.hint(),
            Self::NoSite => Some("configure a Debian mirror in `/etc/apt/sources.list.d`".to_owned()),
            Self::NoSuite { .. } => Some(
                "check that the mirror has it and that `debian-archive-keyring` is installed".to_owned(),
            ),
            Self::Gone { .. } | Self::Changed { .. } => Some(
                "`resow image load FILE` takes a saved image; `resow image lock` locks what the mirror has now"
                    .to_owned(),
            ),
            Self::NotIndexed(_) => None,
        }
    }
}

/// An installation of `apt-get`'s own, gone when dropped.
pub(crate) struct Apt<'a> {
    folder: TempDir,
    configuration: PathBuf,
    interrupt: &'a Interrupt,
}

impl<'a> Apt<'a> {
    /// Makes the installation under `temporary` and reads the suite's index.
    pub(crate) fn new(
        recipe: &Recipe,
        temporary: &Path,
        interrupt: &'a Interrupt,
    ) -> Result<Self, AptError> {
        let folder = tempfile::Builder::new()
            .prefix("apt-")
            .tempdir_in(temporary)
            .map_err(unusable)?;
        let configuration = folder.path().join("apt.conf");
        let apt = Self {
            folder,
            configuration,
            interrupt,
        };
        apt.lay_out(recipe).map_err(unusable)?;
        apt.choose_site(recipe)?;
        Ok(apt)
    }

    /// The packages that the recipe's depend on, and they themselves, without what is only recommended.
    ///
    /// What the recipe does without counts as installed, so that what only that needs is not asked for either.
    pub(crate) fn resolve(&self, recipe: &Recipe) -> Result<ResolvedPackages, AptError> {
        let mut packages = self.simulate(recipe)?;
        let without: Vec<_> = packages
            .extract_if(.., |package| recipe.without.contains(&package.name))
            .collect();
        if !without.is_empty() {
            let installed: String = without.iter().map(index::installed).collect();
            fs::write(self.folder.path().join("status"), installed).map_err(unusable)?;
            packages = self.simulate(recipe)?;
        }
        Ok(ResolvedPackages { packages, without })
    }

    fn simulate(&self, recipe: &Recipe) -> Result<Vec<LockedPackage>, AptError> {
        let mut command = self.command(CLIENT);
        command
            .args(["install", "--simulate", "--no-install-recommends", "--"])
            .args(&recipe.packages);
        let chosen = index::simulated(&self.run(&mut command, &mut || {})?);
        let mut packages = self.show(&chosen)?;
        if let Some((name, _)) = chosen
            .iter()
            .find(|(name, version)| !packages.iter().any(|found| is(found, name, version)))
        {
            return Err(AptError::NotIndexed(name.clone()));
        }
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        packages.dedup();
        Ok(packages)
    }

    /// Downloads packages into a folder of the installation and returns the files.
    ///
    /// `tick` is called with the number of bytes that are there.
    pub(crate) fn download(
        &self,
        packages: &[&LockedPackage],
        tick: &mut dyn FnMut(u64),
    ) -> Result<Vec<PathBuf>, AptError> {
        let chosen: Vec<_> = packages
            .iter()
            .map(|package| (package.name.clone(), package.version.clone()))
            .collect();
        let found = self.show(&chosen)?;
        for package in packages {
            if found.contains(package) {
                continue;
            }
            let (name, version) = (package.name.clone(), package.version.clone());
            return Err(if found.iter().any(|found| is(found, &name, &version)) {
                AptError::Changed { name, version }
            } else {
                AptError::Gone { name, version }
            });
        }
        let folder = self.folder.path().join("download");
        fs::create_dir_all(&folder).map_err(unusable)?;
        let mut command = self.command(CLIENT);
        command.current_dir(&folder).args(["download", "--"]).args(
            chosen
                .iter()
                .map(|(name, version)| format!("{name}={version}")),
        );
        self.run(&mut command, &mut || tick(size_of(&folder)))?;
        files(&folder).map_err(unusable)
    }

    /// What the index says of these packages; what it lacks is left out.
    fn show(&self, chosen: &[(String, String)]) -> Result<Vec<LockedPackage>, AptError> {
        let mut command = self.command("apt-cache");
        command.args(["show", "--no-all-versions", "--"]).args(
            chosen
                .iter()
                .map(|(name, version)| format!("{name}={version}")),
        );
        // It fails where one version is unknown, which the caller names better.
        let text = match self.run(&mut command, &mut || {}) {
            Ok(text) => text,
            Err(AptError::Client(ClientError::Failed { .. })) => return self.show_each(chosen),
            Err(error) => return Err(error),
        };
        Ok(index::packages(&text))
    }

    fn show_each(&self, chosen: &[(String, String)]) -> Result<Vec<LockedPackage>, AptError> {
        let mut found = Vec::new();
        for (name, version) in chosen {
            let mut command = self.command("apt-cache");
            command
                .args(["show", "--no-all-versions", "--"])
                .arg(format!("{name}={version}"));
            match self.run(&mut command, &mut || {}) {
                Ok(text) => found.extend(index::packages(&text)),
                Err(AptError::Client(ClientError::Failed { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn run(&self, command: &mut Command, tick: &mut dyn FnMut()) -> Result<String, AptError> {
        Ok(run(CLIENT, command, self.interrupt, tick)?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("LC_ALL", "C")
            .current_dir(self.folder.path())
            .arg("-c")
            .arg(&self.configuration);
        command
    }

    fn lay_out(&self, recipe: &Recipe) -> io::Result<()> {
        let folder = self.folder.path();
        for inner in ["state/lists/partial", "cache/archives/partial", "log"] {
            fs::create_dir_all(folder.join(inner))?;
        }
        fs::write(folder.join("status"), "")?;
        let folder = folder.display();
        let architecture = recipe.architecture.as_str();
        // The host's own settings are read before this file; what could act on the choice of packages, or start
        // programs on the host, is cleared.
        let clear: String = [
            "APT::Architectures",
            "APT::Default-Release",
            "APT::Update::Pre-Invoke",
            "APT::Update::Post-Invoke",
            "APT::Update::Post-Invoke-Success",
            "DPkg::Pre-Invoke",
            "DPkg::Post-Invoke",
            "DPkg::Pre-Install-Pkgs",
        ]
        .map(|name| format!("#clear {name};\n"))
        .concat();
        let settings = format!(
            "{clear}Dir::State \"{folder}/state\";\n\
             Dir::State::status \"{folder}/status\";\n\
             Dir::Cache \"{folder}/cache\";\n\
             Dir::Log \"{folder}/log\";\n\
             Dir::Etc::sourcelist \"{folder}/sources.list\";\n\
             Dir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::preferences \"/dev/null\";\n\
             Dir::Etc::preferencesparts \"/dev/null\";\n\
             APT::Architecture \"{architecture}\";\n\
             APT::Architectures {{ \"{architecture}\"; }};\n\
             APT::Install-Recommends \"false\";\n\
             APT::Install-Suggests \"false\";\n\
             APT::Sandbox::User \"root\";\n\
             APT::Get::AllowUnauthenticated \"false\";\n\
             Acquire::AllowInsecureRepositories \"false\";\n\
             Acquire::Check-Valid-Until \"false\";\n\
             Acquire::Languages \"none\";\n\
             Acquire::Retries \"3\";\n"
        );
        fs::write(&self.configuration, settings)
    }

    /// Takes the first of the host's Debian sites that has the suite.
    fn choose_site(&self, recipe: &Recipe) -> Result<(), AptError> {
        let suite = &recipe.suite;
        let mut last = None;
        for site in self.sites()? {
            let keyring = match (&site.keyring, Path::new(KEYRING).is_file()) {
                (_, true) => format!(" signed-by={KEYRING}"),
                (Some(keyring), false) => format!(" signed-by={keyring}"),
                (None, false) => String::new(),
            };
            let line = format!(
                "deb [target=Packages{keyring}] {} {suite} main\n",
                site.address
            );
            fs::write(self.folder.path().join("sources.list"), line).map_err(unusable)?;
            let mut command = self.command(CLIENT);
            command.args(["update", "--error-on=any"]);
            match self.run(&mut command, &mut || {}) {
                Ok(_) => return Ok(()),
                Err(AptError::Client(error @ ClientError::Failed { .. })) => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(match last {
            Some(source) => AptError::NoSuite {
                suite: suite.clone(),
                source,
            },
            None => AptError::NoSite,
        })
    }

    /// The sites from which this host itself installs a component `main`. Debian's signature tells which is Debian's.
    fn sites(&self) -> Result<Vec<Site>, AptError> {
        let mut command = Command::new(CLIENT);
        // Without release information, since a host that has not updated its lists has none.
        command.env("LC_ALL", "C").args([
            "indextargets",
            "--no-release-info",
            "Created-By: Packages",
            "Component: main",
        ]);
        let text = self.run(&mut command, &mut || {})?;
        let mut sites: Vec<Site> = Vec::new();
        for stanza in text.split("\n\n") {
            let field = |name: &str| {
                stanza.lines().find_map(|line| {
                    let (key, value) = line.split_once(": ")?;
                    (key == name && !value.trim().is_empty()).then(|| value.trim().to_owned())
                })
            };
            let release = field("Release").unwrap_or_default();
            let Some(address) = field("Repo-URI") else {
                continue;
            };
            // Updates, security fixes and backports are suites beside the one that a release is.
            if release.contains(['-', '/']) || sites.iter().any(|site| site.address == address) {
                continue;
            }
            sites.push(Site {
                address,
                keyring: field("Signed-By").filter(|path| path.starts_with('/')),
            });
        }
        Ok(sites)
    }
}

/// What a recipe's packages are.
pub(crate) struct ResolvedPackages {
    /// Those of the image, by name.
    pub(crate) packages: Vec<LockedPackage>,
    /// Those that it does without.
    pub(crate) without: Vec<LockedPackage>,
}

struct Site {
    address: String,
    keyring: Option<String>,
}

fn is(package: &LockedPackage, name: &str, version: &str) -> bool {
    package.name == name && package.version == version
}

fn unusable(source: io::Error) -> AptError {
    ClientError::Run {
        client: CLIENT,
        source,
    }
    .into()
}

/// The plain files in `folder`.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// How many bytes the files in `folder` have, as far as can be seen.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}
