//! Programs that tests write and start.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a program that can be started at once.
///
/// Another program writes it: were it written here, a process that another test starts in that moment would hold the
/// file open for writing until its own `exec`, and the kernel would refuse to start the program ("text file busy").
pub(crate) fn write(path: &Path, content: &[u8]) {
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("`install` is there");
    let mut pipe = install.stdin.take().expect("a pipe");
    pipe.write_all(content).expect("it reads");
    drop(pipe);
    assert!(install.wait().expect("it ends").success());
}
