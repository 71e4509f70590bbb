//! A real registry on the loopback interface: the distribution's `docker-registry`, unpacked aside.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) struct Registry {
    _folder: TempDir,
    process: Child,
    /// `127.0.0.1:PORT`; engines talk to such a registry without encryption.
    pub(crate) address: String,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let script = "apt-get --quiet --quiet download docker-registry 2>/dev/null && \
                      dpkg-deb -x docker-registry*.deb unpacked";
        let status = Command::new("sh")
            .args(["-c", script])
            .current_dir(folder.path())
            .status();
        assert!(status.expect("a Debian host").success(), "no registry");
        // Free now, and with luck until the registry has it.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let configuration = folder.path().join("config.yml");
        fs::write(
            &configuration,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: {address}}}\n",
                folder.path().join("data").display()
            ),
        )
        .expect("written");
        let process = serve(folder.path(), &configuration);
        let registry = Self {
            _folder: folder,
            process,
            address,
        };
        for _ in 0..600 {
            if TcpStream::connect(&registry.address).is_ok() {
                return registry;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("the registry does not start");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &Path, configuration: &Path) -> Child {
    Command::new(folder.join("unpacked/usr/bin/docker-registry"))
        .arg("serve")
        .arg(configuration)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the registry starts")
}
