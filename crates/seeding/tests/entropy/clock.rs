//! The wall clock stands; everything that measures or waits goes on.

use crate::instant::Instant;
use crate::layer::{KEY, Layer, exists, printed};
use proptest::prelude::*;

fn at(seconds: i64, nanoseconds: i64) -> Instant {
    Instant {
        seconds,
        nanoseconds,
    }
}

#[test]
fn instants_are_read() {
    assert_eq!(
        Instant::parse(b"1600000000.000000007"),
        Some(at(1_600_000_000, 7))
    );
    assert_eq!(Instant::parse(b"-5.000000000"), Some(at(-5, 0)));
    for text in [
        &b"1600000000"[..],
        b"1.5",
        b"a.000000000",
        b"1.+00000000",
        b"\xff.000000000",
    ] {
        assert_eq!(Instant::parse(text), None);
    }
}

#[test]
fn an_instant_is_nearer_to_what_is_fewer_seconds_away() {
    assert!(at(50, 0).is_nearer(at(40, 0), at(1_600_000_000, 0)));
    assert!(!at(1_600_000_050, 0).is_nearer(at(40, 0), at(1_600_000_000, 0)));
    assert!(!at(i64::MIN, 0).is_nearer(at(i64::MAX, 0), at(0, 0)));
}

proptest! {
    #[test]
    fn a_wait_lasts_as_long_as_was_meant(
        standing in (0_i64..1 << 40, 0_i64..1_000_000_000),
        running in (0_i64..1 << 40, 0_i64..1_000_000_000),
        wait in 0_i64..1_000_000_000_000,
    ) {
        let total = |instant: Instant| i128::from(instant.seconds) * 1_000_000_000 + i128::from(instant.nanoseconds);
        let (standing, running) = (at(standing.0, standing.1), at(running.0, running.1));
        let deadline = total(standing) + i128::from(wait);
        let deadline = at((deadline / 1_000_000_000) as i64, (deadline % 1_000_000_000) as i64);
        let translated = deadline.translate(standing, running);
        prop_assert!(translated.is_valid());
        prop_assert_eq!(total(translated) - total(running), i128::from(wait));
    }

    #[test]
    fn a_deadline_beyond_all_time_is_no_mistake(seconds: i64, nanoseconds in 0_i64..1_000_000_000, now: i64) {
        let translated = at(seconds, nanoseconds).translate(at(now.max(0), 0), at(1_800_000_000, 0));
        prop_assert!(translated.is_valid());
    }
}

fn assert_stands(layer: &Layer, program: &std::path::Path, libraries: &str, seconds: i64) {
    let mut command = layer.command(KEY, program);
    command
        .env("LD_PRELOAD", libraries)
        .env("RESOW_CLOCK", format!("{seconds}.123456789"));
    let printed = printed(&mut command);
    for line in printed.lines() {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["time", time] => assert_eq!(time, format!("{seconds}.123456789")),
            ["day", time] => assert_eq!(time, format!("{seconds}.123456")),
            ["seconds", time] => assert_eq!(time, seconds.to_string()),
            ["past", answer] => assert_eq!(answer, "110"),
            [what, answer, milliseconds] => {
                assert_eq!(
                    answer,
                    if what == "sleep" { "0" } else { "110" },
                    "{printed}"
                );
                let milliseconds: u64 = milliseconds.parse().expect("a number");
                assert!((190..5000).contains(&milliseconds), "{printed}");
            }
            _ => panic!("{line}"),
        }
    }
    assert!(printed.lines().count() >= 15, "{printed}");
}

#[test]
fn the_wall_clock_stands_and_waits_last_as_long_as_meant() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "clock.c", &[]);
    let (entropy, clock) = (layer.path("entropy.so"), layer.path("clock.so"));
    for seconds in [0, 1_000_000_000, 4_000_000_000] {
        assert_stands(&layer, &program, &clock.display().to_string(), seconds);
    }
    let both = format!("{}:{}", entropy.display(), clock.display());
    assert_stands(&layer, &program, &both, 1_600_000_000);
    let both = format!("{}:{}", clock.display(), entropy.display());
    assert_stands(&layer, &program, &both, 1_600_000_000);
}

#[test]
fn python_waits_under_a_standing_clock() {
    let layer = Layer::new();
    assert!(exists("python3"), "this test needs `python3`");
    let script = "
import threading, time, queue, asyncio, subprocess
start = time.monotonic()
lock = threading.Lock(); lock.acquire()
assert not lock.acquire(timeout=0.1)
assert not threading.Event().wait(0.1)
try: queue.Queue().get(timeout=0.1)
except queue.Empty: pass
asyncio.run(asyncio.sleep(0.1))
time.sleep(0.1)
subprocess.run(['sleep', '0.1'], timeout=60)
took = time.monotonic() - start
assert 0.55 < took < 20, took
print(time.time(), time.strftime('%Y-%m-%d', time.gmtime()))
";
    let libraries = format!(
        "{}:{}",
        layer.path("entropy.so").display(),
        layer.path("clock.so").display()
    );
    let mut command = layer.command(KEY, "python3");
    command
        .args(["-c", script])
        .env("LD_PRELOAD", libraries)
        .env("RESOW_CLOCK", "1600000000.500000000");
    assert_eq!(printed(&mut command), "1600000000.5 2020-09-13\n");
}
