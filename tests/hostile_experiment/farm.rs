//! A repository with the hostile program, for one engine and one user.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use resow_manifest::digest::Sha256Digest;
use serde_json::Value;

use crate::environment::{Environment, Repository, Transcript, checkout, copy_folder, docker};
use crate::host::{Host, SECRET};

/// A user who is neither root nor the one that a sandbox shows.
const USER: u32 = 12_345;

/// What runs an experiment, and who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Docker,
    Bubblewrap,
    BubblewrapOfUser,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Docker, Self::Bubblewrap, Self::BubblewrapOfUser];

    /// Those that are here. Where `RESOW_REQUIRE_ENGINES` names one, it must be.
    pub(crate) fn here() -> Vec<Self> {
        let required = std::env::var("RESOW_REQUIRE_ENGINES").unwrap_or_default();
        let is_here = |engine: &Self| {
            let here = match engine {
                Self::Docker => answers("docker", &["version"]),
                _ => answers("bwrap", &["--version"]),
            };
            let is_required = required.split(',').any(|name| name.trim() == engine.name());
            assert!(here || !is_required, "`{}` is not here", engine.name());
            here
        };
        Self::ALL.into_iter().filter(is_here).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Bubblewrap | Self::BubblewrapOfUser => "bubblewrap",
        }
    }

    /// As a table's heading has it.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Bubblewrap => "bubblewrap, as root",
            Self::BubblewrapOfUser => "bubblewrap, as a user",
        }
    }
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// A repository with the hostile program.
pub(crate) struct Farm<'environment> {
    environment: &'environment Environment,
    pub(crate) repository: Repository<'environment>,
    pub(crate) engine: Engine,
}

impl<'environment> Farm<'environment> {
    /// The repository, with the image in the engine, before it is [`Self::sown`].
    pub(crate) fn new(environment: &'environment Environment, engine: Engine, host: &Host) -> Self {
        let repository = environment.repository("farm");
        copy_folder(
            &checkout().join("docker/python"),
            &repository.path("docker/python"),
        );
        for entry in fs::read_dir(checkout().join("tests/hostile_experiment")).expect("readable") {
            let path = entry.expect("readable").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.ends_with(".py") {
                repository.write(&format!("hostile/{name}"), fs::read(&path).expect("a file"));
            }
        }
        let facts = host.facts(&repository.path(""), &environment.path().join("home"));
        repository.write("hostile/facts.json", facts.to_string());
        repository.write(".gitignore", "input.txt\n");
        repository.write("input.txt", "an input\n");
        fs::copy(
            env!("CARGO_BIN_EXE_resow"),
            environment.path().join("resow"),
        )
        .expect("a copy");
        Self {
            environment,
            repository,
            engine,
        }
    }

    /// Declares an experiment that runs a part of the program; `rest` is more TOML.
    pub(crate) fn declare(&self, name: &str, arguments: &[&str], rest: &str) {
        let words = [&["python3"], arguments].concat();
        self.repository.write(
            &format!("experiments/{name}.toml"),
            format!(
                "version = 1\ncommand = {}\nenv.PYTHONDONTWRITEBYTECODE = \"1\"\nimage.build = \"docker/python\"\n\
                 params.rate = 1\nsource.include = [\"hostile/\"]\n{rest}\n",
                Value::from(words)
            ),
        );
    }

    /// Commits everything, hands it to who runs it, and puts the image into the engine.
    pub(crate) fn sown(self) -> Self {
        self.repository.commit("an experiment of somebody else");
        if self.engine == Engine::Docker {
            self.expect(0, &["image", "build", "docker/python"]);
            return self;
        }
        let archive = self.environment.path().join("python.tar");
        // A link would be given to the user with the folder.
        fs::copy(image(), &archive).expect("a copy of the image");
        if self.engine == Engine::BubblewrapOfUser {
            give_to_user(self.environment.path());
        }
        self.expect(0, &["image", "load", &archive.to_string_lossy()]);
        self
    }

    /// `resow` with this engine, as who runs it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let binary = self.environment.path().join("resow");
        let mut command = self.program(&binary.to_string_lossy());
        command
            .env("RESOW_CACHE", self.environment.path().join("cache"))
            .env("RESOW_TEST_TOKEN", SECRET)
            .args(["--engine", self.engine.name()])
            .args(arguments);
        command
    }

    /// Another program, as who runs it.
    pub(crate) fn program(&self, program: &str) -> Command {
        let folder = self.repository.path("");
        if self.engine != Engine::BubblewrapOfUser {
            return self.environment.command(program, &folder);
        }
        let mut command = self.environment.command("setpriv", &folder);
        command
            .args(["--reuid", &USER.to_string(), "--regid", &USER.to_string()])
            .args(["--clear-groups", "--", program]);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Transcript {
        self.environment.run(&mut self.command(arguments))
    }

    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Transcript {
        let transcript = self.run(arguments);
        let engine = self.engine;
        assert_eq!(
            transcript.code, code,
            "{engine:?} {arguments:?}\n{transcript}"
        );
        transcript
    }

    /// Runs an experiment and answers what `--json` says of it.
    pub(crate) fn harvest(&self, name: &str) -> Value {
        let transcript = self.run(&["--json", "run", name, "--force"]);
        serde_json::from_str(&transcript.stdout)
            .unwrap_or_else(|error| panic!("{:?} {name}: {error}\n{transcript}", self.engine))
    }

    /// A file of an experiment's results.
    pub(crate) fn result(&self, name: &str, file: &str) -> String {
        self.repository.read(&format!("results/{name}/{file}"))
    }

    /// What is left on the host of any run: run folders, mounts, control groups, containers and volumes.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let mut left: Vec<_> = fs::read_dir(self.repository.path(".resow/runs"))
            .expect("readable")
            .map(|entry| entry.expect("readable").path().display().to_string())
            .collect();
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("readable");
        let own = self.environment.path().to_string_lossy().into_owned();
        left.extend(
            mounts
                .lines()
                .filter(|line| line.contains(&own))
                .map(str::to_owned),
        );
        let store: Value =
            serde_json::from_str(&self.repository.read(".resow/store.json")).expect("a store");
        let owner = store["id"].as_str().expect("an id");
        folders_named(Path::new("/sys/fs/cgroup"), owner, &mut left);
        if self.engine == Engine::Docker {
            let found = self.repository.left_in_engine();
            left.extend(found.lines().map(str::to_owned));
        }
        left
    }
}

fn folders_named(folder: &Path, part: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            if entry.file_name().to_string_lossy().contains(part) {
                found.push(path.display().to_string());
            }
            folders_named(&path, part, found);
        }
    }
}

/// The image as an archive, made once for a recipe and kept with what the tests build.
fn image() -> &'static Path {
    static IMAGE: OnceLock<PathBuf> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let lock = fs::read(checkout().join("docker/python/recipe.lock")).expect("a lock");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let archive = folder.join(format!("python-{}.tar", Sha256Digest::of(&lock).hex()));
        if !archive.exists() {
            let unfinished = archive.with_extension(std::process::id().to_string());
            save_image(&unfinished);
            fs::rename(&unfinished, &archive).expect("in its place");
        }
        archive
    })
}

fn save_image(archive: &Path) {
    let environment = Environment::new();
    let farm = environment.repository("image");
    copy_folder(
        &checkout().join("docker/python"),
        &farm.path("docker/python"),
    );
    farm.commit("an image");
    let archive = archive.to_string_lossy();
    for arguments in [
        &["image", "build", "docker/python"][..],
        &["image", "save", "docker/python", "--output", &archive],
    ] {
        let mut command = farm.resow_command(arguments);
        let transcript =
            environment.run(command.env("RESOW_CACHE", environment.path().join("cache")));
        assert_eq!(transcript.code, 0, "{arguments:?}\n{transcript}");
    }
}

/// Gives a folder with all in it to the user; what it links to stays whose it was.
fn give_to_user(path: &Path) {
    if path.is_symlink() {
        return;
    }
    chown(path, Some(USER), Some(USER)).expect("this test is run by root");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("readable") {
            give_to_user(&entry.expect("readable").path());
        }
    }
}

/// The versions that answers depend on.
pub(crate) fn versions(engines: &[Engine]) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").expect("a version");
    let kernel: Vec<_> = kernel.split(['.', '-']).take(2).collect();
    let mut versions = vec![format!("Linux {}", kernel.join("."))];
    if engines.contains(&Engine::Docker) {
        let version = docker(&["version", "--format", "{{.Server.Version}}"]);
        let number = version.split('+').next().unwrap_or_default();
        versions.push(format!("Docker {number}"));
    }
    if engines.contains(&Engine::Bubblewrap) {
        let output = Command::new("bwrap")
            .arg("--version")
            .output()
            .expect("bwrap");
        versions.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let hierarchy = if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() {
        "control groups of version 2"
    } else {
        "control groups of version 1"
    };
    versions.push(hierarchy.to_owned());
    versions.join(", ")
}
