//! Which Linux this is, and the command that installs packages on it.

use std::fs;

/// Which Linux this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Its name for people; empty where it is unknown.
    pub name: String,
    /// How packages are installed; `None` where resow does not know.
    pub manager: Option<PackageManager>,
}

/// A way to install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageManager {
    /// `apt-get`, of Debian and Ubuntu.
    Apt,
    /// `dnf`, of Fedora and the family of Red Hat.
    Dnf,
    /// `apk`, of Alpine.
    Apk,
    /// `pacman`, of Arch.
    Pacman,
}

/// What a package is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// The engine without a daemon.
    Bubblewrap,
    /// The engine with one.
    Docker,
    /// Git.
    Git,
    /// pip.
    Pip,
    /// The keys of Debian's releases.
    DebianKeys,
}

impl Distribution {
    /// Reads `/etc/os-release`.
    pub(super) fn read() -> Self {
        let text = fs::read_to_string("/etc/os-release")
            .or_else(|_| fs::read_to_string("/usr/lib/os-release"));
        Self::parse(&text.unwrap_or_default())
    }

    /// Reads lines `KEY=value`, as os-release(5) says.
    fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let mut values = text.lines().filter_map(|line| {
                let (name, value) = line.split_once('=')?;
                (name == key).then(|| value.trim().trim_matches(['"', '\'']))
            });
            values.next_back().unwrap_or_default()
        };
        let family = value("ID_LIKE").split_whitespace();
        let mut names = std::iter::once(value("ID")).chain(family);
        Self {
            name: value("PRETTY_NAME").to_owned(),
            manager: names.find_map(PackageManager::of),
        }
    }
}

impl PackageManager {
    /// The one of a distribution, by its `ID`.
    fn of(distribution: &str) -> Option<Self> {
        match distribution {
            "debian" | "ubuntu" => Some(Self::Apt),
            "fedora" | "rhel" | "centos" => Some(Self::Dnf),
            "alpine" => Some(Self::Apk),
            "arch" => Some(Self::Pacman),
            _ => None,
        }
    }

    /// What a package is called; `None` where there is none.
    const fn name_of(self, package: Package) -> Option<&'static str> {
        Some(match (package, self) {
            (Package::Bubblewrap, _) => "bubblewrap",
            (Package::Git, _) => "git",
            (Package::Docker, Self::Apt) => "docker.io",
            (Package::Docker, Self::Dnf) => "moby-engine",
            (Package::Docker, Self::Apk | Self::Pacman) => "docker",
            (Package::Pip, Self::Apt | Self::Dnf) => "python3-pip",
            (Package::Pip, Self::Apk) => "py3-pip",
            (Package::Pip, Self::Pacman) => "python-pip",
            (Package::DebianKeys, Self::Apt) => "debian-archive-keyring",
            (Package::DebianKeys, _) => return None,
        })
    }

    /// The one command that installs all of these; `None` where there is nothing to install.
    pub fn install(self, packages: &[Package], is_root: bool) -> Option<String> {
        let mut names: Vec<_> = packages
            .iter()
            .filter_map(|package| self.name_of(*package))
            .collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return None;
        }
        let names = names.join(" ");
        let sudo = if is_root { "" } else { "sudo " };
        Some(match self {
            // A machine that was never updated knows no package.
            Self::Apt => {
                format!("{sudo}apt-get update && {sudo}apt-get install --yes {names}")
            }
            Self::Dnf => format!("{sudo}dnf install --assumeyes {names}"),
            Self::Apk => format!("{sudo}apk add {names}"),
            Self::Pacman => format!("{sudo}pacman -S --needed --noconfirm {names}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_known_by_their_family() {
        for (text, manager) in [
            (
                "ID=debian\nPRETTY_NAME=\"Debian\"\n",
                Some(PackageManager::Apt),
            ),
            (
                "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                Some(PackageManager::Apt),
            ),
            (
                "ID=\"almalinux\"\nID_LIKE=\"rhel centos fedora\"\n",
                Some(PackageManager::Dnf),
            ),
            ("ID=fedora\n", Some(PackageManager::Dnf)),
            ("ID=alpine\n", Some(PackageManager::Apk)),
            ("ID=manjaro\nID_LIKE='arch'\n", Some(PackageManager::Pacman)),
            ("ID=nixos\n", None),
            ("", None),
        ] {
            assert_eq!(Distribution::parse(text).manager, manager, "{text}");
        }
        assert_eq!(Distribution::parse("PRETTY_NAME=\"A B\"\n").name, "A B");
    }

    #[test]
    fn one_command_installs_all() {
        let all = [Package::Git, Package::Bubblewrap, Package::DebianKeys];
        let command = |manager: PackageManager, is_root| manager.install(&all, is_root);
        assert_eq!(
            command(PackageManager::Apt, false).as_deref(),
            Some(
                "sudo apt-get update && sudo apt-get install --yes bubblewrap debian-archive-keyring git"
            )
        );
        assert_eq!(
            command(PackageManager::Dnf, true).as_deref(),
            Some("dnf install --assumeyes bubblewrap git")
        );
        assert_eq!(
            command(PackageManager::Apk, true).as_deref(),
            Some("apk add bubblewrap git")
        );
        assert_eq!(
            command(PackageManager::Pacman, false).as_deref(),
            Some("sudo pacman -S --needed --noconfirm bubblewrap git")
        );
        assert_eq!(PackageManager::Apt.install(&[], true), None);
        assert_eq!(
            PackageManager::Apk.install(&[Package::DebianKeys], true),
            None
        );
    }
}
