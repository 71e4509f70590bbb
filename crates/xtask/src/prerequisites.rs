//! What the host must have for the tasks, and how it gets it.

use std::path::PathBuf;

use crate::process::{TaskError, capture, command, must, say};

/// A program that a task calls, and the Debian package that has it.
struct Prerequisite {
    program: &'static str,
    package: &'static str,
}

const PREREQUISITES: &[Prerequisite] = &[
    Prerequisite {
        program: "git",
        package: "git",
    },
    Prerequisite {
        program: "python3",
        package: "python3",
    },
    Prerequisite {
        program: "pip3",
        package: "python3-pip",
    },
    Prerequisite {
        program: "openssl",
        package: "openssl",
    },
];

/// The engine that needs no daemon.
const BUBBLEWRAP: &[Prerequisite] = &[Prerequisite {
    program: "bwrap",
    package: "bubblewrap",
}];

/// What tests of faults want: it fails and lists system calls. Without it they say nothing.
const FAULTS: &[Prerequisite] = &[Prerequisite {
    program: "strace",
    package: "strace",
}];

/// Languages whose programs draw random numbers without a seed, other C libraries, and another processor.
const LANGUAGES: &[Prerequisite] = &[
    Prerequisite {
        program: "g++",
        package: "g++",
    },
    Prerequisite {
        program: "go",
        package: "golang-go",
    },
    Prerequisite {
        program: "musl-gcc",
        package: "musl-tools",
    },
    Prerequisite {
        program: "qemu-x86_64-static",
        package: "qemu-user-static",
    },
];

/// The engine with a daemon.
const DOCKER: &[Prerequisite] = &[
    Prerequisite {
        program: "docker",
        package: "docker.io",
    },
    Prerequisite {
        program: "dockerd",
        package: "docker.io",
    },
];

/// Installs bubblewrap where this is root. Nobody else is told to: a Docker engine may do.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn offer_bubblewrap() -> Result<(), TaskError> {
    if is_root() && find("apt-get").is_some() {
        return install(BUBBLEWRAP);
    }
    Ok(())
}

/// Installs what tests of faults want where this is root; nobody else is told to.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn offer_fault_tools() -> Result<(), TaskError> {
    if is_root() && find("apt-get").is_some() {
        return install(FAULTS);
    }
    Ok(())
}

/// Installs what tests of other languages want where this is root; nobody else is told to.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn offer_languages() -> Result<(), TaskError> {
    if is_root() && find("apt-get").is_some() {
        return install(LANGUAGES);
    }
    Ok(())
}

/// Installs Docker where this is root.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn ensure_docker() -> Result<(), TaskError> {
    install(DOCKER)
}

/// Installs what the host lacks where this is root, and names one command to copy where it is not.
///
/// # Errors
/// When something is missing and cannot be installed.
pub(crate) fn ensure() -> Result<(), TaskError> {
    install(PREREQUISITES)
}

fn install(wanted: &[Prerequisite]) -> Result<(), TaskError> {
    let missing = missing_packages(wanted);
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!(
        "apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    if find("apt-get").is_none() {
        return Err(TaskError::new(format!(
            "this host lacks: {}",
            missing.join(", ")
        )));
    }
    if !is_root() {
        return Err(TaskError::new(format!(
            "this host lacks: {}; install it with\n  sudo sh -c 'apt-get update && {install}'",
            missing.join(", ")
        )));
    }
    say(&format!("installing {}", missing.join(", ")));
    must(&mut command("apt-get", ["update"]))?;
    must(command("apt-get", install.split(' ').skip(1)).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Sees to it that packages which tests fetch and unpack aside can be found.
///
/// # Errors
/// When the lists are missing and cannot be fetched.
pub(crate) fn ensure_package_lists() -> Result<(), TaskError> {
    let known = capture(&mut command("apt-cache", ["show", "busybox-static"])).is_ok();
    if known {
        return Ok(());
    }
    if !is_root() {
        return Err(TaskError::new(
            "this host has no package lists; fetch them with\n  sudo apt-get update",
        ));
    }
    must(&mut command("apt-get", ["update"]))
}

fn missing_packages(wanted: &[Prerequisite]) -> Vec<&'static str> {
    let mut packages: Vec<_> = wanted
        .iter()
        .filter(|prerequisite| find(prerequisite.program).is_none())
        .map(|prerequisite| prerequisite.package)
        .collect();
    packages.dedup();
    packages
}

/// Where a program is, in `PATH` or where Debian keeps the administrator's.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// Whether this process may install packages and start daemons.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
