//! Runs `python3` with the layer in a cleared environment, and reads what it printed and which events it left.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A folder of one test's own.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a file");
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a file");
        fs::write(path, text).expect("a file");
    }
}

impl AsRef<Path> for Folder {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn layer_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// One of the scripts that draw as a user's do.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(name)
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a file");
    for entry in fs::read_dir(from).expect("a file") {
        let entry = entry.expect("a file");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a file").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// Python as resow would start it, with the seed 42.
pub(crate) struct Layer {
    events: Folder,
    program: PathBuf,
    variables: BTreeMap<String, String>,
    folder: Option<PathBuf>,
}

impl Layer {
    pub(crate) fn new(name: &str) -> Self {
        let events = Folder::new(&format!("events-of-{name}"));
        let variables = [
            ("PATH", std::env::var("PATH").expect("a path")),
            (
                "PYTHONPATH",
                layer_folder().to_str().expect("a path in UTF-8").to_owned(),
            ),
            // In a container the folder is read-only.
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("RESOW_SEED", "42".to_owned()),
            ("RESOW_ENTROPY", "00".repeat(32)),
            (
                "RESOW_EVENTS",
                events
                    .path("events")
                    .to_str()
                    .expect("a path in UTF-8")
                    .to_owned(),
            ),
        ];
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            events,
            program: "python3".into(),
            variables,
            folder: None,
        }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// With the library that answers for the system's entropy.
    pub(crate) fn preloaded(self) -> Self {
        let library = self.events.path("entropy.so");
        fs::write(&library, resow_seeding::libraries::ENTROPY).expect("a file");
        let occurrences = self.events.path("occurrences");
        let [library, occurrences] =
            [library, occurrences].map(|path| path.to_str().expect("a path in UTF-8").to_owned());
        self.set("LD_PRELOAD", &library)
            .set("RESOW_OCCURRENCES", &occurrences)
    }

    /// With the layer from another folder.
    pub(crate) fn with_folder(self, folder: &Folder) -> Self {
        let folder = folder
            .as_ref()
            .to_str()
            .expect("a path in UTF-8")
            .to_owned();
        self.set("PYTHONPATH", &folder)
    }

    /// With another folder on Python's path, behind the layer's.
    pub(crate) fn and_path(self, folder: impl AsRef<Path>) -> Self {
        let path = format!(
            "{}:{}",
            self.variables["PYTHONPATH"],
            folder.as_ref().display()
        );
        self.set("PYTHONPATH", &path)
    }

    pub(crate) fn with_program(mut self, program: PathBuf) -> Self {
        self.program = program;
        self
    }

    pub(crate) fn in_folder(mut self, folder: &Folder) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let file = self.events.path("events");
        fs::write(&file, "").expect("a file");
        if let Some(occurrences) = self.variables.get("RESOW_OCCURRENCES") {
            fs::write(occurrences, vec![0; 65536]).expect("a file");
        }
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().envs(&self.variables);
        command.current_dir(self.folder.as_deref().unwrap_or(self.events.as_ref()));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child
            .stdin
            .take()
            .expect("a file")
            .write_all(input.as_bytes())
            .expect("a file");
        let output = child.wait_with_output().expect("a file");
        let events = fs::read_to_string(&file).expect("a file");
        Run {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            events: events
                .lines()
                .map(|line| serde_json::from_str(line).expect("a line of JSON"))
                .collect(),
            file,
        }
    }
}

/// What a process printed, and the events that it and its children left.
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) events: Vec<Value>,
    pub(crate) file: PathBuf,
}

impl Run {
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.events
            .iter()
            .filter(|event| event["kind"] == kind)
            .collect()
    }

    pub(crate) fn names(&self, kind: &str) -> Vec<&str> {
        self.of_kind(kind)
            .iter()
            .map(|event| event["name"].as_str().expect("a text"))
            .collect()
    }

    /// Calls and lines of the draws with this reason.
    pub(crate) fn draws(&self, reason: &str) -> Vec<String> {
        let draws = self
            .of_kind("draw")
            .into_iter()
            .filter(|event| event["reason"] == reason);
        draws
            .map(|event| {
                format!(
                    "{} {}",
                    event["call"].as_str().expect("a text"),
                    event["line"]
                )
            })
            .collect()
    }
}

/// Processes that keep the processors busy while it lives.
pub(crate) struct Load(Vec<Child>);

impl Load {
    pub(crate) fn start() -> Self {
        let busy = || {
            Command::new("python3")
                .args(["-I", "-c", "while True: pass"])
                .spawn()
                .expect("it starts")
        };
        Self((0..3).map(|_| busy()).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for process in &mut self.0 {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
