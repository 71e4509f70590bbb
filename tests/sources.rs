//! Every source of randomness that a Python script has: whether it is under the seed, as docs/randomness.md says.

#[path = "environment/document.rs"]
mod document;
mod environment;
#[path = "environment/repetition.rs"]
mod repetition;

use std::collections::{BTreeMap, BTreeSet};

use environment::{Environment, Repository, checkout};
use repetition::{note, repetitions};

const SCRIPT: &str = "crates/seeding/tests/python/sources.py";

/// A source: its name in the script, what it is in words, and what decides it where the seed does not.
struct Source(&'static str, &'static str, &'static str);

const SOURCES: &[Source] = &[
    Source("random_module", "`random`, unseeded", ""),
    Source(
        "random_generators",
        "`random.Random()`, `random.seed(None)`",
        "",
    ),
    Source(
        "system_random",
        "`random.SystemRandom`, `secrets`, `os.urandom`",
        "",
    ),
    Source("uuid4", "`uuid.uuid4`", ""),
    Source("temporary_names", "names by `tempfile`", ""),
    Source(
        "hash_of_text",
        "`hash` of a text, order of a set of texts",
        "",
    ),
    Source("random_device", "`/dev/urandom`, opened as a file", ""),
    Source("c_library", "`getentropy` of the C library", ""),
    Source("forked_child", "a forked child", ""),
    Source("forked_pool", "a pool of forked workers", ""),
    Source("spawned_child", "a spawned child", ""),
    Source("executor", "`concurrent.futures`, processes", ""),
    Source("started_program", "another program that is started", ""),
    Source("threads", "threads", ""),
    Source("numpy_global", "NumPy's global generator", ""),
    Source(
        "numpy_generators",
        "`default_rng()`, `RandomState()`, `SeedSequence()`, `np.random.seed(None)`",
        "",
    ),
    Source("scikit_learn", "scikit-learn with `random_state=None`", ""),
    Source(
        "scikit_learn_threads",
        "a forest with `n_jobs=2`, added up by threads",
        "",
    ),
    Source(
        "scikit_learn_workers",
        "cross-validation with `n_jobs=2`, by joblib's workers",
        "",
    ),
    Source(
        "directory_order",
        "the order of a folder's files: `os.listdir`, `os.scandir`, `glob`, `pathlib`",
        "",
    ),
    Source("host_name", "the host's name", ""),
    Source(
        "order_of_objects",
        "the order of a set of objects",
        "address randomisation is off under `portable`; another kernel or image may place objects elsewhere",
    ),
    Source(
        "addresses",
        "`id()`",
        "the same on one kernel and engine, under `portable`; another may place objects elsewhere",
    ),
    Source(
        "clock",
        "the wall clock: a seed from `time.time()`, `uuid.uuid1`",
        "`clock` in `[determinism]` sets it; without it the run names the call, the file and the line",
    ),
    Source(
        "monotonic_clock",
        "`time.perf_counter` and other monotonic clocks",
        "they run on: a program that waits would wait for ever; the same where [clocks count](#clocks-that-count)",
    ),
];

/// Sources that everything else in their process acts on: where memory is given out depends on what threads did
/// before. They are drawn from by a process of their own.
const ALONE: &[&str] = &["addresses", "order_of_objects"];

/// How many different digests each source gave.
type Counts = BTreeMap<String, usize>;

fn counts(farm: &Repository<'_>, name: &str, runs: usize) -> Counts {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for _ in 0..runs {
        let alone = format!("{name}-alone");
        let printed: String = [name, &alone]
            .map(|name| farm.expect(0, &["run", name, "--force"]).stdout)
            .concat();
        for line in printed.lines() {
            let (source, digest) = line.split_once(' ').expect("a source and a digest");
            seen.entry(source.to_owned())
                .or_default()
                .insert(digest.to_owned());
        }
    }
    let counts: Counts = seen
        .into_iter()
        .map(|(source, digests)| (source, digests.len()))
        .collect();
    for (source, count) in &counts {
        note(&format!("source `{source}`"), name, runs, *count);
    }
    counts
}

fn farm(environment: &Environment) -> Repository<'_> {
    let farm = environment.repository("farm");
    farm.write(
        "sources.py",
        std::fs::read_to_string(checkout().join(SCRIPT)).expect("the script"),
    );
    let output = "resources = { cpus = 2 }\noutputs = [{ stream = \"stdout\" }]\n[source]\ninclude = [\"sources.py\"]\n";
    let others = SOURCES.iter().map(|Source(name, ..)| *name);
    let others: Vec<_> = others.filter(|name| !ALONE.contains(name)).collect();
    let declare = |name: &str, settings: &str| {
        for (name, sources) in [
            (name.to_owned(), &others[..]),
            (format!("{name}-alone"), ALONE),
        ] {
            let command = [&["python3", "sources.py"], sources].concat();
            farm.declare(&name, &command, &format!("{settings}{output}"));
        }
    };
    declare("portable", "");
    declare("fast", "profile = \"fast\"\n");
    declare("clock", "determinism = { clock = 2026-01-31T12:00:00Z }\n");
    farm
}

fn word(count: usize) -> &'static str {
    if count == 1 { "same" } else { "differs" }
}

#[test]
fn each_source_is_under_the_seed_or_not_as_the_documentation_says() {
    let environment = Environment::new();
    let farm = farm(&environment);
    let runs = repetitions();
    let columns = ["fast", "portable", "clock"].map(|name| counts(&farm, name, runs));
    let mut table = "\n| source | `fast` | `portable` | `portable` with a `clock` | why |\n\
        | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for Source(name, words, why) in SOURCES {
        let cells = columns.each_ref().map(|counts| {
            let count = counts.get(*name).copied();
            word(count.unwrap_or_else(|| panic!("`{name}` was not drawn from")))
        });
        table.push_str(&format!("| {words} | {} | {why} |\n", cells.join(" | ")));
    }
    table.push('\n');
    assert_eq!(columns[0].len(), SOURCES.len(), "every source has a row");
    document::hold("docs/randomness.md", "tests/sources.rs", &table);
}

#[test]
fn another_seed_gives_other_draws() {
    let environment = Environment::new();
    let farm = farm(&environment);
    let draws = |options: &[&str]| -> BTreeMap<String, String> {
        let transcript = farm.expect(0, &[&["run", "clock", "--force"], options].concat());
        let lines = transcript.stdout.lines();
        lines
            .filter_map(|line| line.split_once(' '))
            .map(|(source, digest)| (source.to_owned(), digest.to_owned()))
            .collect()
    };
    let (one, other) = (draws(&[]), draws(&["--seed", "1"]));
    // These have no randomness of their own.
    let unseeded = ["host_name", "directory_order", "clock"];
    for (source, digest) in &one {
        if !unseeded.contains(&source.as_str()) {
            assert_ne!(&other[source], digest, "{source}");
        }
    }
}
