//! What the run sees of its workspace, and what it leaves there.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use resow_executor::engine::{BoundFile, BoundInput, EngineError};
use resow_executor::workspace::WorkspaceMount;

use crate::support::TestImage;

#[test]
fn what_the_run_changes_lies_in_the_upper_folder() {
    let image = TestImage::shared();
    let (request, workspace) = image.request(&[
        "sh",
        "-c",
        "cat source; echo new > out; echo changed > source; mkdir folder; rm gone",
    ]);
    let path = |name: &str| workspace.0.path().join(name);
    for name in ["source", "gone"] {
        fs::write(path("lower").join(name), "as it was\n").expect("a source file");
        std::os::unix::fs::chown(path("lower").join(name), Some(1000), Some(1000)).expect("root");
    }
    assert_eq!(image.run(&request).success(), "as it was\n");

    let made = path("upper").join("out");
    assert_eq!(fs::read_to_string(&made).expect("made by the run"), "new\n");
    let metadata = fs::metadata(&made).expect("made by the run");
    assert_eq!((metadata.uid(), metadata.gid()), (1000, 1000));
    assert!(path("upper").join("folder").is_dir());
    let changed = fs::read_to_string(path("upper").join("source")).expect("changed by the run");
    assert_eq!(changed, "changed\n");
    let lower = fs::read_to_string(path("lower").join("source")).expect("as it was");
    assert_eq!(lower, "as it was\n", "the source itself is never written");
    assert!(path("lower").join("gone").exists());
    let mounts = fs::read_to_string("/proc/self/mounts").expect("Linux");
    let folder = workspace.0.path().to_str().expect("UTF-8");
    assert!(!mounts.contains(folder), "nothing stays mounted");
}

#[test]
fn a_folder_can_be_the_workspace() {
    let image = TestImage::shared();
    let (mut request, workspace) = image.request(&["sh", "-c", "echo new > out"]);
    request.workspace = WorkspaceMount::Folder(workspace.0.path().join("upper"));
    image.run(&request).success();
    let made = workspace.0.path().join("upper/out");
    assert_eq!(fs::read_to_string(made).expect("made by the run"), "new\n");
}

#[test]
fn inputs_and_files_are_read_only() {
    let image = TestImage::shared();
    let (mut request, workspace) = image.request(&[
        "sh",
        "-c",
        "cat data/input /run/resow/parameters.json
         for file in data/input /run/resow/parameters.json; do
             echo x 2>/dev/null > $file && echo wrote $file; rm $file 2>/dev/null && echo removed $file
         done; true",
    ]);
    let source = workspace.0.path().join("odd, name: \"here\"");
    fs::write(&source, "input\n").expect("an input");
    let link = workspace.0.path().join("link");
    symlink(&source, &link).expect("a link");
    request.inputs = vec![BoundInput {
        source: link,
        at: "data/input".parse().expect("a path"),
    }];
    let parameters = workspace.0.path().join("parameters");
    fs::write(&parameters, "{}\n").expect("parameters");
    request.files = vec![BoundFile {
        source: parameters,
        target: "/run/resow/parameters.json".to_owned(),
        is_writable: false,
    }];
    assert_eq!(image.run(&request).success(), "input\n{}\n");
    assert_eq!(fs::read_to_string(source).expect("untouched"), "input\n");
}

#[test]
fn an_input_behind_a_link_of_the_source_is_refused() {
    let image = TestImage::shared();
    let (mut request, workspace) = image.request(&["true"]);
    symlink("/bin", workspace.0.path().join("lower/data")).expect("a link");
    let source = workspace.0.path().join("input");
    fs::write(&source, "").expect("an input");
    request.inputs = vec![BoundInput {
        source,
        at: "data/sh".parse().expect("a path"),
    }];
    assert!(matches!(
        image.try_run(&request),
        Err(EngineError::InputBehindLink { link, .. }) if link == "data"
    ));
}

#[test]
fn an_input_that_is_not_there_is_named() {
    let image = TestImage::shared();
    let (mut request, workspace) = image.request(&["true"]);
    let source = workspace.0.path().join("absent");
    request.inputs = vec![BoundInput {
        source: source.clone(),
        at: "input".parse().expect("a path"),
    }];
    assert!(matches!(
        image.try_run(&request),
        Err(EngineError::Mount { path, .. }) if path == source
    ));
}
