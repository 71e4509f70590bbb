//! The settings of a host that keep ordinary users from making user namespaces.

use std::fmt;
use std::fs;
use std::path::Path;

/// What keeps ordinary users from making user namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespaceSetting {
    /// The kernel is built without them (`CONFIG_USER_NS`).
    NotBuilt,
    /// `kernel.unprivileged_userns_clone = 0`, which kernels of Debian and Arch have.
    Clone,
    /// `user.max_user_namespaces = 0`; a container inside may have a limit of its own.
    Maximum,
    /// `kernel.apparmor_restrict_unprivileged_userns = 1`, which kernels of Ubuntu have.
    AppArmor,
    /// The system call filter of a container around resow.
    CallFilter,
}

/// A setting, its file below `/proc/sys`, and the value at which it is in the way.
const FILES: [(NamespaceSetting, &str, &str); 3] = [
    (
        NamespaceSetting::Clone,
        "kernel/unprivileged_userns_clone",
        "0",
    ),
    (NamespaceSetting::Maximum, "user/max_user_namespaces", "0"),
    (
        NamespaceSetting::AppArmor,
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
    ),
];

impl NamespaceSetting {
    /// Which setting explains that a user namespace was refused with these words. `proc` is where `/proc` is.
    pub(crate) fn in_the_way(proc: &Path, said: &str) -> Option<Self> {
        if !proc.join("self/ns/user").exists() {
            return Some(Self::NotBuilt);
        }
        let reads = |file: &str, value: &str| {
            fs::read_to_string(proc.join("sys").join(file)).is_ok_and(|text| text.trim() == value)
        };
        let found = FILES.iter().find(|(_, file, value)| reads(file, value));
        if let Some((setting, ..)) = found {
            return Some(*setting);
        }
        let is_refused = said.contains("ermission") || said.contains("not permitted");
        (is_refused && has_call_filter(proc)).then_some(Self::CallFilter)
    }

    /// The command that lets user namespaces be made, until the host starts again; `None` where none can.
    pub fn command(self) -> Option<String> {
        let setting = match self {
            Self::Clone => "kernel.unprivileged_userns_clone=1",
            Self::Maximum => "user.max_user_namespaces=65536",
            Self::AppArmor => "kernel.apparmor_restrict_unprivileged_userns=0",
            Self::NotBuilt | Self::CallFilter => return None,
        };
        Some(format!("sudo sysctl -w {setting}"))
    }

    /// What to do about it.
    pub fn hint(self) -> String {
        match (self.command(), self) {
            (Some(command), _) => format!(
                "`{command}` turns them on until the next start, a line in `/etc/sysctl.d` for good; or use a Docker \
                 engine"
            ),
            (None, Self::CallFilter) => {
                "start the container around it with `--security-opt seccomp=unconfined --security-opt \
                 systempaths=unconfined`, or use a Docker engine or another host"
                    .to_owned()
            }
            (None, _) => "use a Docker engine, or a host with another kernel".to_owned(),
        }
    }
}

impl fmt::Display for NamespaceSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotBuilt => "the kernel is built without `CONFIG_USER_NS`",
            Self::Clone => "`kernel.unprivileged_userns_clone = 0`",
            Self::Maximum => "`user.max_user_namespaces = 0`",
            Self::AppArmor => "`kernel.apparmor_restrict_unprivileged_userns = 1`",
            Self::CallFilter => "a container around resow filters the system calls that make them",
        })
    }
}

/// Whether system calls of this process are filtered.
fn has_call_filter(proc: &Path) -> bool {
    let status = fs::read_to_string(proc.join("self/status")).unwrap_or_default();
    status
        .lines()
        .filter_map(|line| line.strip_prefix("Seccomp:"))
        .any(|mode| mode.trim() == "2")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `/proc` with these files.
    fn proc(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        folder
    }

    #[test]
    fn each_setting_is_named_with_the_command_that_changes_it() {
        let namespaces = ("self/ns/user", "");
        for (files, said, expected, command) in [
            (vec![], "", NamespaceSetting::NotBuilt, None),
            (
                vec![namespaces, ("sys/kernel/unprivileged_userns_clone", "0\n")],
                "",
                NamespaceSetting::Clone,
                Some("sudo sysctl -w kernel.unprivileged_userns_clone=1"),
            ),
            (
                vec![
                    namespaces,
                    ("sys/kernel/unprivileged_userns_clone", "1\n"),
                    ("sys/user/max_user_namespaces", "0\n"),
                ],
                "",
                NamespaceSetting::Maximum,
                Some("sudo sysctl -w user.max_user_namespaces=65536"),
            ),
            (
                vec![
                    namespaces,
                    ("sys/user/max_user_namespaces", "100\n"),
                    ("sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"),
                ],
                "bwrap: setting up uid map: Permission denied",
                NamespaceSetting::AppArmor,
                Some("sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
            ),
            (
                vec![namespaces, ("self/status", "Name:\tx\nSeccomp:\t2\n")],
                "bwrap: No permissions to create new namespace",
                NamespaceSetting::CallFilter,
                None,
            ),
        ] {
            let proc = proc(&files);
            let found = NamespaceSetting::in_the_way(proc.path(), said);
            assert_eq!(found, Some(expected), "{files:?}");
            assert_eq!(expected.command().as_deref(), command);
            if let Some(command) = command {
                assert!(expected.hint().contains(command));
            }
        }
    }

    #[test]
    fn settings_that_are_as_they_should_be_explain_nothing() {
        let proc = proc(&[
            ("self/ns/user", ""),
            ("self/status", "Seccomp:\t0\n"),
            ("sys/user/max_user_namespaces", "63000\n"),
            ("sys/kernel/apparmor_restrict_unprivileged_userns", "0\n"),
        ]);
        let said = "bwrap: Creating new namespace failed: Operation not permitted";
        assert_eq!(NamespaceSetting::in_the_way(proc.path(), said), None);
    }
}
