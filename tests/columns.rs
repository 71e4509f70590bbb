//! HDF5 and Parquet through the real binary: read by a process of its own, whatever the files are.

mod environment;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use environment::{Environment, Repository, checkout};

fn folder() -> PathBuf {
    checkout().join("crates/verifier/tests/files/columns")
}

/// A folder with the files in it.
fn with_files<'a>(environment: &'a Environment, names: &[&str]) -> Repository<'a> {
    let farm = environment.repository("farm");
    for name in names {
        farm.write(name, fs::read(folder().join(name)).expect("a sample"));
    }
    farm
}

#[test]
fn what_is_stored_in_another_way_is_equivalent_and_one_bit_is_found() {
    let environment = Environment::new();
    let names = ["h5", "keras", "parquet"]
        .map(|kind| ["first", "again", "changed"].map(|name| format!("{name}.{kind}")));
    let all: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    let farm = with_files(&environment, &all);
    for ([first, again, changed], place) in names.iter().zip([
        "dense/kernel",
        "model.weights.h5!layers/dense/vars/0",
        "loss",
    ]) {
        let same = farm.expect(0, &["diff", first, again]);
        assert!(same.stdout.contains("\nequivalent: "), "{same}");
        let other = farm.expect(1, &["diff", first, changed]);
        assert!(other.stdout.contains(&format!("{place}: ")), "{other}");
        let answer = farm.json(1, &["diff", first, changed]);
        let differences = &answer["comparison"]["differences"];
        assert_eq!(differences.as_array().map(Vec::len), Some(1), "{answer}");
        assert_eq!(differences[0]["place"], place, "{answer}");
    }
    // Folders as well.
    for side in ["left", "right"] {
        let name = if side == "left" { "first" } else { "again" };
        let from = folder().join(format!("{name}.parquet"));
        farm.write(
            &format!("{side}/table.parquet"),
            fs::read(from).expect("a sample"),
        );
    }
    let folders = farm.expect(0, &["diff", "left", "right"]);
    assert!(folders.stdout.contains("equivalent"), "{folders}");
}

#[test]
fn what_is_not_read_is_compared_as_bytes_and_says_why() {
    let environment = Environment::new();
    let names = [
        "references.h5",
        "terabytes.h5",
        "lzf.h5",
        "plain_brotli.parquet",
    ];
    let farm = with_files(&environment, &names);
    for name in names {
        let mut longer = fs::read(folder().join(name)).expect("a sample");
        // Behind the end of HDF5, or in the middle of what Parquet packs.
        match name.ends_with("h5") {
            true => longer.push(0),
            false => longer[9] ^= 1,
        }
        let other = format!("other_{name}");
        farm.write(&other, longer);
        let answer = farm.json(1, &["diff", name, &other]);
        let comparison = &answer["comparison"];
        assert_eq!(comparison["format"], "bytes", "{answer}");
        assert!(comparison["unreadable"].is_string(), "{answer}");
    }
}

#[test]
fn a_file_that_promises_more_than_there_is_takes_neither_memory_nor_time() {
    let environment = Environment::new();
    let names = ["plain.h5", "plain_none.parquet"];
    let farm = with_files(&environment, &names);
    // Shape and chunks of terabytes, in place of the shape that is there.
    let mut bytes = fs::read(folder().join("plain.h5")).expect("a sample");
    let shape = [3_u64.to_le_bytes(), 4_u64.to_le_bytes()].concat();
    let at = bytes
        .windows(16)
        .position(|window| window == shape)
        .expect("the shape");
    bytes[at..at + 8].copy_from_slice(&(1_u64 << 40).to_le_bytes());
    farm.write("vast.h5", bytes);
    let answer = farm.json(1, &["diff", "plain.h5", "vast.h5"]);
    assert!(answer["comparison"]["unreadable"].is_string(), "{answer}");
    // The footer's length.
    let mut bytes = fs::read(folder().join("plain_none.parquet")).expect("a sample");
    let at = bytes.len() - 8;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    farm.write("vast.parquet", bytes);
    let answer = farm.json(1, &["diff", "plain_none.parquet", "vast.parquet"]);
    assert!(answer["comparison"]["unreadable"].is_string(), "{answer}");
}

/// Runs the process that reads, as resow does; whether it came to an end by itself and without being ended for time.
fn read_apart(format: &str, file: &Path, length: usize) -> (Option<i32>, Vec<u8>) {
    let output = Command::new(env!("CARGO_BIN_EXE_resow"))
        .args(["read-content", format, "0", &length.to_string()])
        .env_clear()
        .stdin(File::open(file).expect("a file"))
        .stderr(Stdio::null())
        .output()
        .expect("it starts");
    (output.status.code(), output.stdout)
}

#[test]
fn every_file_that_is_cut_or_has_another_byte_comes_to_a_clear_end() {
    // Every byte of the small ones; of the one that has much room in it, every seventh.
    let names = [
        ("plain.h5", 7),
        ("plain_latest.h5", 1),
        ("plain_snappy.parquet", 1),
    ];
    let read = |name: &str, step: usize| {
        let format = if name.ends_with("h5") {
            "hdf5"
        } else {
            "parquet"
        };
        let whole = fs::read(folder().join(name)).expect("a sample");
        let environment = Environment::new();
        let file = environment.path().join("file");
        let end = |bytes: &[u8]| {
            let mut written = File::create(&file).expect("a file");
            written.write_all(bytes).expect("room");
            read_apart(format, &file, bytes.len())
        };
        let (code, stream) = end(&whole);
        assert_eq!((code, stream.last()), (Some(0), Some(&b'Z')), "{name}");
        for length in (0..whole.len()).step_by(step) {
            let (code, cut) = end(&whole[..length]);
            // Ended by nobody: a panic has an exit code.
            assert!(code.is_some(), "{name} cut to {length}");
            assert_ne!(cut, stream, "{name} cut to {length}");
        }
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            let (code, _) = end(&bytes);
            assert!(code.is_some(), "{name} with another byte at {at}");
        }
    };
    thread::scope(|scope| {
        for (name, step) in names {
            scope.spawn(move || read(name, step));
        }
    });
}

#[test]
fn the_process_that_reads_has_nothing_else() {
    let environment = Environment::new();
    let farm = with_files(&environment, &["plain.h5"]);
    // What is no such request is refused without a word.
    for arguments in [
        &["read-content"][..],
        &["read-content", "json", "0", "1"],
        &["read-content", "hdf5", "0", "x"],
        &["read-content", "hdf5", "5000", "5000"],
    ] {
        let refused = farm.resow(arguments);
        assert_ne!(refused.code, 0, "{refused}");
        assert_eq!(refused.stdout, "", "{refused}");
    }
    // Nobody is told of it.
    let help = farm.expect(0, &["--help"]);
    assert!(!help.stdout.contains("read-content"), "{help}");
}

/// Writes a table that says, each time, that another program wrote it.
fn script(table: &[u8]) -> String {
    let digits: String = table.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "python3 - <<'PYTHON'\n\
         import time\n\
         table = bytes.fromhex(\"{digits}\")\n\
         writer = b\"written-%09d\" % (time.time_ns() % 10**9)\n\
         open(\"table.parquet\", \"wb\").write(table.replace(b\"parquet-cpp-arrow\", writer))\n\
         PYTHON\n"
    )
}

#[test]
fn a_manifest_that_compares_by_content_lets_another_writer_pass() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    let table = fs::read(folder().join("plain_none.parquet")).expect("a sample");
    let outputs = "[[outputs]]\npath = \"table.parquet\"\ncompare = \"auto\"\n";
    farm.experiment("table", &script(&table), outputs);
    farm.commit("table");
    farm.expect(0, &["run", "table"]);
    farm.expect(0, &["claim", "table"]);
    farm.commit("what it gave");
    let teammate = farm.clone_as("teammate");
    for place in [&farm, &teammate] {
        let verified = place.expect(0, &["verify", "table"]);
        assert!(verified.stdout.contains("table: equivalent"), "{verified}");
    }
}
