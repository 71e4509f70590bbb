//! A tiny image of a static busybox, and runs of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use resow_executor::docker::Docker;
use resow_executor::engine::{ContainerLimits, ContainerRequest, EngineError, ImageSelector};
use resow_executor::event::{Event, Stream};
use resow_executor::image::identity::ImageIdentity;
use resow_executor::interrupt::Interrupt;
use resow_executor::workspace::WorkspaceMount;
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::isolation::Isolation;
use resow_manifest::outcome::Outcome;
use tempfile::TempDir;

const PROGRAMS: &[&str] = &[
    "sh", "true", "false", "ls", "cat", "id", "tail", "sleep", "env", "dd", "touch", "stat",
    "grep", "head", "mkdir", "rm", "pwd", "hostname", "wc", "nproc",
];

/// The image in one engine; removed from it when the last test lets go.
pub(crate) struct TestImage {
    pub(crate) engine: Docker,
    pub(crate) identity: ImageIdentity,
}

impl TestImage {
    /// The image in the engine of the default socket.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<TestImage>> = Mutex::new(Weak::new());
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(image) = shared.upgrade() {
            return image;
        }
        let engine = Docker::connect(None).expect("a Docker engine at the default socket");
        let image = Arc::new(Self::load_into(engine));
        *shared = Arc::downgrade(&image);
        image
    }

    pub(crate) fn load_into(engine: Docker) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let archive = folder.path().join("image.tar");
        let id = write_archive(&archive);
        engine
            .load_image(&archive, &mut |_| {}, &Interrupt::default())
            .expect("the engine loads the archive");
        let identity = engine
            .find_image(&ImageSelector::Id(id))
            .expect("the engine answers")
            .expect("what was loaded is there");
        Self { engine, identity }
    }

    /// A request to run `command` in an empty workspace.
    pub(crate) fn request(&self, command: &[&str]) -> (ContainerRequest, Workspace) {
        let workspace = Workspace::new();
        let request = ContainerRequest {
            run: run_id(),
            store: store(),
            image: self.identity.id,
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            environment: environment(),
            workspace: workspace.overlay(),
            inputs: Vec::new(),
            files: Vec::new(),
            limits: limits(),
            cpus: 1,
            fixed_addresses: false,
            host_name: ContainerRequest::HOST_NAME.to_owned(),
            load: 0,
        };
        (request, workspace)
    }

    /// Runs `command` in a shell, in an empty workspace.
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let (request, _workspace) = self.request(&["sh", "-c", script]);
        self.run(&request)
    }

    pub(crate) fn run(&self, request: &ContainerRequest) -> Ran {
        self.try_run(request)
            .expect("the engine runs the container")
    }

    pub(crate) fn try_run(&self, request: &ContainerRequest) -> Result<Ran, EngineError> {
        self.supervised(request, &Interrupt::default(), &mut || Ok(0))
    }

    pub(crate) fn supervised(
        &self,
        request: &ContainerRequest,
        interrupt: &Interrupt,
        supervise: &mut (dyn FnMut() -> io::Result<u64> + Send),
    ) -> Result<Ran, EngineError> {
        let mut ran = Ran::default();
        let execution = self.engine.execute(
            request,
            &mut |event| match event {
                Event::Output {
                    stream: Stream::StandardOutput,
                    bytes,
                } => ran.stdout.extend_from_slice(bytes),
                Event::Output { bytes, .. } => ran.stderr.extend_from_slice(bytes),
                Event::Warning { message, .. } => ran.warnings.push(message),
                Event::Progress { .. } => {}
            },
            interrupt,
            supervise,
        );
        let execution = execution?;
        execution
            .cleanup
            .finish()
            .expect("the engine removes the container");
        ran.outcome = Some(execution.outcome);
        ran.isolation = execution.isolation;
        Ok(ran)
    }
}

impl Drop for TestImage {
    fn drop(&mut self) {
        let _ = self.engine.remove_image(&self.identity.id);
    }
}

/// What a run came to.
#[derive(Default)]
pub(crate) struct Ran {
    outcome: Option<Outcome>,
    pub(crate) isolation: Option<Isolation>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) warnings: Vec<String>,
}

impl Ran {
    pub(crate) fn outcome(&self) -> &Outcome {
        self.outcome.as_ref().expect("it ran")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The standard output of a run that succeeded.
    pub(crate) fn success(&self) -> String {
        let errors = String::from_utf8_lossy(&self.stderr);
        assert_eq!(*self.outcome(), Outcome::Exited { code: 0 }, "{errors}");
        self.text()
    }
}

/// The folders of an overlay, writable by the run's user.
pub(crate) struct Workspace(pub(crate) TempDir);

impl Workspace {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        for name in ["lower", "upper", "work"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).expect("a new folder");
            std::os::unix::fs::chown(&path, Some(1000), Some(1000)).expect("tests run as root");
        }
        Self(folder)
    }

    pub(crate) fn overlay(&self) -> WorkspaceMount {
        let path = |name| self.0.path().join(name);
        WorkspaceMount::overlay(path("lower"), path("upper"), path("work")).expect("plain paths")
    }
}

pub(crate) fn environment() -> BTreeMap<String, String> {
    [("HOME", "/home/resow"), ("PATH", "/bin")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

pub(crate) fn limits() -> ContainerLimits {
    ContainerLimits {
        memory: 256 << 20,
        processes: 64,
        time: Duration::from_secs(60),
        disk: 1 << 30,
        shared_memory: 16 << 20,
        temporary: 32 << 20,
        log: 64 << 20,
    }
}

pub(crate) fn run_id() -> RunId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    RunId::from_random((u64::from(std::process::id()) << 32) | next)
}

/// The store of this test process.
pub(crate) fn store() -> String {
    format!("test-{}", std::process::id())
}

/// What the `docker` command prints.
pub(crate) fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("the docker command");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Containers and volumes with this in their names.
pub(crate) fn left_of(name: &str) -> String {
    let filter = format!("name={name}");
    docker(&["ps", "--all", "--quiet", "--filter", &filter])
        + &docker(&["volume", "ls", "--quiet", "--filter", &filter])
}

/// The static busybox of the distribution.
fn busybox() -> &'static [u8] {
    static BUSYBOX: OnceLock<Vec<u8>> = OnceLock::new();
    BUSYBOX.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let run = |program: &str, arguments: &[&str]| {
            let output = Command::new(program)
                .args(arguments)
                .current_dir(folder.path())
                .output()
                .expect("a Debian host");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        };
        run("apt-get", &["--quiet", "download", "busybox-static"]);
        run("sh", &["-c", "dpkg-deb -x busybox-static*.deb unpacked"]);
        let merged = folder.path().join("unpacked/usr/bin/busybox");
        let split = folder.path().join("unpacked/bin/busybox");
        fs::read(merged)
            .or_else(|_| fs::read(split))
            .expect("the package holds busybox")
    })
}

/// Writes a docker-archive whose configuration does its best to act.
static MADE: AtomicU64 = AtomicU64::new(0);

fn write_archive(destination: &Path) -> ImageId {
    let layer = layer();
    let configuration = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{"Entrypoint":["/bin/false"],"Cmd":["image"],
        "User":"0:0","WorkingDir":"/image","Env":["PATH=/image","IMAGE=acts","LD_PRELOAD=/image.so"],
        "Volumes":{{"/data":{{}}}},"StopSignal":"SIGUSR1","Labels":{{"made":"{}-{}"}},
        "Healthcheck":{{"Test":["CMD","/bin/false"],"Interval":1000000}}}},
        "rootfs":{{"type":"layers","diff_ids":["{}"]}},"history":[]}}"#,
        std::process::id(),
        // Each its own: one that is being removed must not be the one that another test has just loaded.
        MADE.fetch_add(1, Ordering::Relaxed),
        Sha256Digest::of(&layer)
    );
    let id = Sha256Digest::of(configuration.as_bytes());
    let manifest = format!(
        r#"[{{"Config":"{}.json","RepoTags":null,"Layers":["layer.tar"]}}]"#,
        id.hex()
    );
    let mut archive = tar::Builder::new(fs::File::create(destination).expect("a new file"));
    for (name, content) in [
        (format!("{}.json", id.hex()), configuration.as_bytes()),
        ("layer.tar".to_owned(), &layer),
        ("manifest.json".to_owned(), manifest.as_bytes()),
    ] {
        append(&mut archive, &name, 0o644, content);
    }
    archive.finish().expect("the archive is written");
    ImageId::new(id)
}

fn layer() -> Vec<u8> {
    let mut layer = tar::Builder::new(Vec::new());
    // Engines do not agree on the mode of a folder that a layer does not name.
    for folder in ["bin/", "data/"] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        header.set_mode(0o755);
        layer
            .append_data(&mut header, folder, io::empty())
            .expect("a folder in a layer");
    }
    append(&mut layer, "bin/busybox", 0o755, busybox());
    append(&mut layer, "bin/not-executable", 0o644, b"#!/bin/sh\n");
    append(&mut layer, "bin/not-a-program", 0o755, b"neither");
    append(&mut layer, "data/of-the-image", 0o644, b"content");
    for program in PROGRAMS {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        layer
            .append_link(&mut header, format!("bin/{program}"), "busybox")
            .expect("a link in a layer");
    }
    layer.into_inner().expect("the layer is written")
}

fn append<W: io::Write>(archive: &mut tar::Builder<W>, name: &str, mode: u32, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    archive
        .append_data(&mut header, name, content)
        .expect("a file in an archive");
}
