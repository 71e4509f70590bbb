//! What is left where a process is killed, or an error comes, at each of its system calls that change something, and
//! whether nothing gets its name before it is synced. `strace` stops, fails and lists the calls; where it is missing,
//! or may not trace, there is nothing to be seen. Each test runs this program again.

#[path = "../../verifier/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::ImageId;
use resow_store::Store;
use resow_store::checking::{Checkup, Depth, Severity, check};
use resow_store::repair::repair;

const PLACE: &str = "RESOW_STORE_TEST_PLACE";

/// Every call by which the store changes what others see.
const CALLS: &str = "?mkdir,?mkdirat,?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?rmdir,fsync,fdatasync,\
                     syncfs,?chmod,fchmod,ftruncate";

/// More steps than any of the tested work has.
const MOST_STEPS: usize = 300;

fn place() -> Option<PathBuf> {
    env::var_os(PLACE).map(PathBuf::from)
}

/// One of the tests below, under `strace` with these options.
fn traced(root: &Path, options: &[&str], test: &str) -> Output {
    Command::new("strace")
        .args(["-f", "-q", "-s", "4096", "-y"])
        .args(options)
        .arg(env::current_exe().expect("a test is a program"))
        .args(["--ignored", "--exact", "--test-threads", "1", test])
        .env(PLACE, root)
        .stdin(Stdio::null())
        .output()
        .expect("strace starts")
}

fn can_trace() -> bool {
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "-e", "trace=fsync", "true"])
        .output();
    traced.is_ok_and(|output| output.status.success())
}

fn look(root: &Path) -> Checkup {
    check(root, Depth::Content, &mut |_| ControlFlow::Continue(()))
        .expect("it can be checked")
        .unwrap_or_default()
}

fn worst(checkup: &Checkup) -> Option<Severity> {
    let severities = checkup.findings.iter().map(|it| it.fault.severity());
    severities.min()
}

fn mend(root: &Path) {
    let done =
        repair(root, look(root), &mut |_| ControlFlow::Continue(())).expect("it can be repaired");
    assert!(done.failed.is_empty(), "{:?}", done.failed);
    assert!(done.left.findings.is_empty(), "{:?}", done.left.findings);
}

/// A store with content and a record, and an archive of an image.
fn store_something(root: &Path) {
    let store = Store::open(root).expect("a store");
    let sink = store.blob_sink();
    for content in [&b"hello\n"[..], b"", b"weights", b"log"] {
        sink.add(content).expect("content is taken");
    }
    sink.commit().expect("content is stored");
    store.add_record(&support::record()).expect("a record");
    let image = ImageId::new(Sha256Digest::of(b"image"));
    store
        .add_image(&root.join("archive"), &image)
        .expect("an image");
}

fn fresh() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    fs::write(root.path().join("archive"), b"an archive").expect("a file");
    root
}

#[test]
#[ignore = "runs under strace, which the tests below start"]
fn inside_storing() {
    if let Some(root) = place() {
        store_something(&root);
    }
}

#[test]
#[ignore = "runs under strace, which the tests below start"]
fn inside_repairing() {
    if let Some(root) = place() {
        mend(&root);
    }
}

/// Does the work with `fault` at the first call, the second, and so on, until it comes through; after each, `then`.
fn at_each_step(test: &str, fault: &str, prepare: impl Fn(&Path), then: impl Fn(&Path, usize)) {
    for step in 1..MOST_STEPS {
        let root = fresh();
        prepare(root.path());
        let log = root.path().join("log");
        let inject = format!("inject={CALLS}:{fault}:when={step}");
        let log_path = log.to_string_lossy().into_owned();
        let options = [
            "-o",
            &log_path,
            "-e",
            &format!("trace={CALLS}"),
            "-e",
            &inject,
        ];
        let output = traced(root.path(), &options, test);
        let text = fs::read_to_string(&log).expect("a log");
        let was_hit = text.contains("(INJECTED)") || text.contains("killed by SIGKILL");
        then(root.path(), step);
        if !was_hit {
            assert!(output.status.success(), "{output:?}\n{text}");
            assert!(step > 10, "the work has more steps than {step}");
            return;
        }
    }
    panic!("{test} does not come to an end");
}

#[test]
fn killed_at_any_step_storing_leaves_no_damage_and_can_be_done_again() {
    if !can_trace() {
        return;
    }
    at_each_step(
        "inside_storing",
        "signal=KILL",
        |_| {},
        |root, step| {
            let left = look(root);
            assert!(
                worst(&left) >= Some(Severity::Leftover) || worst(&left).is_none(),
                "{step}: {left:?}"
            );
            store_something(root);
            let left = look(root);
            assert!(left.findings.is_empty(), "{step}: {left:?}");
        },
    );
}

#[test]
fn a_full_disk_at_any_step_of_storing_is_an_error_and_leaves_no_damage() {
    if !can_trace() {
        return;
    }
    at_each_step(
        "inside_storing",
        "error=ENOSPC",
        |_| {},
        |root, step| {
            let left = look(root);
            assert!(
                worst(&left) >= Some(Severity::Leftover) || worst(&left).is_none(),
                "{step}: {left:?}"
            );
            store_something(root);
            mend(root);
        },
    );
}

#[test]
fn killed_at_any_step_a_repair_loses_nothing_and_can_be_done_again() {
    if !can_trace() {
        return;
    }
    let hex = |content: &[u8]| Sha256Digest::of(content).hex();
    let stray = hex(b"stray");
    let damage = |root: &Path| {
        store_something(root);
        let store = root.join(".resow");
        // Content that no record names, a record, an image, the identity, an entry of the index, a folder.
        fs::create_dir_all(store.join("blobs").join(&stray[..2])).expect("a folder");
        fs::write(store.join("blobs").join(&stray[..2]).join(&stray), b"other").expect("a file");
        fs::write(store.join("records").join(format!("{stray}.json")), b"{}").expect("a file");
        let archive = store.join("images").join(format!("{}.tar", hex(b"image")));
        fs::remove_file(&archive).expect("it goes");
        fs::write(&archive, b"other").expect("a file");
        fs::write(store.join("downloads").join(&stray), b"other").expect("a file");
        fs::remove_dir_all(store.join("plans")).expect("it goes");
        fs::create_dir(store.join("tmp/000000000000dead")).expect("a folder");
        fs::remove_file(store.join("store.json")).expect("it goes");
        fs::write(store.join("store.json"), b"{").expect("a file");
    };
    at_each_step("inside_repairing", "signal=KILL", damage, |root, step| {
        mend(root);
        let left = look(root);
        assert!(left.findings.is_empty(), "{step}: {left:?}");
        assert_eq!((left.records, left.blobs), (1, 4), "{step}");
        let store = Store::open(root).expect("a store");
        let plan = support::record().plan.id();
        assert_eq!(store.successful_records(&plan).expect("a list").count(), 1);
        let kept = contents(&root.join(".resow/damaged"));
        // The blob, the archive and the download have the same bytes; the record and the identity have their own.
        let expected = [&b"other"[..], b"{}", b"{"].map(<[u8]>::to_vec);
        assert!(
            expected.iter().all(|bytes| kept.contains(bytes)),
            "{step}: {kept:?}"
        );
    });
}

fn contents(folder: &Path) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(fs::read(path).expect("readable"));
            }
        }
    }
    found
}

/// What a line of the trace did to the disk.
#[derive(Debug, PartialEq)]
enum Event {
    Written(String),
    Synced(String),
    Named { from: String, to: String },
}

fn event(line: &str) -> Option<Event> {
    let call = line
        .split_once(' ')
        .map_or(line, |(_, call)| call.trim_start());
    let (name, arguments) = call.split_once('(')?;
    // What failed ends with the error's words in brackets.
    let (_, result) = arguments.rsplit_once(')')?;
    if !result.trim_start().starts_with("= ") {
        return None;
    }
    let descriptor = || {
        let (_, path) = arguments.split_once('<')?;
        Some(path.split_once('>')?.0.to_owned())
    };
    let texts: Vec<_> = arguments.split('"').skip(1).step_by(2).collect();
    match (name, texts.as_slice()) {
        ("write" | "ftruncate" | "copy_file_range" | "sendfile", _) => {
            Some(Event::Written(descriptor()?))
        }
        ("fsync" | "fdatasync", _) => Some(Event::Synced(descriptor()?)),
        ("rename" | "renameat" | "renameat2" | "link" | "linkat", [from, to]) => {
            Some(Event::Named {
                from: (*from).to_owned(),
                to: (*to).to_owned(),
            })
        }
        _ => None,
    }
}

#[test]
fn nothing_gets_its_name_before_it_is_synced_and_content_comes_before_its_record() {
    if !can_trace() {
        return;
    }
    let root = fresh();
    let log = root.path().join("log");
    let calls = "trace=write,ftruncate,copy_file_range,sendfile,fsync,fdatasync,?rename,?renameat,renameat2,?link,linkat";
    let log_path = log.to_string_lossy().into_owned();
    let output = traced(
        root.path(),
        &["-o", &log_path, "-e", calls],
        "inside_storing",
    );
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(&log).expect("a log");
    let events: Vec<_> = text.lines().filter_map(event).collect();
    let at =
        |position: usize, wanted: &Event| events[..position].iter().rposition(|it| it == wanted);
    let mut named = Vec::new();
    for (position, event) in events.iter().enumerate() {
        let Event::Named { from, to } = event else {
            continue;
        };
        if to.contains("/.resow/tmp/") {
            continue;
        }
        // A link is made of what was renamed aside just before.
        let original = events[..position].iter().rev().find_map(|it| match it {
            Event::Named { from: earlier, to } if to == from => Some(earlier),
            _ => None,
        });
        let source = original.unwrap_or(from).clone();
        let synced = at(position, &Event::Synced(source.clone()));
        assert!(
            synced.is_some(),
            "`{to}` was named before it was synced\n{text}"
        );
        let written = at(position, &Event::Written(source));
        assert!(
            written < synced,
            "`{to}` was written after it was synced\n{text}"
        );
        let folder = Path::new(to).parent().expect("a folder");
        let folder = Event::Synced(folder.to_string_lossy().into_owned());
        let after = events[position..].iter().position(|it| *it == folder);
        assert!(after.is_some(), "the name `{to}` was never synced\n{text}");
        named.push((to.clone(), position, position + after.unwrap_or_default()));
    }
    let of = |part: &str| {
        let part = format!("/.resow/{part}");
        let found: Vec<_> = named.iter().filter(|(to, ..)| to.contains(&part)).collect();
        assert!(!found.is_empty(), "{part}\n{text}");
        found
    };
    assert_eq!(of("blobs/").len(), 4);
    let record = of("records/")[0].1;
    assert!(
        of("blobs/").iter().all(|(.., durable)| *durable < record),
        "{text}"
    );
    let images = of("images/");
    assert!(
        images[0].0.ends_with(".tar") && images[1].0.ends_with(".json"),
        "{text}"
    );
    assert!(images[0].2 < images[1].1, "{text}");
    assert_eq!(of("store.json").len(), 1);
}
