//! Builds of the repository's own recipes, from the machine's own mirrors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use resow_executor::event::Event;
use resow_executor::image::archive::read_identity;
use resow_executor::image::assembly::AssemblyError;
use resow_executor::image::building::{BuildError, build};
use resow_executor::image::client::apt::AptError;
use resow_executor::image::client::pip::PipError;
use resow_executor::image::downloads::DownloadError;
use resow_executor::image::fetching::FetchError;
use resow_executor::image::lock::{Lock, LockFileError};
use resow_executor::image::locking::{LockError, lock};
use resow_executor::image::recipe::Recipe;
use resow_executor::interrupt::Interrupt;
use resow_manifest::digest::Sha256Digest;

const PYTHON: &str = "docker/python";
/// Every folder with a recipe.
const FOLDERS: [&str; 8] = [
    PYTHON,
    "docker/boost",
    "docker/jax",
    "docker/languages",
    "docker/r",
    "docker/tensorflow",
    "docker/torch",
    "tests/recipes/trixie",
];
/// Where the child process of a test is to write.
const DESTINATION: &str = "RESOW_TEST_DESTINATION";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Kept between runs of the tests, so that mirrors are asked once.
fn downloads() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("downloads")
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

fn recipe_and_lock(folder: &str) -> (Recipe, Lock) {
    let read = |name: &str| {
        fs::read_to_string(repository().join(folder).join(name)).expect("a file of the repository")
    };
    let recipe = Recipe::parse(&read("recipe.toml")).expect("a recipe");
    let lock = Lock::parse(&read("recipe.lock")).expect("a lock");
    (recipe, lock)
}

fn build_quietly(
    recipe: &Recipe,
    lock: &Lock,
    downloads: &Path,
    destination: &Path,
) -> Result<(), BuildError> {
    let mut ignore = |_: Event<'_>| {};
    let interrupt = Interrupt::default();
    build(
        recipe,
        lock,
        downloads,
        destination,
        &mut ignore,
        &interrupt,
    )
    .map(|_| ())
}

fn digest(path: &Path) -> Sha256Digest {
    Sha256Digest::of(&fs::read(path).expect("an archive"))
}

/// A folder with every locked file, linked from the kept ones.
fn copied_downloads(lock: &Lock) -> tempfile::TempDir {
    let folder = temporary();
    let packages = lock.packages.iter().map(|package| package.digest.hex());
    let wheels = lock.wheels.iter().map(|wheel| wheel.digest.hex());
    let names: Vec<_> = packages.chain(wheels).collect();
    if !names.iter().all(|name| downloads().join(name).exists()) {
        let destination = folder.path().join("image.tar");
        let (recipe, _) = recipe_and_lock(PYTHON);
        build_quietly(&recipe, lock, &downloads(), &destination).expect("it builds");
        fs::remove_file(destination).expect("it was built");
    }
    for name in names {
        fs::hard_link(downloads().join(&name), folder.path().join(&name)).expect("one file system");
    }
    folder
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn committed_locks_are_their_recipes() {
    for folder in FOLDERS {
        let (recipe, lock) = recipe_and_lock(folder);
        lock.check_recipe(&recipe).expect(folder);
    }
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn child() {
    let destination = std::env::var_os(DESTINATION).expect("set by the parent");
    let (recipe, lock) = recipe_and_lock(PYTHON);
    build_quietly(&recipe, &lock, &downloads(), Path::new(&destination)).expect("it builds");
}

#[test]
fn the_same_bytes_whatever_the_mask_folder_zone_and_language() {
    let folder = temporary();
    let program = std::env::current_exe().expect("this test");
    let (_, lock) = recipe_and_lock(PYTHON);
    let mut digests = Vec::new();
    let surroundings = [
        ("077", "/", "Asia/Kathmandu", "tr_TR.UTF-8"),
        ("000", "/tmp", "UTC", "C"),
    ];
    for (mask, current, zone, language) in surroundings {
        let destination = folder.path().join(mask).join("image.tar");
        let script = "umask \"$1\" && exec \"$2\" --exact child --ignored --quiet";
        let output = Command::new("sh")
            .args(["-c", script, "sh", mask])
            .arg(&program)
            .current_dir(current)
            .env("TZ", zone)
            .env("LC_ALL", language)
            .env(DESTINATION, &destination)
            .output()
            .expect("a shell");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{mask}: {said}");
        assert_eq!(read_identity(&destination).expect("whole"), lock.image);
        digests.push(digest(&destination));
    }
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn a_tampered_download_is_refused_and_named() {
    let (recipe, lock) = recipe_and_lock(PYTHON);
    let folder = copied_downloads(&lock);
    let destination = folder.path().join("image.tar");
    let (package, wheel) = (&lock.packages[3], &lock.wheels[0]);
    for (name, digest) in [(&package.name, package.digest), (&wheel.file, wheel.digest)] {
        let path = folder.path().join(digest.hex());
        let whole = fs::read(&path).expect("fetched before");
        let mut bytes = whole.clone();
        bytes[whole.len() / 2] ^= 1;
        // The kept file is another name of this one.
        fs::remove_file(&path).expect("fetched before");
        fs::write(&path, bytes).expect("room");
        let error = build_quietly(&recipe, &lock, folder.path(), &destination)
            .expect_err("a damaged download");
        let BuildError::Assembly(AssemblyError::Download(DownloadError::Damaged {
            name: named,
            ..
        })) = &error
        else {
            panic!("{error}");
        };
        assert_eq!(named, name);
        assert!(error.hint().is_some_and(|hint| hint.contains("delete")));
        assert!(!destination.exists());
        fs::write(&path, whole).expect("room");
    }
    let expected = lock.packages.len() + lock.wheels.len();
    assert_eq!(
        entries(folder.path()),
        expected,
        "nothing half written is left"
    );
}

#[test]
fn a_stale_or_edited_lock_is_refused() {
    let (recipe, lock) = recipe_and_lock(PYTHON);
    let folder = temporary();
    let destination = folder.path().join("image.tar");
    let mut edited = recipe.clone();
    edited.packages.insert("bc".to_owned());
    let error = build_quietly(&edited, &lock, folder.path(), &destination).expect_err("stale");
    assert!(
        matches!(error, BuildError::Lock(LockFileError::Stale)),
        "{error}"
    );

    let mut other = lock.clone();
    other.image.layers.swap(0, 1);
    let error =
        build_quietly(&recipe, &other, &downloads(), &destination).expect_err("another image");
    let text = error.to_string();
    assert!(text.contains("layer 1 is"), "{text}");
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn what_the_mirrors_no_longer_have_is_named() {
    let (recipe, lock) = recipe_and_lock(PYTHON);
    let folder = copied_downloads(&lock);
    let destination = folder.path().join("image.tar");
    let unknown = Sha256Digest::of(b"withdrawn");

    let mut gone = lock.clone();
    gone.packages[0].version = "0.1-1".to_owned();
    gone.packages[0].digest = unknown;
    let error = build_quietly(&recipe, &gone, folder.path(), &destination).expect_err("gone");
    let BuildError::Fetch(FetchError::Apt(AptError::Gone { name, version })) = &error else {
        panic!("{error}");
    };
    assert_eq!((name, version.as_str()), (&lock.packages[0].name, "0.1-1"));
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("resow image load"))
    );

    let mut changed = lock.clone();
    changed.packages[0].digest = unknown;
    let error = build_quietly(&recipe, &changed, folder.path(), &destination).expect_err("changed");
    let BuildError::Fetch(FetchError::Apt(AptError::Changed { .. })) = &error else {
        panic!("{error}");
    };

    let mut gone = lock.clone();
    gone.wheels[0].digest = unknown;
    let error = build_quietly(&recipe, &gone, folder.path(), &destination).expect_err("gone");
    let BuildError::Fetch(FetchError::Pip(PipError::Gone { file, .. })) = &error else {
        panic!("{error}");
    };
    assert_eq!(file, &lock.wheels[0].file);
}

#[test]
fn an_interrupted_build_leaves_nothing_behind() {
    let (recipe, lock) = recipe_and_lock(PYTHON);
    let folder = temporary();
    let downloads = folder.path().join("downloads");
    let destination = folder.path().join("image.tar");
    let interrupt = Interrupt::default();
    let flag = interrupt.flag();
    // Long enough for a client to be running, and far too short for it to end.
    let signal = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        flag.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let mut ignore = |_: Event<'_>| {};
    let error = build(
        &recipe,
        &lock,
        &downloads,
        &destination,
        &mut ignore,
        &interrupt,
    )
    .expect_err("interrupted");
    signal.join().expect("it only waits");
    assert!(error.is_interrupted(), "{error}");
    assert_eq!(entries(&downloads), 0);
    assert_eq!(entries(folder.path()), 1);
}

fn lock_quietly(text: &str) -> Result<Lock, Box<LockError>> {
    let recipe = Recipe::parse(text).expect("a recipe");
    let mut ignore = |_: Event<'_>| {};
    lock(&recipe, &downloads(), &mut ignore, &Interrupt::default()).map_err(Box::new)
}

#[test]
fn an_image_does_without_what_is_named_and_what_only_that_needs() {
    let recipe = r#"
version = 1
suite = "bookworm"
architecture = "amd64"
packages = ["base-files", "base-passwd", "gawk", "python3"]
wheels = ["jinja2==3.1.6"]
"#;
    let names = |lock: &Lock| {
        let packages = lock.packages.iter().map(|package| package.name.clone());
        let wheels = lock.wheels.iter().map(|wheel| wheel.name.clone());
        packages.chain(wheels).collect::<Vec<_>>()
    };
    let whole = lock_quietly(recipe).expect("it locks");
    let without = "without = [\"libreadline8\", \"markupsafe\"]\n";
    let smaller = lock_quietly(&format!("{recipe}{without}")).expect("it locks");
    let mut expected = names(&whole);
    // The second only serves the first.
    let gone = ["libreadline8", "readline-common", "markupsafe"];
    expected.retain(|name| !gone.contains(&name.as_str()));
    assert_eq!(expected.len(), names(&whole).len() - gone.len());
    assert_eq!(names(&smaller), expected);
    assert_ne!(smaller.image, whole.image);

    let error =
        lock_quietly(&format!("{recipe}without = [\"perl\"]\n")).expect_err("not asked for");
    assert!(
        matches!(&*error, LockError::NotAsked(name) if name == "perl"),
        "{error}"
    );
}
