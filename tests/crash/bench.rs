//! A repository whose runs are ended at bad moments, by root or an ordinary user, on either engine.
#![expect(dead_code, reason = "each test file uses a part of this module")]

use std::fs;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::environment::{Environment, Repository, Transcript};
use crate::host::{after_a_while, control_groups_with, mounts_with, processes_with};
use crate::shell_image;

/// Who runs resow where it is not root.
const USER: u32 = 12_345;

const SCRIPT: &str = r#"trap '' TERM INT HUP
mkdir out
for i in $(seq 20); do echo "$i" > "out/$i"; done
cat code/first code/second > out/sources
sh -c 'trap "" TERM INT HUP; while :; do sleep 0.05; done' TAG &
setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 0.05; done' TAG &
head -c 300000 /dev/zero > out/large
echo "seed 42"
sleep 0.1
cat data/input > out/input
"#;

/// The engines that this host has; one that `RESOW_REQUIRE_ENGINES` names must be there.
pub(crate) fn engines() -> Vec<&'static str> {
    let required = std::env::var("RESOW_REQUIRE_ENGINES").unwrap_or_default();
    let answers = Command::new("docker")
        .arg("version")
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if answers || required.contains("docker") {
        vec!["bubblewrap", "docker"]
    } else {
        vec!["bubblewrap"]
    }
}

/// The name of the experiment.
pub(crate) const NAME: &str = "short";

/// Where runs are ended.
pub(crate) struct Bench<'environment> {
    pub(crate) farm: Repository<'environment>,
    environment: &'environment Environment,
    engine: &'static str,
    user: Option<u32>,
    /// A text that every process of its experiments was called with.
    pub(crate) tag: String,
    image: String,
}

impl<'environment> Bench<'environment> {
    /// A repository with the experiment, its image loaded.
    pub(crate) fn new(
        environment: &'environment Environment,
        engine: &'static str,
        as_root: bool,
    ) -> Self {
        let farm = environment.repository("farm");
        let image = shell_image::make(&environment.path().join("image"));
        let folder = environment.path().file_name().expect("a name");
        let tag = format!("crash-{}", folder.to_string_lossy().trim_start_matches('.'));
        let bench = Self {
            farm,
            environment,
            engine,
            user: (!as_root).then_some(USER),
            tag,
            image,
        };
        bench.farm.write("code/first", "1\n".repeat(1000));
        bench.farm.write("code/second", "2\n".repeat(1000));
        bench.farm.write("data/input", "what enters\n");
        bench.farm.write(".gitignore", "/data\n");
        bench.declare(NAME, SCRIPT, &bench.input());
        bench.give();
        bench.load_image();
        bench
    }

    /// Puts the image into the store and the engine.
    pub(crate) fn load_image(&self) {
        let archive = self.environment.path().join("image/image.tar");
        self.expect(0, &["image", "load", &archive.to_string_lossy()]);
    }

    /// Runs the experiment, however that ends.
    pub(crate) fn try_run(&self) -> Transcript {
        let mut command = self.command(&["run", NAME, "--force"]);
        self.environment.run(&mut command)
    }

    fn input(&self) -> String {
        let output = Command::new("sha256sum")
            .arg(self.farm.path("data/input"))
            .output()
            .expect("the sha256sum command");
        let digest = String::from_utf8_lossy(&output.stdout)[..64].to_owned();
        format!(
            "[[inputs]]\nname = \"input\"\nat = \"data/input\"\nsha256 = \"{digest}\"\n\
             [[outputs]]\npath = \"out\"\n[[outputs]]\nstream = \"stdout\"\n"
        )
    }

    /// Declares an experiment and commits it; `TAG` in the script marks its processes.
    pub(crate) fn declare(&self, name: &str, script: &str, rest: &str) {
        // git wants who commits to own the repository.
        if self.user.is_some() {
            give(self.environment.path(), 0);
        }
        let script = script.replace("TAG", &self.tag);
        shell_image::declare(&self.farm, &self.image, name, [&script, &self.tag], rest);
        self.farm.commit(name);
        self.give();
    }

    /// Gives everything to the user who runs resow.
    fn give(&self) {
        if let Some(user) = self.user {
            give(self.environment.path(), user);
        }
    }

    /// `resow` on this engine as this user.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let folder = self.farm.path("");
        let mut command = match self.user {
            None => self
                .environment
                .command(env!("CARGO_BIN_EXE_resow"), &folder),
            Some(user) => {
                let mut command = self.environment.command("setpriv", &folder);
                let user = user.to_string();
                command
                    .args(["--reuid", &user, "--regid", &user, "--clear-groups", "--"])
                    .arg(self.binary());
                command
            }
        };
        // Of its own, whoever runs it.
        let cache = self.environment.path().join("home/.cache/resow");
        command.env("RESOW_CACHE", cache);
        command.args(["--engine", self.engine]).args(arguments);
        command
    }

    /// A copy of the binary: it may lie where only root can enter.
    fn binary(&self) -> PathBuf {
        let binary = self.environment.path().join("resow");
        if !binary.exists() {
            fs::copy(env!("CARGO_BIN_EXE_resow"), &binary).expect("a copy of the binary");
        }
        binary
    }

    /// Runs it to its end, and insists on its exit code.
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Transcript {
        let transcript = self.environment.run(&mut self.command(arguments));
        assert_eq!(transcript.code, code, "resow {arguments:?}\n{transcript}");
        transcript
    }

    /// Starts it, its output in pipes.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("resow starts")
    }

    /// Runs the experiment; returns its outputs, and what was said.
    pub(crate) fn run(&self) -> (Value, Transcript) {
        let transcript = self.expect(0, &["run", NAME, "--force", "--json"]);
        let object: Value = serde_json::from_str(&transcript.stdout).expect("an object");
        (object["outputs"].clone(), transcript)
    }

    /// How long a run takes.
    pub(crate) fn duration(&self) -> Duration {
        let begun = Instant::now();
        for _ in 0..3 {
            self.run();
        }
        begun.elapsed() / 3
    }

    /// How many records there are, each of which can be read.
    pub(crate) fn records(&self) -> usize {
        let log = self.expect(0, &["log", "--json", "--limit", "1000000"]);
        let log: Value = serde_json::from_str(&log.stdout).expect("an object");
        log["records"].as_array().expect("a list").len()
    }

    /// The processes of its experiments.
    pub(crate) fn processes(&self) -> Vec<crate::host::Process> {
        processes_with(&self.tag)
    }

    /// What a run that is over has left in the run's folders: the names of all that lie there.
    pub(crate) fn left_in_store(&self) -> Vec<String> {
        ["runs", "tmp"]
            .iter()
            .flat_map(|folder| {
                let path = self.farm.path(".resow").join(folder);
                let entries = fs::read_dir(path).into_iter().flatten().flatten();
                entries.map(move |entry| format!("{folder}/{}", entry.file_name().display()))
            })
            .collect()
    }

    /// Insists that nothing but whole evidence is there.
    pub(crate) fn expect_clean(&self, moment: &str) {
        assert_eq!(self.left_in_store(), Vec::<String>::new(), "{moment}");
        let processes = after_a_while(|| self.processes());
        assert!(processes.is_empty(), "{moment}: {processes:?}");
        let store: Value =
            serde_json::from_str(&self.farm.read(".resow/store.json")).expect("a store");
        let id = store["id"].as_str().expect("an identity");
        let groups = after_a_while(|| control_groups_with(id));
        assert!(groups.is_empty(), "{moment}: {groups:?}");
        let path = self.environment.path().to_string_lossy();
        let mounts = after_a_while(|| mounts_with(&path));
        assert!(mounts.is_empty(), "{moment}: {mounts:?}");
        if self.engine == "docker" {
            // A busy engine may have made a container that a killed resow asked for after the next one had looked.
            if !self.farm.left_in_engine().is_empty() {
                self.run();
            }
            assert_eq!(self.farm.left_in_engine(), "", "{moment}");
        }
        let checked = self.expect(0, &["fsck", "--json"]);
        let checked: Value = serde_json::from_str(&checked.stdout).expect("an object");
        let mut findings = checked["findings"].as_array().expect("a list").clone();
        // The index is written before the record that it is of: an entry alone finds nothing and harms nothing.
        findings.retain(|found| found["kind"] != "dangling-index");
        assert_eq!(findings, Vec::<Value>::new(), "{moment}");
    }
}

impl Drop for Bench<'_> {
    fn drop(&mut self) {
        if self.engine == "docker" && !std::thread::panicking() {
            // Another test may be using the same image.
            let _ = Command::new("docker")
                .args(["image", "rm", &self.image])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).expect("tests run as root");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).expect("readable") {
            give(&entry.expect("readable").path(), user);
        }
    }
}
