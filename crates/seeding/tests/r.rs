//! The profile of R hands over to the one that R would have read. Where there is no R, nothing is tested.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What R prints, started with the profile under a variable, in a folder that has profiles.
fn printed(variable: &str, profile: &Path, named: Option<&str>, own: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [(".Rprofile", "the folder"), ("named.R", "the named")] {
        fs::write(folder.path().join(name), format!("cat('{text} ')\n")).expect("a file");
    }
    let mut command = Command::new("Rscript");
    command.args(["-e", "cat(ls())"]).current_dir(&folder);
    command.env("R_PROFILE_USER", profile).env_remove(own);
    if profile.as_os_str().is_empty() {
        command.env_remove("R_PROFILE_USER");
    }
    if let Some(named) = named {
        command.env(variable, named);
    }
    let output = command.output().ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn the_profile_that_r_would_have_read_is_read() {
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("r/profile.R");
    let own = "RESOW_R_PROFILE";
    for (named, expected) in [
        (None, "the folder "),
        (Some("named.R"), "the named "),
        (Some("missing.R"), ""),
        (Some(""), ""),
    ] {
        let Some(without) = printed("R_PROFILE_USER", Path::new(""), named, own) else {
            return;
        };
        assert_eq!(without, expected, "by R itself: {named:?}");
        assert_eq!(
            printed(own, &profile, named, own).as_deref(),
            Some(expected)
        );
    }
}
