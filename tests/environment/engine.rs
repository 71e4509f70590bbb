//! The engine that this run of the tests is about, and the folder that its tests share.
//!
//! A test's name says what else it needs: `docker_only` that it is about Docker and nothing else, `both_engines` that it
//! compares the two, `root_only` that it does what root alone may. `cargo xtask test` skips what a host cannot have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::docker;

/// How deep below the top of a hierarchy control groups are looked for.
const DEPTH: u32 = 16;

/// What runs experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestEngine {
    Docker,
    Bubblewrap,
}

impl TestEngine {
    /// The engine of `RESOW_TEST_ENGINE`, else Docker where it answers, else bubblewrap.
    pub fn of_this_run() -> Self {
        static CHOSEN: OnceLock<TestEngine> = OnceLock::new();
        *CHOSEN.get_or_init(|| match std::env::var("RESOW_TEST_ENGINE").as_deref() {
            Ok("docker") => Self::Docker,
            Ok("bubblewrap") => Self::Bubblewrap,
            Ok(other) => panic!("`RESOW_TEST_ENGINE` is docker or bubblewrap, not `{other}`"),
            Err(_) if docker_answers() => Self::Docker,
            Err(_) => Self::Bubblewrap,
        })
    }

    /// Its name, as `--engine` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Bubblewrap => "bubblewrap",
        }
    }

    /// Whether it has the image of this identifier.
    pub fn has_image(self, id: &str) -> bool {
        match self {
            Self::Docker => {
                let output = Command::new("docker")
                    .args(["image", "inspect", id])
                    .output();
                output.expect("the docker command").status.success()
            }
            Self::Bubblewrap => unpacked_image(id).exists(),
        }
    }

    /// Takes an image away that no other test uses.
    pub fn remove_image(self, id: &str) {
        match self {
            Self::Docker => drop(docker(&["image", "rm", "--force", id])),
            // What nothing names any more goes with the next start.
            Self::Bubblewrap => fs::remove_file(unpacked_image(id)).unwrap_or_default(),
        }
    }

    /// A line for each thing of this owner's runs that is in the engine: the run, what it is, and its name. `runs` is
    /// where the runs' folders are.
    pub fn left(self, owner: &str, runs: &Path) -> Vec<String> {
        match self {
            Self::Docker => in_docker(owner),
            Self::Bubblewrap => {
                let mut found = BTreeSet::new();
                control_groups(Path::new("/sys/fs/cgroup"), owner, DEPTH, &mut found);
                found.extend(processes_that_see(runs));
                found.into_iter().collect()
            }
        }
    }
}

/// The folder that all tests of this user share, so that an image is unpacked once: `RESOW_TEST_CACHE`, else one below
/// the folder of what is built.
pub fn shared_cache() -> PathBuf {
    let named = std::env::var_os("RESOW_TEST_CACHE").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        let user = rustix::process::geteuid().as_raw();
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cache-{user}"))
    });
    fs::create_dir_all(&folder).expect("a folder of this user; `RESOW_TEST_CACHE` names another");
    folder
}

/// What bubblewrap's engine knows of an image.
fn unpacked_image(id: &str) -> PathBuf {
    let name = id.trim_start_matches("sha256:");
    shared_cache().join(format!("roots/images/{name}.json"))
}

fn docker_answers() -> bool {
    Command::new("docker")
        .arg("version")
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success())
}

fn in_docker(owner: &str) -> Vec<String> {
    let filter = format!("label=resow.store={owner}");
    let run = "{{.Label \"resow.run\"}}";
    let listed = |what: &[&str], form: String| {
        docker(&[what, &["--filter", &filter, "--format", &form]].concat())
    };
    let containers = listed(&["ps", "--all"], format!("{run} container {{{{.ID}}}}"));
    let volumes = listed(&["volume", "ls"], format!("{run} volume {{{{.Name}}}}"));
    let lines = containers.lines().chain(volumes.lines());
    lines.map(str::to_owned).collect()
}

/// The groups of the owner's runs, wherever in a hierarchy. They come and go meanwhile: what cannot be read is not there.
fn control_groups(folder: &Path, owner: &str, depth: u32, found: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(run) = name.strip_prefix(&format!("resow-{owner}-")) {
            found.insert(format!("{run} group {}", entry.path().display()));
        } else if depth > 0 {
            control_groups(&entry.path(), owner, depth - 1, found);
        }
    }
}

/// The processes in whose mounts there is a folder of a run: its sandbox, and whatever mounted for it.
fn processes_that_see(runs: &Path) -> Vec<String> {
    // A mount names its source from the top of its file system, and an overlay its folders as they were given.
    let temporary = fs::canonicalize(std::env::temp_dir()).expect("a temporary folder");
    let runs = runs.strip_prefix(temporary).expect("a temporary folder");
    let mark = format!("{}/", runs.display());
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    let seen = processes.filter_map(|process| {
        let mounts = fs::read_to_string(process.path().join("mountinfo")).ok()?;
        let (_, rest) = mounts.split_once(&mark)?;
        let run = rest.split(['/', ' ', ',']).next()?;
        let process = process.file_name().to_string_lossy().into_owned();
        process
            .parse::<u32>()
            .is_ok()
            .then(|| format!("{run} process {process}"))
    });
    seen.collect()
}
