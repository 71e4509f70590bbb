//! What bubblewrap is told: namespaces, mounts, variables.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use crate::container_user::CONTAINER_USER;
use crate::engine::ContainerRequest;

/// Files and folders of `/proc` that say something of the host, or act on it, as container runtimes hide them.
const HIDDEN_FILES: &[&str] = &[
    "kcore",
    "keys",
    "key-users",
    "kallsyms",
    "latency_stats",
    "sched_debug",
    "timer_list",
    "timer_stats",
];
const HIDDEN_FOLDERS: &[&str] = &["acpi", "asound", "scsi"];

/// What programs ask about processors; nothing else of `/sys` is shown.
const TOPOLOGY: &[&str] = &["/sys/devices/system/cpu", "/sys/devices/system/node"];

/// Where what the sandbox is made of can be found by bubblewrap.
pub(super) struct Places {
    /// The image's root file system.
    pub(super) root: PathBuf,
    /// The workspace.
    pub(super) workspace: PathBuf,
    /// Inputs and other files.
    pub(super) bound: Vec<BoundPlace>,
    /// Files with the content of a descriptor.
    pub(super) written: Vec<(i32, String)>,
}

/// A file or folder, and the path at which the run sees it.
pub(super) struct BoundPlace {
    pub(super) source: PathBuf,
    pub(super) target: String,
    pub(super) is_writable: bool,
}

/// The options, to be read from a descriptor: so that no variable is seen in the host's list of processes.
pub(super) fn options(request: &ContainerRequest, places: &Places) -> Vec<String> {
    let mut options = Options::default();
    options.flags(&[
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--as-pid-1",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
    ]);
    options.add("--uid", [CONTAINER_USER]);
    options.add("--gid", [CONTAINER_USER]);
    options.add("--hostname", [&request.host_name]);
    options.bind("--ro-bind", &places.root, "/");
    options.add("--proc", ["/proc"]);
    options.add("--dev", ["/dev"]);
    hide_host(&mut options);
    let limits = &request.limits;
    options.memory_file_system("1777", limits.shared_memory, "/dev/shm");
    options.add("--remount-ro", ["/dev"]);
    options.memory_file_system("1777", limits.temporary, crate::engine::TEMPORARY);
    options.memory_file_system("0755", limits.temporary, crate::engine::HOME);
    for path in TOPOLOGY.iter().filter(|path| Path::new(path).is_dir()) {
        options.bind("--ro-bind", Path::new(path), path);
    }
    for (descriptor, target) in &places.written {
        options.add("--perms", ["0644"]);
        options.add("--ro-bind-data", [&descriptor.to_string(), target]);
    }
    options.bind("--bind", &places.workspace, crate::engine::WORKSPACE);
    for place in &places.bound {
        let kind = if place.is_writable {
            "--bind"
        } else {
            "--ro-bind"
        };
        options.bind(kind, &place.source, &place.target);
    }
    options.add("--chdir", [crate::engine::WORKSPACE]);
    for (name, value) in &request.environment {
        options.add("--setenv", [name, value]);
    }
    options.0
}

fn hide_host(options: &mut Options) {
    let exists = |name: &&&str| Path::new("/proc").join(name).exists();
    for name in HIDDEN_FILES.iter().filter(exists) {
        options.bind(
            "--ro-bind",
            Path::new("/dev/null"),
            &format!("/proc/{name}"),
        );
    }
    for name in HIDDEN_FOLDERS.iter().filter(exists) {
        let path = format!("/proc/{name}");
        options.add("--tmpfs", [&path]);
        options.add("--remount-ro", [&path]);
    }
}

#[derive(Default)]
struct Options(Vec<String>);

impl Options {
    fn flags(&mut self, flags: &[&str]) {
        self.0.extend(flags.iter().map(|flag| (*flag).to_owned()));
    }

    fn add<T: Display, const COUNT: usize>(&mut self, name: &str, values: [T; COUNT]) {
        self.0.push(name.to_owned());
        self.0.extend(values.iter().map(T::to_string));
    }

    fn bind(&mut self, kind: &str, source: &Path, target: &str) {
        // Paths that are not UTF-8 were refused when the places were made.
        self.add(kind, [source.display().to_string().as_str(), target]);
    }

    fn memory_file_system(&mut self, mode: &str, size: u64, target: &str) {
        self.add("--perms", [mode]);
        self.add("--size", [size]);
        self.add("--tmpfs", [target]);
    }
}
