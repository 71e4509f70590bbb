//! A check of the store finds what is wrong and changes nothing; a repair keeps all that is whole.

#[path = "../../verifier/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ImageId, RecordId, RunId};
use resow_store::checking::{CheckError, Checkup, Depth, Fault, Part, Severity, check};
use resow_store::repair::{Action, Repair, repair};
use resow_store::{Store, StoreError};

struct Repository {
    root: tempfile::TempDir,
    store: Store,
    record: RecordId,
}

/// A store with a record, its content, and an image.
fn repository() -> Repository {
    let root = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(root.path()).expect("a store");
    stock(&store);
    let record = store.add_record(&support::record()).expect("a record");
    let archive = root.path().join("archive");
    fs::write(&archive, b"an archive").expect("a file");
    store.add_image(&archive, &image()).expect("an image");
    let download = store.downloads().join(Sha256Digest::of(b"wheel").hex());
    fs::write(download, b"wheel").expect("a file");
    Repository {
        root,
        store,
        record,
    }
}

fn stock(store: &Store) {
    let sink = store.blob_sink();
    for content in [&b"hello\n"[..], b"", b"weights", b"log"] {
        sink.add(content).expect("content is taken");
    }
    sink.commit().expect("content is stored");
}

fn image() -> ImageId {
    ImageId::new(Sha256Digest::of(b"image"))
}

impl Repository {
    fn root(&self) -> &Path {
        self.root.path()
    }

    fn check(&self) -> Checkup {
        check(self.root(), Depth::Content, &mut |_| {
            ControlFlow::Continue(())
        })
        .expect("it can be checked")
        .expect("there is a store")
    }

    /// The kinds of what is found, after a check that changed nothing.
    fn kinds(&self) -> Vec<&'static str> {
        let before = snapshot(self.root());
        let found = self.check();
        assert_eq!(snapshot(self.root()), before, "a check changes nothing");
        kinds(&found)
    }

    fn repair(&self) -> Repair {
        repair(
            self.root(),
            self.check(),
            &mut |_| ControlFlow::Continue(()),
        )
        .expect("it can be repaired")
    }

    /// Repairs, insists on what is found afterwards, and that a second repair does nothing.
    fn repairs(&self, left: &[&str]) -> Vec<Action> {
        let done = self.repair();
        assert!(done.failed.is_empty(), "{:?}", done.failed);
        assert_eq!(kinds(&done.left), left);
        assert_eq!(self.kinds(), left, "a full check agrees");
        let before = snapshot(self.root());
        assert_eq!(self.repair().done, []);
        assert_eq!(
            snapshot(self.root()),
            before,
            "a second repair changes nothing"
        );
        done.done.into_iter().map(|change| change.action).collect()
    }

    fn record_file(&self) -> PathBuf {
        let name = format!("{}.json", self.record.digest().hex());
        self.store.path().join("records").join(name)
    }

    fn blob(&self, content: &[u8]) -> PathBuf {
        let hex = Sha256Digest::of(content).hex();
        self.store.path().join("blobs").join(&hex[..2]).join(hex)
    }
}

fn kinds(checkup: &Checkup) -> Vec<&'static str> {
    let kinds = checkup.findings.iter().map(|finding| finding.fault.kind());
    kinds.collect()
}

/// Everything beneath a folder, but the times of reading.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, (u64, u32, i64, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("readable") {
            let entry = entry.expect("readable");
            let metadata = entry.metadata().expect("a state");
            let content = if metadata.is_dir() {
                waiting.push(entry.path());
                Vec::new()
            } else if metadata.is_file() {
                fs::read(entry.path()).expect("readable")
            } else {
                Vec::new()
            };
            let state = (
                metadata.ino(),
                metadata.mode(),
                metadata.mtime_nsec(),
                content,
            );
            found.insert(entry.path(), state);
        }
    }
    found
}

/// Changes one bit of a file, whatever its permissions.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("the file can be read");
    bytes[0] ^= 1;
    fs::remove_file(path).expect("the file can be removed");
    fs::write(path, bytes).expect("the file can be written");
}

fn moved(actions: &[Action]) -> usize {
    let moved = |action: &&Action| matches!(action, Action::MovedAside { .. });
    actions.iter().filter(moved).count()
}

#[test]
fn a_whole_store_is_whole() {
    let repository = repository();
    assert_eq!(repository.kinds(), [""; 0]);
    let checkup = repository.check();
    assert_eq!(
        (
            checkup.records,
            checkup.blobs,
            checkup.bytes,
            checkup.images
        ),
        (1, 4, 16, 1)
    );
    assert_eq!(repository.repairs(&[]), []);
    assert!(!repository.store.path().join("damaged").exists());
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let found = check(root.path(), Depth::Content, &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(found.expect("no error").is_none());
    assert!(
        Store::open_to_read(root.path())
            .expect("no error")
            .is_none()
    );
    assert_eq!(fs::read_dir(root.path()).expect("a folder").count(), 0);
}

#[test]
fn a_newer_store_is_an_error_and_untouched() {
    let repository = repository();
    let id = repository.store.id().as_str();
    let checksum = Sha256Digest::of(format!("resow store 2 {id}").as_bytes());
    let text = format!("{{\"version\":2,\"id\":\"{id}\",\"checksum\":\"{checksum}\"}}\n");
    let path = repository.store.path().join("store.json");
    fs::remove_file(&path).expect("it goes");
    fs::write(&path, text).expect("a file");
    let before = snapshot(repository.root());
    let mut go_on = |_: resow_store::checking::Progress<'_>| ControlFlow::Continue(());
    let error = check(repository.root(), Depth::Content, &mut go_on).expect_err("newer");
    assert!(
        matches!(
            error,
            CheckError::Store(StoreError::Newer { version: 2, .. })
        ),
        "{error}"
    );
    assert_eq!(snapshot(repository.root()), before);
}

#[test]
fn a_damaged_record_is_moved_aside_with_its_bytes() {
    let repository = repository();
    let path = repository.record_file();
    flip(&path);
    let bytes = fs::read(&path).expect("a file");
    assert_eq!(repository.kinds(), ["damaged-record"]);
    let done = repository.repair().done;
    let Action::MovedAside { to } = &done[0].action else {
        panic!("{done:?}");
    };
    assert_eq!(
        fs::read(repository.root().join(to)).expect("it is there"),
        bytes
    );
    // Its name in the index led nowhere then.
    assert_eq!(repository.kinds(), ["dangling-index"]);
    assert_eq!(repository.repairs(&[]), [Action::Removed]);
    repository
        .store
        .add_record(&support::record())
        .expect("a record again");
    assert_eq!(repository.kinds(), [""; 0]);
}

#[test]
fn damaged_content_is_moved_and_what_it_was_is_said() {
    let repository = repository();
    flip(&repository.blob(b"weights"));
    let found = repository.check();
    assert!(
        matches!(&found.findings[0].fault, Fault::Blob { records, .. } if *records == [repository.record]),
        "{found:?}"
    );
    let actions = repository.repairs(&["lost-content"]);
    assert_eq!(moved(&actions), 1);
    let found = repository.check();
    let Fault::LostContent { parts, size: 7, .. } = &found.findings[0].fault else {
        panic!("{found:?}");
    };
    let output = "out/weights.npy".parse().expect("a name");
    assert_eq!(*parts, [Part::Output(output)]);
    assert!(repository.record_file().exists(), "the record stays");
    // The same content again, and it is whole.
    stock(&repository.store);
    assert_eq!(repository.kinds(), [""; 0]);
}

#[test]
fn content_that_was_stored_anew_is_not_moved() {
    let repository = repository();
    flip(&repository.blob(b"weights"));
    let found = repository.check();
    stock(&repository.store);
    let done = repair(repository.root(), found, &mut |_| ControlFlow::Continue(()))
        .expect("it can be repaired");
    assert_eq!(done.done, []);
    assert_eq!(repository.kinds(), [""; 0]);
}

#[test]
fn the_index_follows_the_records_both_ways() {
    let repository = repository();
    let plans = repository.store.path().join("plans");
    let plan = support::record().plan.id();
    let folder = plans.join(plan.digest().hex());
    let name = fs::read_dir(&folder)
        .expect("a folder")
        .next()
        .expect("an entry")
        .expect("readable")
        .file_name();
    fs::remove_file(folder.join(&name)).expect("it goes");
    let other = plans.join(Sha256Digest::of(b"other").hex());
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join(&name), b"").expect("a file");
    let gone = format!("{:024}-{}", 7, Sha256Digest::of(b"gone").hex());
    fs::write(folder.join(gone), b"").expect("a file");
    let mut found = repository.kinds();
    found.sort_unstable();
    assert_eq!(found, ["dangling-index", "missing-index", "wrong-index"]);
    // A wrong entry never answers for another plan.
    let id = resow_manifest::identifiers::PlanId::new(Sha256Digest::of(b"other"));
    let answers = repository.store.successful_records(&id).expect("a list");
    assert_eq!(answers.count(), 0);
    repository.repairs(&[]);
    let answers = repository.store.successful_records(&plan).expect("a list");
    assert_eq!(answers.count(), 1);
}

#[test]
fn images_and_downloads_are_checked_to_the_byte() {
    for (name, kind) in [
        ("tar", "damaged-image"),
        ("json", "unreadable-image-description"),
    ] {
        let repository = repository();
        let file = format!("{}.{name}", image().digest().hex());
        flip(&repository.store.path().join("images").join(file));
        assert_eq!(repository.kinds(), [kind]);
        assert_eq!(moved(&repository.repairs(&[])), 2);
        assert_eq!(repository.store.images().expect("a list"), []);
    }
    for (name, kind) in [("tar", "lost-image"), ("json", "undescribed-image")] {
        let repository = repository();
        let file = format!("{}.{name}", image().digest().hex());
        fs::remove_file(repository.store.path().join("images").join(file)).expect("it goes");
        assert_eq!(repository.kinds(), [kind]);
        assert_eq!(moved(&repository.repairs(&[])), 1);
    }
    let repository = repository();
    let downloads = repository.store.downloads();
    flip(&downloads.join(Sha256Digest::of(b"wheel").hex()));
    fs::create_dir(downloads.join("apt-half")).expect("a folder");
    assert_eq!(repository.kinds(), ["half-download", "damaged-download"]);
    assert_eq!(moved(&repository.repairs(&["half-download"])), 1);
}

#[test]
fn the_stores_own_files_are_made_again() {
    let repository = repository();
    let store = repository.store.path();
    flip(&store.join("store.json"));
    fs::remove_file(store.join(".gitignore")).expect("it goes");
    fs::remove_dir(store.join("cache")).expect("it goes");
    let mut found = repository.kinds();
    found.sort_unstable();
    assert_eq!(
        found,
        ["damaged-identity", "missing-folder", "missing-ignore"]
    );
    let actions = repository.repairs(&[]);
    assert_eq!(moved(&actions), 1);
    let again = Store::open(repository.root()).expect("a store");
    assert_ne!(again.id(), repository.store.id());
    assert!(again.record(&repository.record).is_ok());
}

#[test]
fn links_and_pipes_are_neither_followed_nor_waited_for() {
    let repository = repository();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    fs::write(elsewhere.path().join("precious"), b"data").expect("a file");
    let store = repository.store.path();
    fs::remove_dir(store.join("cache")).expect("it goes");
    symlink(elsewhere.path(), store.join("cache")).expect("a link");
    let blob = repository.blob(b"weights");
    fs::remove_file(&blob).expect("it goes");
    rustix::fs::mkfifoat(rustix::fs::CWD, &blob, rustix::fs::Mode::RWXU).expect("a FIFO");
    let record = repository.record_file();
    let away = elsewhere.path().join("record");
    fs::rename(&record, &away).expect("it goes");
    symlink(&away, &record).expect("a link");
    let mut found = repository.kinds();
    found.sort_unstable();
    assert_eq!(found, ["not-a-file", "not-a-file", "not-a-folder"]);
    let done = repository.repair();
    assert!(done.failed.is_empty(), "{:?}", done.failed);
    assert_eq!(kinds(&done.left), ["dangling-index"]);
    assert!(elsewhere.path().join("precious").exists());
    assert!(away.exists());
}

#[test]
fn strangers_are_named_and_left_alone() {
    let repository = repository();
    let store = repository.store.path();
    for path in [
        "notes",
        "records/notes.txt",
        "blobs/notes",
        "images/x.zip",
        "runs/x",
        "tmp/x",
    ] {
        fs::write(store.join(path), b"mine").expect("a file");
    }
    let found = repository.check();
    assert_eq!(kinds(&found), ["unknown-entry"; 6]);
    let worst = found.findings.iter().map(|it| it.fault.severity()).min();
    assert_eq!(worst, Some(Severity::Notice));
    assert_eq!(repository.repairs(&["unknown-entry"; 6]), []);
}

#[test]
fn what_the_dead_left_goes_and_what_the_living_hold_stays() {
    let repository = repository();
    let tmp = repository.store.path().join("tmp");
    let living = repository.store.temporary_folder().expect("a folder");
    let run = RunId::from_random(1);
    let folder = repository.store.begin_run(&run).expect("a run");
    assert_eq!(repository.kinds(), [""; 0]);
    fs::create_dir(tmp.join("000000000000dead")).expect("a folder");
    fs::write(tmp.join("000000000000dead.lock"), b"").expect("a file");
    // As a power cut may leave them: one without the other.
    fs::create_dir(tmp.join("000000000000beef")).expect("a folder");
    fs::write(tmp.join("000000000000cafe.lock"), b"").expect("a file");
    drop(repository.store.begin_run(&RunId::from_random(2)));
    assert_eq!(
        repository.kinds(),
        [
            "dead-temporary",
            "dead-temporary",
            "dead-temporary",
            "dead-run"
        ]
    );
    // The run's folder is its engine's to remove first.
    repository.repairs(&["dead-run"]);
    assert!(living.path().exists());
    assert!(folder.path().exists());
}

#[test]
fn changed_results_are_told_and_kept() {
    let repository = repository();
    // The run may be one of another experiment with the same plan: what is changed is the folder.
    let copy = "copy".parse().expect("a name");
    let place = repository
        .store
        .publish_results(&copy, &support::record())
        .expect("results");
    assert_eq!(repository.kinds(), [""; 0]);
    fs::write(place.join("out/weights.npy"), b"mine").expect("a file");
    let found = repository.check();
    assert!(
        matches!(&found.findings[0].fault, Fault::ChangedResults { first, .. } if first == "out/weights.npy"),
        "{found:?}"
    );
    repository.repairs(&["changed-results"]);
    assert_eq!(
        fs::read(place.join("out/weights.npy")).expect("a file"),
        b"mine"
    );
}

#[test]
fn many_repairs_at_once_beside_writers_lose_nothing() {
    let repository = repository();
    flip(&repository.blob(b"log"));
    flip(&repository.blob(b"hello\n"));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..5 {
                    repository.repair();
                }
            });
        }
        for number in 0..3 {
            let root = repository.root();
            scope.spawn(move || {
                let store = Store::open(root).expect("a store");
                for round in 0..10 {
                    stock(&store);
                    let mut record = support::record();
                    record.run = RunId::from_random(1000 + 100 * number + round);
                    store.add_record(&record).expect("its content is there");
                }
            });
        }
    });
    assert_eq!(repository.repair().failed.len(), 0);
    assert_eq!(repository.kinds(), [""; 0]);
    assert_eq!(repository.store.record_ids().expect("a list").len(), 31);
}

#[test]
fn a_check_can_be_stopped() {
    let repository = repository();
    let stopped = check(repository.root(), Depth::Content, &mut |_| {
        ControlFlow::Break(())
    });
    assert!(
        matches!(stopped, Err(CheckError::Interrupted)),
        "{stopped:?}"
    );
}

#[test]
fn clocks_of_any_age_sort() {
    let repository = repository();
    let times = [
        jiff::Timestamp::MIN,
        jiff::Timestamp::UNIX_EPOCH - jiff::SignedDuration::from_hours(24 * 365 * 20),
        jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 200),
        jiff::Timestamp::MAX,
    ];
    let mut newest = None;
    for started in times {
        let mut record = support::record();
        (record.started, record.ended) = (started, jiff::Timestamp::UNIX_EPOCH);
        newest = Some(repository.store.add_record(&record).expect("a record"));
    }
    assert_eq!(repository.kinds(), [""; 0]);
    let records = repository.store.records().expect("a list");
    let started: Vec<_> = records.map(|it| it.expect("a record").1.started).collect();
    assert!(
        started.is_sorted_by(|newer, older| newer >= older),
        "{started:?}"
    );
    let plan = support::record().plan.id();
    let mut records = repository.store.successful_records(&plan).expect("a list");
    let first = records.next().expect("one").expect("a record");
    assert_eq!(Some(first.0), newest);
}

#[test]
fn what_may_not_be_read_is_no_damage() {
    let repository = repository();
    let blob = repository.blob(b"weights");
    fs::set_permissions(&blob, fs::Permissions::from_mode(0o0)).expect("a mode");
    if fs::File::open(&blob).is_ok() {
        // Root reads everything.
        return;
    }
    let found = repository.check();
    assert_eq!(kinds(&found), ["unreadable"]);
    assert_eq!(found.findings[0].fault.severity(), Severity::Blocked);
    assert_eq!(repository.repairs(&["unreadable"]), []);
}
