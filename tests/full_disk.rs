//! A file system that is full, has no inodes left, or cannot be written, at each stage of a run: what is said, that
//! nothing half is left, and that the same command succeeds once there is room.
#![expect(
    clippy::print_stdout,
    reason = "the figures are for whoever reads the log"
)]

mod environment;

#[path = "crash/bench.rs"]
mod bench;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "crash/host.rs"]
mod host;
#[path = "crash/shell_image.rs"]
mod shell_image;
#[path = "crash/small_disk.rs"]
mod small_disk;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use bench::{Bench, NAME};
use environment::{Environment, Transcript};
use small_disk::SmallDisk;

/// Room left on the small file system, in KiB: from none to more than a run needs.
const ROOMS: &[u64] = &[0, 4, 16, 40, 100, 200, 320, 400, 500, 700, 900, 1200];

/// Insists on a message that says where there is no room, and a hint.
fn expect_told(said: &Transcript, disk: &SmallDisk, about: &str) {
    assert_eq!(said.code, 4, "{about}\n{said}");
    assert!(
        said.stderr.contains(&*disk.path().to_string_lossy())
            || said.stderr.contains("/.resow/")
            // A file of the source that is being exported goes by its name there.
            || said.stderr.contains("`code/")
            // So does the place of an input.
            || said.stderr.contains("`data/"),
        "{about}: no place\n{said}"
    );
    assert!(
        said.stderr.to_lowercase().contains("space"),
        "{about}: no reason\n{said}"
    );
    assert!(said.stderr.contains("hint: "), "{about}: no hint\n{said}");
}

/// Runs with less and more room on what is mounted at `place`; returns how often there was too little.
fn sweep_rooms(bench: &Bench<'_>, disk: &SmallDisk) -> usize {
    let mut failures = 0;
    let mut messages = BTreeSet::new();
    for room in ROOMS {
        let about = format!("{room} KiB are left");
        // Each run exports its source anew.
        fs::remove_dir_all(bench.farm.path(".resow/sources")).expect("removed");
        disk.leave_bytes(room << 10);
        let said = bench.try_run();
        disk.leave_all();
        if said.code == 0 {
            continue;
        }
        failures += 1;
        // The command itself may have met the end of the disk: then the run failed, and is recorded.
        if said.code != 3 {
            expect_told(&said, disk, &about);
        }
        let first = said
            .stderr
            .lines()
            .find(|line| line.starts_with("error") || line.contains("exited"));
        messages.extend(first.map(str::to_owned));
        let again = bench.try_run();
        assert_eq!(again.code, 0, "{about}, then freed\n{again}");
        bench.expect_clean(&about);
    }
    println!("{failures} of {} failed: {messages:#?}", ROOMS.len());
    failures
}

#[test]
fn a_store_without_room_root_only() {
    for engine in bench::engines() {
        let environment = Environment::new();
        let bench = Bench::new(&environment, engine, true);
        let disk = SmallDisk::over(&bench.farm.path(".resow"), 8 << 20);
        bench.load_image();
        assert!(sweep_rooms(&bench, &disk) > 3);
    }
}

#[test]
fn results_without_room_root_only() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, "bubblewrap", true);
    let disk = SmallDisk::over(&bench.farm.path("results"), 4 << 20);
    for room in [0, 8, 64, 256] {
        disk.leave_bytes(room << 10);
        let said = bench.try_run();
        expect_told(&said, &disk, "no room for results");
        disk.leave_all();
        // What was recorded is published without another run.
        let again = bench.expect(0, &["run", NAME]);
        assert!(again.stderr.contains("recorded already"), "{again}");
        assert_eq!(bench.farm.read("results/short/stdout.log"), "seed 42\n");
        bench.expect_clean("then freed");
    }
}

#[test]
fn a_cache_of_images_without_room_root_only() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, "bubblewrap", true);
    let roots = environment.path().join("home/.cache/resow");
    fs::remove_dir_all(&roots).expect("removed");
    let disk = SmallDisk::over(&roots, 8 << 20);
    for room in [0, 4, 64, 1000] {
        disk.leave_bytes(room << 10);
        let said = bench.try_run();
        expect_told(&said, &disk, "no room for the image");
        disk.leave_all();
        let left: Vec<PathBuf> = fs::read_dir(roots.join("roots/roots"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
    assert_eq!(bench.try_run().code, 0);
    bench.expect_clean("then freed");
}

#[test]
fn a_store_without_inodes_root_only() {
    let environment = Environment::new();
    let bench = Bench::new(&environment, "bubblewrap", true);
    let disk = SmallDisk::over(&bench.farm.path(".resow"), 8 << 20);
    bench.load_image();
    assert_eq!(bench.try_run().code, 0);
    let mut failures = 0;
    for room in [0, 1, 2, 4, 8, 16, 32] {
        disk.leave_inodes(room);
        let said = bench.try_run();
        disk.leave_all();
        if said.code == 0 {
            continue;
        }
        failures += 1;
        if said.code != 3 {
            expect_told(&said, &disk, &format!("{room} inodes"));
        }
        assert_eq!(bench.try_run().code, 0);
        bench.expect_clean(&format!("{room} inodes, then more"));
    }
    println!("{failures} of 7 failed");
    assert!(failures > 2);
}

#[test]
fn a_store_that_cannot_be_written_root_only() {
    for as_root in [true, false] {
        let environment = Environment::new();
        let bench = Bench::new(&environment, "bubblewrap", as_root);
        let disk = as_root.then(|| SmallDisk::over(&bench.farm.path(".resow"), 16 << 20));
        if as_root {
            bench.load_image();
        }
        bench.run();
        let folders: Vec<_> = fs::read_dir(bench.farm.path(".resow"))
            .expect("a store")
            .map(|entry| entry.expect("readable").path())
            .chain([bench.farm.path(".resow")])
            .filter(|path| path.is_dir())
            .collect();
        let protect = |mode| match &disk {
            Some(disk) => disk.set_read_only(mode == 0o555),
            None => {
                for folder in &folders {
                    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
                    fs::set_permissions(folder, mode).expect("changed");
                }
            }
        };
        protect(0o555);
        bench.expect(0, &["log"]);
        bench.expect(0, &["show", NAME]);
        bench.expect(0, &["fsck"]);
        bench.expect(0, &["check"]);
        let said = bench.try_run();
        assert_eq!(said.code, 4, "{said}");
        assert!(said.stderr.contains(".resow"), "{said}");
        assert!(said.stderr.contains("hint: "), "{said}");
        println!("{said}");
        protect(0o755);
        bench.run();
        bench.expect_clean("writable again");
    }
}
