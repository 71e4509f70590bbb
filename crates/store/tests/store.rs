//! The store on real files: what is kept, what is found damaged, what two users at once see.

#[path = "../../verifier/tests/support/mod.rs"]
mod support;

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ImageId, RecordId, RunId};
use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::Outcome;
use resow_store::{Store, StoreError};
use resow_verifier::digesting::{Content, DigestOptions, digest_folder};
use resow_verifier::record::Record;

struct Repository {
    root: tempfile::TempDir,
    store: Store,
}

fn repository() -> Repository {
    let root = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(root.path()).expect("a store");
    Repository { root, store }
}

/// Puts the content that the sample record names into the store.
fn stock(store: &Store) {
    let sink = store.blob_sink();
    for content in [&b"hello\n"[..], b"", b"weights", b"log"] {
        sink.add(content).expect("content is taken");
    }
    sink.commit().expect("content is stored");
}

fn publish(store: &Store, record: &Record) -> Result<PathBuf, StoreError> {
    store.publish_results(&record.experiment, record)
}

fn sample(number: u64) -> Record {
    let mut record = support::record();
    record.run = RunId::from_random(number);
    let seconds = jiff::SignedDuration::from_secs(number.cast_signed());
    record.started += seconds;
    record
}

fn blob_path(store: &Store, digest: &Sha256Digest) -> PathBuf {
    let hex = digest.hex();
    store.path().join("blobs").join(&hex[..2]).join(hex)
}

/// Changes one bit of a file, whatever its permissions.
fn flip(path: &Path, index: usize, bit: u8) {
    let mut bytes = fs::read(path).expect("the file can be read");
    bytes[index] ^= 1 << bit;
    fs::remove_file(path).expect("the file can be removed");
    fs::write(path, bytes).expect("the file can be written");
}

fn temporary_files(store: &Store) -> usize {
    let folders = fs::read_dir(store.path().join("tmp")).expect("the folder can be read");
    folders
        .filter_map(|entry| fs::read_dir(entry.ok()?.path()).ok())
        .map(Iterator::count)
        .sum()
}

#[test]
fn a_store_is_made_once_and_keeps_its_identity() {
    let repository = repository();
    let again = Store::open(repository.root.path()).expect("a store");
    assert_eq!(again.id(), repository.store.id());
    let ignore = fs::read_to_string(again.path().join(".gitignore")).expect("a file");
    assert_eq!(ignore, "*\n");
}

#[test]
fn many_that_open_at_once_see_one_store() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| Store::open(root.path()).expect("a store").id().clone()))
            .collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined.map(|id| id.expect("no panic")).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn a_link_or_file_instead_of_a_store_is_refused() {
    let (root, elsewhere) = (
        repository(),
        tempfile::tempdir().expect("a temporary folder"),
    );
    let other = elsewhere.path().join("work");
    fs::create_dir(&other).expect("a folder");
    symlink(root.store.path(), other.join(".resow")).expect("a link");
    let error = Store::open(&other).expect_err("a link");
    assert!(matches!(error, StoreError::NotAFolder { .. }), "{error}");
    fs::remove_file(other.join(".resow")).expect("the link goes");
    fs::write(other.join(".resow"), b"").expect("a file");
    let error = Store::open(&other).expect_err("a file");
    assert!(matches!(error, StoreError::NotAFolder { .. }), "{error}");
}

#[test]
fn one_changed_bit_of_the_identity_is_damage() {
    let repository = repository();
    let path = repository.store.path().join("store.json");
    let length = fs::read(&path).expect("a file").len();
    for index in 0..length {
        for bit in 0..8 {
            flip(&path, index, bit);
            let error = Store::open(repository.root.path()).expect_err("one bit differs");
            assert!(error.is_damage(), "bit {bit} of byte {index}: {error}");
            flip(&path, index, bit);
        }
    }
}

#[test]
fn a_newer_store_is_refused() {
    let repository = repository();
    let id = repository.store.id().as_str();
    let checksum = Sha256Digest::of(format!("resow store 2 {id}").as_bytes());
    let text = format!("{{\"version\":2,\"id\":\"{id}\",\"checksum\":\"{checksum}\"}}\n");
    let path = repository.store.path().join("store.json");
    fs::remove_file(&path).expect("the file goes");
    fs::write(&path, text).expect("a file");
    let error = Store::open(repository.root.path()).expect_err("newer");
    assert!(
        matches!(error, StoreError::Newer { version: 2, .. }),
        "{error}"
    );
}

#[test]
fn content_is_kept_by_digest_and_read_back() {
    let Repository { root: _root, store } = repository();
    stock(&store);
    let digest = Sha256Digest::of(b"weights");
    assert!(store.has_blob(&digest, 7));
    assert!(!store.has_blob(&digest, 8));
    let mut text = String::new();
    let mut reader = store.read_blob(&digest).expect("a blob");
    reader.read_to_string(&mut text).expect("it is whole");
    assert_eq!(text, "weights");
    let mode = fs::metadata(blob_path(&store, &digest))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o222, 0);
    assert_eq!(store.blobs().expect("a list").len(), 4);
    assert_eq!(temporary_files(&store), 0);
}

#[test]
fn content_that_is_not_committed_leaves_nothing() {
    let Repository { root: _root, store } = repository();
    let sink = store.blob_sink();
    sink.add(&b"never"[..]).expect("content is taken");
    assert_eq!(temporary_files(&store), 1);
    drop(sink);
    assert_eq!(temporary_files(&store), 0);
    assert_eq!(store.blobs().expect("a list"), []);
}

#[test]
fn one_changed_bit_of_content_is_found_and_mended_by_storing_it_again() {
    let Repository { root: _root, store } = repository();
    stock(&store);
    let digest = Sha256Digest::of(b"weights");
    flip(&blob_path(&store, &digest), 3, 0);
    let error = store.check_blob(&digest).expect_err("one bit differs");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    stock(&store);
    store.check_blob(&digest).expect("it is whole again");
}

#[test]
fn whole_folders_are_stored_while_they_are_hashed() {
    let Repository { root, store } = repository();
    let made = root.path().join("made");
    fs::create_dir(&made).expect("a folder");
    for number in 0..500 {
        fs::write(made.join(number.to_string()), format!("{}", number % 300)).expect("a file");
    }
    let sink = store.blob_sink();
    let digested =
        digest_folder(&made, &&sink, &DigestOptions::default()).expect("content is taken");
    sink.commit().expect("content is stored");
    assert_eq!(digested.files.len(), 500);
    assert_eq!(store.blobs().expect("a list").len(), 300);
    for file in digested.files {
        let (digest, size) = file.content.blob().expect("a file");
        assert_eq!(store.check_blob(&digest).expect("it is whole"), size);
    }
}

#[test]
fn a_record_needs_its_content() {
    let Repository { root: _root, store } = repository();
    let error = store.add_record(&sample(0)).expect_err("no content");
    assert!(matches!(error, StoreError::MissingBlob { .. }), "{error}");
    assert_eq!(store.record_ids().expect("a list"), []);
}

#[test]
fn records_come_back_newest_first_and_by_plan() {
    let Repository { root: _root, store } = repository();
    stock(&store);
    let mut failed = sample(9);
    failed.outcome = Outcome::Exited { code: 1 };
    store.add_record(&failed).expect("a record");
    for number in [3, 1, 2] {
        store.add_record(&sample(number)).expect("a record");
    }
    let numbers = |records: resow_store::Records<'_>| -> Vec<_> {
        records
            .map(|record| record.expect("a record").1.run)
            .collect()
    };
    let runs = |numbers: &[u64]| -> Vec<_> {
        numbers
            .iter()
            .map(|number| RunId::from_random(*number))
            .collect()
    };
    assert_eq!(
        numbers(store.records().expect("a list")),
        runs(&[9, 3, 2, 1])
    );
    let plan = sample(0).plan.id();
    let successes = || numbers(store.successful_records(&plan).expect("a list"));
    assert_eq!(successes(), runs(&[3, 2, 1]));
    fs::remove_dir_all(store.path().join("plans")).expect("the index goes");
    let store = Store::open(store.root()).expect("a store");
    let found = numbers(store.successful_records(&plan).expect("a list"));
    assert_eq!(found, runs(&[3, 2, 1]));
}

#[test]
fn records_are_found_by_their_first_digits() {
    let Repository { root: _root, store } = repository();
    stock(&store);
    let ids: Vec<RecordId> = (0..3)
        .map(|number| store.add_record(&sample(number)).expect("a record"))
        .collect();
    let hex = ids[0].digest().hex();
    assert_eq!(store.find_record(&hex[..8]).expect("a record"), ids[0]);
    assert_eq!(
        store.find_record(&ids[0].to_string()).expect("a record"),
        ids[0]
    );
    let twin = format!("{}{}", &hex[..32], "0".repeat(32));
    let path = store.path().join("records").join(format!("{twin}.json"));
    fs::write(path, b"{}").expect("a file");
    let error = store.find_record(&hex[..8]).expect_err("two of them");
    assert!(
        matches!(error, StoreError::AmbiguousRecord { .. }),
        "{error}"
    );
    for prefix in ["", "abc", "HEAD", "../../etc/passwd"] {
        let error = store.find_record(prefix).expect_err(prefix);
        assert!(matches!(error, StoreError::NoPrefix { .. }), "{error}");
    }
}

#[test]
fn one_changed_bit_of_a_record_is_damage() {
    let Repository { root: _root, store } = repository();
    stock(&store);
    let id = store.add_record(&sample(0)).expect("a record");
    let path = store
        .path()
        .join("records")
        .join(format!("{}.json", id.digest().hex()));
    let length = fs::read(&path).expect("a file").len();
    for index in 0..length {
        flip(&path, index, (index % 8) as u8);
        let error = store.record(&id).expect_err("one bit differs");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        flip(&path, index, (index % 8) as u8);
    }
    store.record(&id).expect("it is whole again");
}

#[test]
fn many_write_the_same_at_once() {
    let repository = repository();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let root = repository.root.path();
            scope.spawn(move || {
                let store = Store::open(root).expect("a store");
                for round in 0..5 {
                    stock(&store);
                    store.add_record(&sample(round)).expect("a record");
                    store.add_record(&sample(100 + writer)).expect("a record");
                    publish(&store, &sample(round)).expect("results");
                }
            });
        }
    });
    let store = &repository.store;
    assert_eq!(store.record_ids().expect("a list").len(), 13);
    for digest in store.blobs().expect("a list") {
        store.check_blob(&digest).expect("it is whole");
    }
    let left = fs::read_dir(repository.root.path().join("results/.tmp")).expect("a folder");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_live_run_is_alive_and_a_dropped_one_is_dead() {
    let Repository { root: _root, store } = repository();
    let (first, second) = (RunId::from_random(1), RunId::from_random(2));
    let folder = store.begin_run(&first).expect("a run");
    fs::write(folder.path().join("stdout"), b"so far").expect("a file");
    assert!(store.is_alive(&first).expect("a lock"));
    assert!(matches!(
        store.begin_run(&first),
        Err(StoreError::RunAlive { .. })
    ));
    assert!(store.take_over(&first).expect("a lock").is_none());
    drop(store.begin_run(&second).expect("a run"));
    assert_eq!(
        store.dead_runs().expect("a list"),
        std::slice::from_ref(&second)
    );
    let dead = store
        .take_over(&second)
        .expect("a lock")
        .expect("it is dead");
    dead.finish().expect("it goes");
    assert!(store.take_over(&second).expect("no lock").is_none());
    let path = folder.path().to_owned();
    folder.finish().expect("it goes");
    assert!(!path.exists());
    assert!(!store.is_alive(&first).expect("no lock"));
    assert_eq!(store.dead_runs().expect("a list"), []);
}

#[test]
fn what_a_killed_process_left_is_swept() {
    let repository = repository();
    let base = repository.store.path().join("tmp");
    fs::create_dir(base.join("000000000000dead")).expect("a folder");
    fs::write(base.join("000000000000dead/half"), b"half").expect("a file");
    fs::write(base.join("000000000000dead.lock"), b"").expect("a file");
    let living = repository.store.blob_sink();
    living.add(&b"living"[..]).expect("content is taken");
    assert!(!base.join("000000000000dead").exists());
    assert!(!base.join("000000000000dead.lock").exists());
    let other = Store::open(repository.root.path()).expect("a store");
    stock(&other);
    living.commit().expect("nobody swept it");
}

#[test]
fn an_image_is_kept_and_checked() {
    let Repository { root, store } = repository();
    let archive = root.path().join("image.tar");
    fs::write(&archive, b"an archive").expect("a file");
    let id = ImageId::new(Sha256Digest::of(b"image"));
    assert_eq!(store.image(&id).expect("none"), None);
    let path = store.add_image(&archive, &id).expect("an image");
    store.add_image(&archive, &id).expect("the same again");
    assert_eq!(store.image(&id).expect("an image"), Some(path.clone()));
    assert_eq!(store.images().expect("a list"), [id]);
    assert!(store.check_image(&id).expect("it is whole"));
    flip(&path, 4, 1);
    assert!(
        store
            .check_image(&id)
            .expect_err("one bit differs")
            .is_damage()
    );
    fs::remove_file(&path).expect("it goes");
    fs::write(&path, b"short").expect("a file");
    assert!(store.image(&id).expect_err("too short").is_damage());
}

#[test]
fn results_are_copies_with_their_bits_and_are_replaced_whole() {
    let Repository { root, store } = repository();
    stock(&store);
    let mut record = sample(0);
    let weights = "out/weights.npy".parse().expect("a name");
    if let Some(entry) = record.outputs.get_mut(&weights)
        && let Content::File { executable, .. } = &mut entry.content
    {
        *executable = true;
    }
    let place = publish(&store, &record).expect("results");
    assert_eq!(place, root.path().join("results/digits"));
    assert_eq!(
        fs::read(place.join("stdout.log")).expect("a log"),
        b"hello\n"
    );
    assert_eq!(
        fs::read(place.join("out/weights.npy")).expect("a file"),
        b"weights"
    );
    let mode = fs::metadata(place.join("out/weights.npy"))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o700, 0o700);
    assert_eq!(
        fs::read_link(place.join("out/latest")).expect("a link"),
        Path::new("weights.npy")
    );
    assert!(place.join("out/cache").is_dir());
    // A user may change what lies there; the store's copy is another.
    fs::write(place.join("out/weights.npy"), b"edited").expect("a file");
    fs::write(place.join("mine"), b"mine").expect("a file");
    publish(&store, &record).expect("results");
    assert_eq!(
        fs::read(place.join("out/weights.npy")).expect("a file"),
        b"weights"
    );
    assert!(!place.join("mine").exists());
    assert_eq!(
        fs::read_to_string(root.path().join("results/.gitignore")).expect("a file"),
        "*\n"
    );
}

#[test]
fn a_link_in_the_place_of_results_is_replaced_and_not_followed() {
    let Repository { root, store } = repository();
    stock(&store);
    let place = publish(&store, &sample(0)).expect("results");
    fs::remove_dir_all(&place).expect("they go");
    let precious = root.path().join("precious");
    fs::create_dir(&precious).expect("a folder");
    fs::write(precious.join("data"), b"data").expect("a file");
    symlink(&precious, &place).expect("a link");
    publish(&store, &sample(0)).expect("results");
    assert!(fs::symlink_metadata(&place).expect("a folder").is_dir());
    assert_eq!(fs::read(precious.join("data")).expect("a file"), b"data");
}

#[test]
fn results_that_are_not_resows_are_left_alone() {
    let Repository { root, store } = repository();
    stock(&store);
    let results = root.path().join("results");
    fs::create_dir(&results).expect("a folder");
    fs::write(results.join("thesis.csv"), b"years").expect("a file");
    let error = publish(&store, &sample(0)).expect_err("not resow's");
    assert!(
        matches!(error, StoreError::ForeignResults { .. }),
        "{error}"
    );
    assert_eq!(fs::read_dir(&results).expect("a folder").count(), 1);
}

#[test]
fn results_of_damaged_or_hostile_records_are_refused() {
    let Repository { root, store } = repository();
    stock(&store);
    let place = publish(&store, &sample(0)).expect("results");
    flip(&blob_path(&store, &Sha256Digest::of(b"weights")), 0, 0);
    let error = publish(&store, &sample(0)).expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(
        fs::read(place.join("out/weights.npy")).expect("as before"),
        b"weights"
    );
    let mut hostile = sample(0);
    let target = root.path().to_string_lossy().into_owned();
    let link = resow_verifier::outputs::OutputEntry {
        role: OutputRole::Result,
        content: Content::Link { target },
    };
    hostile.outputs.insert("out".parse().expect("a name"), link);
    let error = publish(&store, &hostile).expect_err("hostile");
    assert!(matches!(error, StoreError::NestedOutputs { .. }), "{error}");
}
