//! All of it again, as a user without privileges.

use std::process::Command;

use crate::support::is_root;

/// Of nobody: no such user need be there.
const USER: &str = "1234";

#[test]
fn all_of_it_as_an_ordinary_user() {
    if !is_root() {
        return;
    }
    let binary = std::env::current_exe().expect("this test");
    let folder = tempfile::tempdir().expect("a temporary folder");
    // It may lie where that user cannot go.
    let copy = folder.path().join("tests");
    std::fs::copy(binary, &copy).expect("room");
    std::os::unix::fs::chown(folder.path(), Some(1234), Some(1234)).expect("root may");
    let output = Command::new("setpriv")
        .args(["--reuid", USER, "--regid", USER, "--clear-groups"])
        .arg(&copy)
        .args(["--skip", "all_of_it_as_an_ordinary_user"])
        .env("TMPDIR", folder.path())
        .current_dir(folder.path())
        .output()
        .expect("util-linux is installed");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("test result: ok"), "{told}");
}
