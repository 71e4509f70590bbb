//! What a watched run counts.

use crate::layer::{KEY, Layer, exists, printed};
use resow_seeding::counters::{Counter, Counters};
use resow_seeding::places::{COUNTERS_SIZE, OCCURRENCES_SIZE};
use std::fs::File;
use std::path::Path;
use std::process::Command;

const CLOCK: &str = "1767225600.000000000+1000";

fn watched(layer: &Layer) {
    layer.forget();
    let file = File::options()
        .write(true)
        .open(layer.path("occurrences"))
        .expect("occurrences");
    file.set_len(OCCURRENCES_SIZE + COUNTERS_SIZE)
        .expect("a longer file");
}

fn counters(layer: &Layer) -> Counters {
    let bytes = std::fs::read(layer.path("occurrences")).expect("occurrences");
    Counters::read(&bytes[OCCURRENCES_SIZE as usize..])
}

fn command(layer: &Layer, program: impl AsRef<Path>) -> Command {
    let libraries = ["entropy.so", "clock.so"].map(|name| layer.path(name).display().to_string());
    let mut command = layer.command(KEY, program);
    command.env("LD_PRELOAD", libraries.join(":"));
    command
}

#[test]
fn every_read_of_a_clock_is_counted_whether_it_counts_or_not() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "counting.c", &[]);
    for clock in [Some(CLOCK), Some("1767225600.000000000"), None] {
        watched(&layer);
        let mut command = command(&layer, &program);
        command.envs(clock.map(|clock| ("RESOW_CLOCK", clock)));
        printed(&mut command);
        let counters = counters(&layer);
        assert_eq!(counters.get(Counter::WallClock), 5, "{clock:?}");
        assert_eq!(counters.get(Counter::OtherClock), 26, "{clock:?}");
        assert_eq!(counters.get(Counter::Thread), 2, "{clock:?}");
        for none in [
            Counter::Entropy,
            Counter::Folder,
            Counter::HostName,
            Counter::TimeZone,
            Counter::Locale,
        ] {
            assert_eq!(counters.get(none), 0, "{none:?}");
        }
    }
}

#[test]
fn what_programs_ask_for_is_counted() {
    let layer = Layer::new();
    watched(&layer);
    let mut shell = command(&layer, "/bin/sh");
    let script = "uname -n; date; head -c 8 /dev/urandom; exec head -c 1 /dev/urandom";
    printed(shell.args(["-c", &format!("{{ {script}; }} > /dev/null")]));
    let counters = counters(&layer);
    for some in [
        Counter::HostName,
        Counter::TimeZone,
        Counter::Locale,
        Counter::Entropy,
    ] {
        assert!(counters.get(some) > 0, "{some:?}: {counters:?}");
    }
    let begun = counters.get(Counter::FixedAddresses) + counters.get(Counter::RandomAddresses);
    assert_eq!(begun, 5, "{counters:?}");
    assert!(counters.get(Counter::EnvironmentSize) > 100, "{counters:?}");
}

#[test]
fn counting_ends_and_changes_no_stream() {
    let layer = Layer::new();
    let draw = layer.compile("gcc", "draw.c", &[]);
    let plain = layer.first(KEY, &draw, &["getrandom"]);
    watched(&layer);
    assert_eq!(printed(layer.command(KEY, &draw).arg("getrandom")), plain);
    let many = "dd if=/dev/urandom of=/dev/null bs=1 count=1500 status=none";
    printed(layer.command(KEY, "/bin/sh").args(["-c", many]));
    assert_eq!(counters(&layer).get(Counter::Entropy), 1000);
}

#[test]
fn python_counts_folders_and_lists_them_the_other_way_round() {
    let layer = Layer::new();
    let folder = layer.path("folder");
    std::fs::create_dir(&folder).expect("a folder");
    for name in ["b", "a", "c"] {
        std::fs::write(folder.join(name), name).expect("a file");
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    let script =
        "import os, sys; print(os.listdir(sys.argv[1]), [e.name for e in os.scandir(sys.argv[1])])";
    let list = |order: Option<&str>| {
        watched(&layer);
        let mut command = command(&layer, "python3");
        command
            .args(["-c", script])
            .arg(&folder)
            .env("PYTHONPATH", &python)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("RESOW_SEED", "42")
            .env("RESOW_PROFILE", "portable")
            .env("RESOW_PADDING", "x")
            .envs(order.map(|order| ("RESOW_DIRECTORY_ORDER", order)));
        (printed(&mut command), counters(&layer).get(Counter::Folder))
    };
    let sorted = "['a', 'b', 'c'] ['a', 'b', 'c']\n".to_owned();
    assert_eq!(list(None), (sorted.clone(), 2));
    assert_eq!(list(Some("sorted")), (sorted, 2));
    let reversed = "['c', 'b', 'a'] ['c', 'b', 'a']\n".to_owned();
    assert_eq!(list(Some("reversed")), (reversed, 2));
}

#[test]
fn folders_are_listed_from_their_end() {
    let layer = Layer::new();
    let folder = layer.path("folder");
    std::fs::create_dir(&folder).expect("a folder");
    for number in 0..2000 {
        std::fs::write(folder.join(format!("a-name-of-some-length-{number}")), "").expect("a file");
    }
    for compiler in ["gcc", "musl-gcc"] {
        if !exists(compiler) {
            // `compilers_loads_with_musl` says so.
            continue;
        }
        let program = layer.compile(compiler, "folder.c", &[]);
        let list = |order: &str| {
            watched(&layer);
            let mut command = layer.command(KEY, &program);
            command.env("RESOW_DIRECTORY_ORDER", order).arg(&folder);
            printed(&mut command)
        };
        let there = list("sorted");
        let (names, again) = there.split_once("again\n").expect("two lists");
        assert_eq!(names, again);
        assert_eq!(names.lines().count(), 2002);
        assert_eq!(counters(&layer).get(Counter::OtherFolder), 0);
        let back: Vec<_> = names.lines().rev().collect();
        let reversed = list("reversed");
        let (names, again) = reversed.split_once("again\n").expect("two lists");
        assert_eq!(names.lines().collect::<Vec<_>>(), back);
        assert_eq!(names, again);
        assert_eq!(counters(&layer).get(Counter::OtherFolder), 2);
    }
}
