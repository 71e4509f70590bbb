//! A second Docker engine with everything of its own, that a test may kill, and a tiny image in it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long an engine may take to start or end on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct SecondEngine {
    folder: TempDir,
    process: Child,
}

impl SecondEngine {
    /// An engine that answers, with an image of one shell.
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let process = spawn(folder.path());
        let engine = Self { folder, process };
        engine.wait();
        engine
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }

    /// What its `docker` command prints.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let address = self.address();
        crate::environment::docker(&[&["--host", &address], arguments].concat())
    }

    /// Puts the distribution's static busybox into the engine as `/bin/sh` and returns the image's identifier.
    pub(crate) fn add_shell_image(&self) -> String {
        let folder = self.folder.path().join("image");
        fs::create_dir_all(folder.join("root/bin")).expect("folders");
        let script = "apt-get --quiet --quiet download busybox-static 2>/dev/null && dpkg-deb -x busybox-static*.deb . && \
                      cp \"$(find . -path '*bin/busybox' -type f)\" root/bin/sh && cp root/bin/sh root/bin/sleep && \
                      tar -C root -cf image.tar .";
        let status = Command::new("sh")
            .args(["-c", script])
            .current_dir(&folder)
            .status();
        assert!(
            status.expect("a Debian host").success(),
            "no static busybox"
        );
        let archive = folder.join("image.tar");
        self.docker(&[
            "import",
            "--change",
            "ENV PATH=/bin",
            &archive.to_string_lossy(),
        ])
    }

    /// Ends it in the way that the signal asks for.
    pub(crate) fn end(&mut self, signal: &str) {
        crate::environment::signal(&self.process, signal);
        let _ = self.process.wait();
    }

    /// Starts it again after it was ended.
    pub(crate) fn restart(&mut self) {
        // Its containerd outlives it for a moment, and would be taken for one that can be used.
        let containerd = self.folder.path().join("exec/containerd/containerd.pid");
        let pid = fs::read_to_string(&containerd).unwrap_or_default();
        let begun = Instant::now();
        while !pid.is_empty()
            && Path::new("/proc").join(pid.trim()).exists()
            && begun.elapsed() < PATIENCE
        {
            thread::sleep(Duration::from_millis(50));
        }
        let _ = fs::remove_file(containerd);
        let _ = fs::remove_file(self.folder.path().join("docker.pid"));
        self.process = spawn(self.folder.path());
        self.wait();
    }

    fn answers(&self) -> bool {
        Command::new("docker")
            .args(["--host", &self.address(), "version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn wait(&self) {
        let begun = Instant::now();
        while !self.answers() {
            if begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.path().join("log"));
                panic!("the second engine does not start: {log:?}");
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for SecondEngine {
    /// Ends in an orderly way, so that no container outlives the engine, and unmounts what it leaves mounted.
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|status| status.is_some()) {
            let _ = fs::remove_file(self.folder.path().join("docker.pid"));
            self.process = spawn(self.folder.path());
            let begun = Instant::now();
            while !self.answers() && begun.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(100));
            }
        }
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
        let data = self.folder.path().join("data");
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(data)
            .stderr(Stdio::null())
            .status();
    }
}

fn spawn(folder: &Path) -> Child {
    fs::write(folder.join("daemon.json"), "{}").expect("a configuration");
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .expect("a log");
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
