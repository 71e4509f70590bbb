//! A host with something to reach: a service, sockets, files, a terminal, shared memory, a secret.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// What the host offers, until it is dropped.
pub(crate) struct Host {
    listener: TcpListener,
    _abstract_socket: UnixListener,
    _socket: UnixListener,
    folder: tempfile::TempDir,
    shared: tempfile::NamedTempFile,
    terminal: Terminal,
    segment: Segment,
    _alone: MutexGuard<'static, ()>,
}

impl Host {
    /// One at a time: an experiment that eats up what there is should meet no other.
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        // Nothing but isolation stands between it and who wants it.
        open_to_all(folder.path(), 0o777);
        let socket = folder.path().join("socket");
        let bound = UnixListener::bind(&socket).expect("a socket");
        open_to_all(&socket, 0o777);
        let file = folder.path().join("file");
        fs::write(&file, "of the host").expect("a file");
        let shared = tempfile::NamedTempFile::new_in("/dev/shm").expect("shared memory");
        open_to_all(shared.path(), 0o666);
        let address = SocketAddr::from_abstract_name(abstract_name()).expect("a name");
        Self {
            listener: TcpListener::bind("127.0.0.1:0").expect("a service"),
            _abstract_socket: UnixListener::bind_addr(&address).expect("an abstract socket"),
            _socket: bound,
            folder,
            shared,
            terminal: Terminal::open(),
            segment: Segment::make(),
            _alone: alone,
        }
    }

    /// What a hostile experiment is told of it, so that it need not guess.
    pub(crate) fn facts(&self, repository: &Path, home: &Path) -> Value {
        let shared = self.shared.path().file_name().expect("a name");
        json!({
            "port": self.listener.local_addr().expect("bound").port(),
            "abstract": abstract_name(),
            "socket": self.folder.path().join("socket"),
            "file": self.folder.path().join("file"),
            "repository": repository,
            "home": home,
            "process": std::process::id(),
            // Backwards, so that what looks for it does not find what it was told.
            "secret": SECRET.chars().rev().collect::<String>(),
            "terminal": self.terminal.path,
            "host name": fs::read_to_string("/proc/sys/kernel/hostname").expect("a name").trim(),
            "segment": self.segment.key,
            "shared": shared.to_string_lossy(),
            "key": "resow-test",
        })
    }
}

/// A variable of who runs resow.
pub(crate) const SECRET: &str = "a-token-that-nobody-may-see";

fn abstract_name() -> String {
    format!("resow-test-{}", std::process::id())
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
}

/// A terminal with a program that waits in it.
struct Terminal {
    program: Child,
    path: PathBuf,
}

impl Terminal {
    fn open() -> Self {
        let mut program = Command::new("script")
            .args(["--quiet", "--command", "tty; exec sleep 3600", "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script command");
        let mut line = String::new();
        BufReader::new(program.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("its terminal");
        Self {
            program,
            path: line.trim().into(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A segment of System V's shared memory, which every user may attach.
struct Segment {
    key: i64,
}

impl Segment {
    fn make() -> Self {
        let output = Command::new("ipcmk")
            .args(["--shmem", "4096", "--mode", "0666"])
            .output()
            .expect("the ipcmk command");
        let text = String::from_utf8(output.stdout).expect("text");
        let id = text.rsplit(' ').next().expect("a number").trim().to_owned();
        let list = fs::read_to_string("/proc/sysvipc/shm").expect("a list");
        let key = list.lines().find_map(|line| {
            let mut fields = line.split_whitespace();
            let key = fields.next()?;
            (fields.next()? == id).then(|| key.parse().expect("a key"))
        });
        Self {
            key: key.expect("the segment is listed"),
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        let key = self.key.to_string();
        let _ = Command::new("ipcrm").args(["--shmem-key", &key]).status();
    }
}
