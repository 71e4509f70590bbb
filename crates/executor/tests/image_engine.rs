//! A recipe locked here, built, and taken through the real Docker engine and back.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use resow_executor::event::Event;
use resow_executor::image::archive::{from_engine_export, read_identity};
use resow_executor::image::building::build;
use resow_executor::image::lock::Lock;
use resow_executor::image::locking::lock;
use resow_executor::image::recipe::Recipe;
use resow_executor::interrupt::Interrupt;

/// Small, and with a variable that no other image has: removing it takes no other test's image away.
const RECIPE: &str = r#"
version = 1
suite = "bookworm"
architecture = "amd64"
packages = ["base-files", "base-passwd", "coreutils", "dash", "mawk", "python3"]
wheels = ["six==1.16.0", "wheel==0.45.1"]

[environment]
LANG = "C.UTF-8"
PATH = "/usr/local/bin:/usr/bin:/bin"
PURPOSE = "a test of the engine"

[[links]]
at = "/usr/bin/awk"
to = "mawk"
"#;

/// Removes the image, whatever the test finds.
struct Loaded(String);

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["image", "rm", "--force", &self.0])
            .stdout(Stdio::null())
            .status();
    }
}

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .expect("a client");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {arguments:?}: {errors}");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

#[test]
fn a_locked_image_goes_through_the_engine_and_comes_back_the_same() {
    let downloads = Path::new(env!("CARGO_TARGET_TMPDIR")).join("downloads");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let archive = folder.path().join("image.tar");
    let recipe = Recipe::parse(RECIPE).expect("a recipe");
    let interrupt = Interrupt::default();
    let mut ignore = |_: Event<'_>| {};
    let locked = lock(&recipe, &downloads, &mut ignore, &interrupt).expect("mirrors");
    let locked = Lock::parse(&locked.to_text()).expect("what was written is read");
    build(
        &recipe,
        &locked,
        &downloads,
        &archive,
        &mut ignore,
        &interrupt,
    )
    .expect("it builds");

    let id = locked.image.id.to_string();
    docker(&["load", "--quiet", "--input", &archive.to_string_lossy()]);
    let image = Loaded(id.clone());
    assert_eq!(
        docker(&["image", "inspect", "--format", "{{.Id}}", &id]),
        id
    );

    let run = |command: &[&str]| {
        let sealed = [
            "run",
            "--rm",
            "--network=none",
            "--user=1000:1000",
            "--read-only",
            &id,
        ];
        docker(&[&sealed, command].concat())
    };
    let version = "import six; print(six.__version__)";
    assert_eq!(run(&["python3", "-c", version]), "1.16.0");
    assert_eq!(run(&["wheel", "version"]), "wheel 0.45.1");
    let script = "id -un && echo $HOME && ls -d /workspace /bin/sh && awk 'BEGIN { print 1 }'";
    assert_eq!(
        run(&["sh", "-c", script]),
        "resow\n/home/resow\n/bin/sh\n/workspace\n1"
    );
    let files =
        "import importlib.metadata as m; print(all(f.locate().exists() for f in m.files('wheel')))";
    assert_eq!(run(&["python3", "-c", files]), "True");

    let export = folder.path().join("export.tar");
    docker(&["save", "--output", &export.to_string_lossy(), &id]);
    let again = folder.path().join("again.tar");
    let mut exported = File::open(&export).expect("saved");
    let written = File::create(&again).expect("a new file");
    let identity = from_engine_export(&mut exported, written, folder.path()).expect("whole");
    assert_eq!(identity, locked.image);
    assert_eq!(read_identity(&again).expect("whole"), locked.image);
    let read = |path: &Path| fs::read(path).expect("written before");
    assert!(read(&again) == read(&archive), "the archives differ");
    drop(image);
}
