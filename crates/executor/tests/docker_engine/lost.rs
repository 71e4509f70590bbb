//! An engine that goes away while a command runs.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use resow_executor::docker::Docker;
use resow_executor::engine::EngineError;
use resow_executor::event::Event;
use resow_executor::interrupt::Interrupt;
use resow_manifest::outcome::Outcome;
use tempfile::TempDir;

use crate::support::TestImage;

/// A second engine with everything of its own.
struct Engine {
    folder: TempDir,
    process: Child,
}

impl Engine {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let process = spawn(folder.path());
        let engine = Self { folder, process };
        engine.connect();
        engine
    }

    fn connect(&self) -> Docker {
        let address = format!("unix://{}/docker.sock", self.folder.path().display());
        let begun = Instant::now();
        loop {
            match Docker::connect(Some(&address)) {
                Ok(engine) => return engine,
                Err(error) if begun.elapsed() > Duration::from_secs(60) => {
                    let log = fs::read_to_string(self.folder.path().join("log"));
                    panic!("the second engine does not start: {error}\n{log:?}");
                }
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status();
        assert!(status.expect("the kill command").success());
    }

    fn restart(&mut self) -> Docker {
        self.start_again();
        self.connect()
    }

    /// Starts after an end that may have been sudden: the engine takes its dying containerd for one that it can use.
    fn start_again(&mut self) {
        let _ = self.process.wait();
        let containerd = self.folder.path().join("exec/containerd/containerd.pid");
        let pid = fs::read_to_string(&containerd).unwrap_or_default();
        let begun = Instant::now();
        while !pid.is_empty()
            && Path::new("/proc").join(pid.trim()).exists()
            && begun.elapsed() < Duration::from_secs(10)
        {
            thread::sleep(Duration::from_millis(50));
        }
        let _ = fs::remove_file(containerd);
        let _ = fs::remove_file(self.folder.path().join("docker.pid"));
        self.process = spawn(self.folder.path());
    }
}

impl Drop for Engine {
    /// Ends in an orderly way, so that no container outlives the engine, and unmounts what it leaves mounted.
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|status| status.is_some()) {
            self.start_again();
            thread::sleep(Duration::from_secs(5));
        }
        self.signal("-TERM");
        let _ = self.process.wait();
        let data = self.folder.path().join("data");
        let _ = Command::new("umount").arg("--lazy").arg(data).status();
    }
}

fn spawn(folder: &Path) -> Child {
    fs::write(folder.join("daemon.json"), "{}").expect("a configuration");
    let log = fs::File::create(folder.join("log")).expect("a log");
    let at = |name: &str| folder.join(name).display().to_string();
    Command::new("dockerd")
        .args(["--host", &format!("unix://{}", at("docker.sock"))])
        .args(["--data-root", &at("data"), "--exec-root", &at("exec")])
        .args(["--pidfile", &at("docker.pid"), "--storage-driver", "vfs"])
        .args(["--config-file", &at("daemon.json")])
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .stdin(Stdio::null())
        .spawn()
        .expect("the dockerd command")
}

/// Runs until the engine gets the signal, and returns what the run came to and how long that took to notice.
fn lose(engine: &Engine, image: &TestImage, signal: &str) -> (Outcome, Duration) {
    let (request, _workspace) = image.request(&["sh", "-c", "echo begun; sleep 600"]);
    let mut lost = None;
    let mut warnings = 0;
    let execution = image.engine.execute(
        &request,
        &mut |event| match event {
            Event::Output { bytes, .. } => {
                assert_eq!(bytes, b"begun\n");
                engine.signal(signal);
                lost = Some(Instant::now());
            }
            Event::Warning { .. } => warnings += 1,
            Event::Progress { .. } => {}
        },
        &Interrupt::default(),
        &mut || Ok(0),
    );
    let outcome = execution.expect("losing the engine is an outcome").outcome;
    assert!(
        warnings > 0,
        "the container could not be removed: {outcome}"
    );
    (outcome, lost.expect("the command ran").elapsed())
}

#[test]
fn an_engine_that_goes_away_is_an_outcome_and_the_next_start_cleans_up() {
    let mut engine = Engine::start();
    for signal in ["-KILL", "-TERM"] {
        let image = TestImage::load_into(engine.connect());
        let (outcome, noticed) = lose(&engine, &image, signal);
        assert!(
            matches!(outcome, Outcome::EngineLost { .. }),
            "{signal}: {outcome}"
        );
        assert!(noticed < Duration::from_secs(10), "{signal}: {noticed:?}");
        let (request, _workspace) = image.request(&["true"]);
        let refusal = image.try_run(&request);
        if signal == "-KILL" {
            assert!(matches!(
                refusal,
                Err(EngineError::Unreachable { .. } | EngineError::Request { .. })
            ));
        }

        let back = engine.restart();
        let swept = back
            .sweep(&crate::support::store(), &mut |_| false)
            .expect("the engine answers");
        assert_eq!(swept.len(), 1, "{signal}");
        assert_eq!(
            back.sweep(&crate::support::store(), &mut |_| false)
                .expect("the engine answers"),
            []
        );
    }
}
