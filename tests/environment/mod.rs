//! A place to try resow in: temporary folders, a cleared environment, real git, the real binary, a real engine.
//!
//! Each test file uses the part of it that it needs.
#![expect(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this module"
)]

pub mod coin;
pub mod engine;
pub mod terminal;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, Once, OnceLock, PoisonError};

use engine::{TestEngine, shared_cache};
use tempfile::TempDir;

/// A temporary folder with a home of its own.
pub struct Environment {
    folder: TempDir,
}

/// A repository in an environment.
pub struct Repository<'environment> {
    environment: &'environment Environment,
    root: PathBuf,
}

/// What a command printed, and how it ended.
pub struct Transcript {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl fmt::Display for Transcript {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "exit code: {}\n--- stdout ---\n{}--- stderr ---\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

impl Transcript {
    /// The standard output as one line, wherever its lines are broken.
    pub fn said(&self) -> String {
        let words: Vec<_> = self.stdout.split_whitespace().collect();
        words.join(" ")
    }
}

impl Environment {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("home")).expect("a home");
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// An empty repository.
    pub fn repository(&self, name: &str) -> Repository<'_> {
        let root = self.path().join(name);
        fs::create_dir(&root).expect("a folder");
        let repository = Repository {
            environment: self,
            root,
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// A repository with the recipe of `docker/python` and the three smallest experiments, committed.
    pub fn farm(&self, name: &str) -> Repository<'_> {
        let farm = self.repository(name);
        farm.add_python_image();
        for name in ["digits", "seed-basics", "thread-race"] {
            let folder = format!("experiments/{name}");
            copy_folder(&checkout().join(&folder), &farm.path(&folder));
            for file in [format!("{folder}.toml"), format!("{folder}.claim.toml")] {
                let text = fs::read(checkout().join(&file)).expect("a file of the checkout");
                farm.write(&file, text);
            }
        }
        farm.commit("experiments");
        farm
    }

    /// A command in this environment and nothing else of the caller's but `PATH` and what reaches registries. Where it
    /// is resow, it uses the engine that is tested and the folder of unpacked images that tests share.
    pub fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear();
        for (name, value) in std::env::vars_os() {
            // The mirrors are the machine's own: how they are reached is too.
            let text = name.to_string_lossy();
            let reaches = text == "PATH"
                || text.starts_with("PIP_")
                || text.starts_with("PYENV")
                || text.to_ascii_lowercase().ends_with("_proxy")
                || text.ends_with("_CA_BUNDLE")
                || text.starts_with("SSL_CERT_");
            if reaches {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.path().join("home"))
            .env("RESOW_ENGINE", TestEngine::of_this_run().name())
            .env("RESOW_CACHE", shared_cache())
            .env("LANG", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "author")
            .env("GIT_AUTHOR_EMAIL", "author@localhost")
            .env("GIT_COMMITTER_NAME", "author")
            .env("GIT_COMMITTER_EMAIL", "author@localhost")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, command: &mut Command) -> Transcript {
        let output = command.output().expect("the command starts");
        Transcript {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl<'environment> Repository<'environment> {
    /// A path in the repository.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, content).expect("written");
    }

    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).expect("readable")
    }

    /// Replaces a text that stands once in a file.
    pub fn replace(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {relative}");
        self.write(relative, text.replace(from, to));
    }

    /// Runs git, which must succeed, and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let transcript = self
            .environment
            .run(self.environment.command("git", &self.root).args(arguments));
        assert_eq!(transcript.code, 0, "git {arguments:?}\n{transcript}");
        transcript.stdout.trim_end().to_owned()
    }

    /// Commits everything and returns the hash.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Declares an experiment that runs `command` in the image of `docker/python`; `rest` is more TOML. All of the
    /// repository is added to git, nothing committed.
    pub fn declare(&self, name: &str, command: &[&str], rest: &str) {
        if !self.path("docker/python").exists() {
            self.add_python_image();
        }
        // A list of strings is written alike in both languages.
        let command: Vec<_> = command
            .iter()
            .map(|word| serde_json::Value::from(*word).to_string())
            .collect();
        self.write(
            &format!("experiments/{name}.toml"),
            format!(
                "version = 1\ncommand = [{}]\nimage.build = \"docker/python\"\n{rest}",
                command.join(", ")
            ),
        );
        self.git(&["add", "--all"]);
    }

    /// The same for a script of the shell.
    pub fn declare_script(&self, name: &str, script: &str, rest: &str) {
        self.declare(name, &["sh", "-c", script], rest);
    }

    /// The lines of `refs/resow/snapshots/`.
    pub fn snapshots(&self) -> Vec<String> {
        let text = self.git(&["for-each-ref", "refs/resow/snapshots/"]);
        text.lines().map(str::to_owned).collect()
    }

    /// What is in the engine of this repository's runs, a line each: containers and volumes, or control groups and
    /// processes. Empty where nothing is left.
    pub fn left_in_engine(&self) -> String {
        self.lines_in_engine().join("\n")
    }

    /// The runs of this repository that have anything in the engine.
    pub fn runs_in_engine(&self) -> BTreeSet<String> {
        let lines = self.lines_in_engine().into_iter();
        lines
            .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
            .collect()
    }

    fn lines_in_engine(&self) -> Vec<String> {
        let store: serde_json::Value =
            serde_json::from_str(&self.read(".resow/store.json")).expect("a store");
        let path = fs::canonicalize(self.path(".resow")).expect("a store");
        let folder = fs::metadata(&path).expect("a folder");
        let owner = format!(
            "{}-{}-{}",
            store["id"].as_str().expect("an id"),
            folder.dev(),
            folder.ino()
        );
        TestEngine::of_this_run().left(&owner, &path.join("runs"))
    }

    /// A clone beside it, as a teammate would make it.
    pub fn clone_as(&self, name: &str) -> Repository<'environment> {
        let root = self.environment.path().join(name);
        self.git(&["clone", "--quiet", ".", &root.to_string_lossy()]);
        self.at(&root)
    }

    /// The same environment seen from another folder: a subfolder, a linked worktree, another clone.
    pub fn at(&self, folder: impl AsRef<Path>) -> Repository<'environment> {
        Repository {
            environment: self.environment,
            root: self.root.join(folder),
        }
    }

    /// Writes `experiments/NAME.toml` and the shell script `code/NAME.sh` that it runs in the image of `docker/python`;
    /// `rest` is TOML: outputs at least.
    pub fn experiment(&self, name: &str, script: &str, rest: &str) {
        self.write(&format!("code/{name}.sh"), script);
        let manifest = format!(
            "version = 1\nseed = 42\ncommand = [\"sh\", \"code/{name}.sh\"]\n\n[source]\n\
             include = [\"code/{name}.sh\"]\n\n[image]\nbuild = \"docker/python\"\n\n{rest}"
        );
        self.write(&format!("experiments/{name}.toml"), manifest);
    }

    /// Puts the recipe and lock of `docker/python` in place, and the image into the engine.
    pub fn add_python_image(&self) {
        build_python_image();
        copy_folder(
            &checkout().join("docker/python"),
            &self.path("docker/python"),
        );
    }

    /// Puts the recipe and lock of one of the project's images in place, and the image into the engine.
    pub fn add_image(&self, image: &str) {
        build_image(image);
        copy_folder(&checkout().join(image), &self.path(image));
    }

    /// A command of resow as the last words of another command, in the same environment.
    pub fn wrapped(&self, words: &[&str], resow: &Command) -> Command {
        let mut command = self.environment.command(words[0], &self.root);
        command
            .args(&words[1..])
            .arg(resow.get_program())
            .args(resow.get_args());
        command
    }

    /// `resow` with these arguments, not started yet.
    pub fn resow_command(&self, arguments: &[&str]) -> Command {
        let mut command = self
            .environment
            .command(env!("CARGO_BIN_EXE_resow"), &self.root);
        command.args(arguments);
        command
    }

    /// Runs `resow` to its end.
    pub fn resow(&self, arguments: &[&str]) -> Transcript {
        self.environment.run(&mut self.resow_command(arguments))
    }

    /// Runs `resow`, insists on its exit code, and returns what it printed.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Transcript {
        let transcript = self.resow(arguments);
        assert_eq!(transcript.code, code, "resow {arguments:?}\n{transcript}");
        transcript
    }

    /// Runs `resow --json`, insists on its exit code, and on one object of the documented form on the standard output.
    pub fn json(&self, code: i32, arguments: &[&str]) -> serde_json::Value {
        let transcript = self.expect(code, &[&["--json"], arguments].concat());
        assert_eq!(transcript.stdout.lines().count(), 1, "{transcript}");
        let object: serde_json::Value = serde_json::from_str(&transcript.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{transcript}"));
        assert_eq!(object["version"], 1, "{transcript}");
        assert_eq!(object["exit"], code, "{transcript}");
        let command = object["command"].as_str().expect("a command");
        assert!(!command.is_empty(), "{transcript}");
        object
    }

    /// The files of a folder of the store, sorted.
    pub fn stored(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut waiting = vec![self.path(".resow").join(folder)];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Starts `resow` and leaves it running, its output in pipes.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.resow_command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("resow starts")
    }
}

/// What differs from run to run in a transcript, and what stands for it in a snapshot.
pub const FILTERS: &[(&str, &str)] = &[
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[time]"),
    (r"\bin \d+\.\d s\b", "in [seconds] s"),
    (r"sha256:[0-9a-f]{64}", "sha256:[digest]"),
    (r"\b[0-9a-f]{16}\b", "[run]"),
    (r"\b[0-9a-f]{12}\b", "[digest]"),
    (r"\b(snapshot|commit|record) [0-9a-f]{7,12}\b", "$1 [hash]"),
    (r"(?:/[\w.-]+)+/\.tmp\w+", "[folder]"),
];

/// A snapshot of a transcript, or of another text, without what differs from run to run.
#[macro_export]
macro_rules! snapshot {
    ($text:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => environment::FILTERS.iter().copied() }, {
            insta::assert_snapshot!($text.to_string(), @$snapshot);
        });
    };
}

/// What the `docker` command prints, which must succeed.
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the docker command");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

/// Sends a signal to a process of the test's own.
pub fn signal(process: &Child, signal: &str) {
    let status = Command::new("kill")
        .args([signal, &process.id().to_string()])
        .status();
    assert!(status.expect("the kill command").success());
}

/// Changes one bit of a file, whoever may write it.
pub fn flip_bit(path: &Path, offset: usize) {
    let mut bytes = fs::read(path).expect("readable");
    bytes[offset] ^= 1;
    overwrite(path, &bytes);
}

/// Writes a file of the user's own, whoever may write it.
pub fn overwrite(path: &Path, bytes: &[u8]) {
    let writable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(path, writable).expect("writable");
    fs::write(path, bytes).expect("written");
}

/// What stays the same each time of a transcript: digests, hashes, times and paths are made so.
pub fn steady() -> Vec<(&'static str, &'static str)> {
    // As wide as what they stand for, so that tables keep their columns.
    vec![
        (r"[0-9a-f]{64}", "[DIGEST]"),
        (r"\b[0-9a-f]{40}\b", "[HASH]"),
        (r"\b[0-9a-f]{12}\b", "[__DIGEST__]"),
        (r"\b[0-9a-f]{10}\b", "[_COMMIT_]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[______TIME_______]"),
        (r"in \d+\.\d s", "in [SECONDS]"),
    ]
}

/// The checkout that is tested.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Puts the image into the engine, once a test program, so that tests side by side do not build it at the same time.
fn build_python_image() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| build_image("docker/python"));
}

/// Puts one of the project's images into the engine, where it is not there yet.
fn build_image(image: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let environment = Environment::new();
    builder(&environment, image).expect(0, &["image", "build", image]);
}

/// The image of `docker/python` as a file, written once a test program.
pub fn python_archive() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let environment = Environment::new();
        let file = shared_cache().join("python.tar");
        let path = file.to_string_lossy().into_owned();
        let save = ["image", "save", "docker/python", "--output", &path];
        let _ = fs::remove_file(&file);
        builder(&environment, "docker/python").expect(0, &save);
        file
    })
}

/// A repository that stays, with the recipe of an image: what was fetched for it is fetched once. The checkout is
/// perhaps another user's.
fn builder<'e>(environment: &'e Environment, image: &str) -> Repository<'e> {
    let builder = Repository {
        environment,
        root: shared_cache().join("builder"),
    };
    copy_folder(&checkout().join(image), &builder.path(image));
    builder.git(&["init", "--quiet", "--initial-branch=main"]);
    builder.git(&["add", "--all"]);
    builder
}

/// Copies a folder of files and folders.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
