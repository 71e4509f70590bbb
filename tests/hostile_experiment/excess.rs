//! Attempts to take without end, each a run of its own under small limits.

use std::fs;
use std::time::{Duration, Instant};

use crate::farm::Farm;
use crate::table::Cell;

/// An attempt, and the ways in which it may end.
struct Excess {
    what: &'static str,
    /// Its function in `limits.py`.
    function: &'static str,
    memory: &'static str,
    ends: &'static [&'static str],
}

const FULL: &str = "ENOSPC";
const MEMORY: &str = "killed: limit on memory";
const DISK: &str = "killed: limit on disk";
const TIME: &str = "killed: limit on time";
const LOG: &str = "killed: limit on output";

const fn excess(
    what: &'static str,
    function: &'static str,
    ends: &'static [&'static str],
) -> Excess {
    Excess {
        what,
        function,
        memory: "64MiB",
        ends,
    }
}

const EXCESSES: &[Excess] = &[
    Excess {
        what: "start threads until there are no more, then a process",
        function: "threads",
        memory: "2GiB",
        ends: &["EAGAIN"],
    },
    excess("take memory without end", "anonymous", &[MEMORY]),
    excess(
        "take memory by a file that has no name (`memfd`) and is not mapped",
        "memory_file",
        &[MEMORY],
    ),
    excess("take memory by many of them", "memory_files", &[MEMORY]),
    excess(
        "take memory by segments of System V that nobody attaches",
        "system_v",
        &[MEMORY],
    ),
    excess("fill `/dev/shm`", "shared", &[FULL]),
    excess("fill `/tmp`", "temporary", &[FULL]),
    excess("fill the disk by one large file", "large_file", &[DISK]),
    excess("fill the disk by many small files", "small_files", &[DISK]),
    excess(
        "fill the disk by an open file without a name",
        "unlinked_file",
        &[DISK],
    ),
    excess("print without end", "log", &[LOG]),
    excess("ignore every signal and run on", "deaf", &[TIME]),
    excess("stop itself, so that it never ends", "stopped", &[TIME]),
    excess(
        "leave a process behind that is in a session of its own",
        "daemon",
        &["ended with process 1"],
    ),
];

/// A fork bomb has no single end: whichever limit it meets first.
const BOMB: Excess = excess("double without end (fork bomb)", "forks", &[MEMORY, TIME]);

/// Declares them all.
pub(crate) fn declare(farm: &Farm<'_>) {
    for excess in EXCESSES.iter().chain([&BOMB]) {
        let arguments = ["hostile/limits.py", excess.function, &sleep(farm)];
        let rest = format!(
            "[resources]\nmemory = \"{}\"\nscratch = \"32MiB\"\nshm = \"16MiB\"\ntimeout = \"300s\"\n\
             [[outputs]]\npath = \"words\"",
            excess.memory
        );
        let rest = match excess.ends {
            [TIME] | [MEMORY, TIME] => rest.replace("\"300s\"", "\"3s\""),
            _ => rest,
        };
        farm.declare(&name(excess.function), &arguments, &rest);
    }
}

fn name(function: &str) -> String {
    function.replace('_', "-")
}

/// How long a process that is left sleeps: a number by which it is found on the host.
pub(crate) fn sleep(farm: &Farm<'_>) -> String {
    format!("9{}{}", farm.engine as u8, std::process::id())
}

/// Makes them one after another.
pub(crate) fn column(farm: &Farm<'_>) -> Vec<(String, Cell)> {
    let mut column: Vec<_> = EXCESSES
        .iter()
        .map(|excess| {
            let words = ending(farm, excess.function);
            let held = excess.ends.contains(&words.as_str());
            (excess.what.to_owned(), Cell { held, words })
        })
        .collect();
    let words = ending(farm, BOMB.function);
    let held = BOMB.ends.contains(&words.as_str());
    let words = if held {
        "killed: the first limit it meets".to_owned()
    } else {
        words
    };
    column.push((BOMB.what.to_owned(), Cell { held, words }));
    column
}

fn ending(farm: &Farm<'_>, function: &str) -> String {
    let name = name(function);
    let object = farm.harvest(&name);
    assert!(
        ends_within(&sleep(farm), Duration::from_secs(10)),
        "a process of `{name}` outlives its run"
    );
    match object["outcome"]["kind"].as_str() {
        Some("exited") if object["outcome"]["code"] == 0 => farm.result(&name, "words"),
        Some("killed-for-memory") => MEMORY.to_owned(),
        Some("over-disk-limit") => DISK.to_owned(),
        Some("timed-out") => TIME.to_owned(),
        Some("over-log-limit") => LOG.to_owned(),
        _ => format!("{}{}", object["outcome"], object["error"]),
    }
}

/// Whether no process of this host has the word among its arguments, or soon will not.
pub(crate) fn ends_within(word: &str, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    while runs(word) {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Whether a process `sleep` of this host has the word as its argument.
pub(crate) fn runs(word: &str) -> bool {
    let wanted = format!("sleep\0{word}\0");
    fs::read_dir("/proc")
        .expect("readable")
        .flatten()
        .any(|entry| {
            fs::read(entry.path().join("cmdline")).is_ok_and(|line| line == wanted.as_bytes())
        })
}
