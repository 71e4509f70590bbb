//! Every clock counts its reads; everything that waits ends.

use crate::instant::Instant;
use crate::layer::{KEY, Layer, exists, printed};
use proptest::prelude::*;
use std::path::Path;
use std::process::Command;

const CLOCK: &str = "1767225600.000000000+1000";

/// What `counting.c` prints: 13 reads in the first process before its threads, by steps of a microsecond.
const TOLD: &str = "\
wall 1767225600.000001000
coarse 1767225600.000002000
monotonic 1000.000003000
raw 1000.000004000
boot 1000.000005000
process 0.000006000
thread 0.000007000
call 1000.000008000
timespec_get 1767225600.000009000
gettimeofday 1767225600.000010
time 1767225600
clock 12
usage 0.000013 0.000000
times 100000 0
first 1000.000015000
first 1000.000016000
second 1000.000015000
second 1000.000016000
maker 1000.000015000
child 1000.000016000
nanosleep 1000.100016000
usleep 1000.200017000
clock_nanosleep 1000.300018000
thrd_sleep 1000.400019000
poll 1000.500020000
ppoll 1000.600021000
select 1000.700022000
pselect 1000.800023000
epoll 1000.900024000
at once 1000.900025000
process 0.000026000
";

fn under(layer: &Layer, program: impl AsRef<Path>, libraries: &[&str], clock: &str) -> Command {
    let paths = libraries
        .iter()
        .map(|name| layer.path(name).display().to_string());
    let preloaded = paths.collect::<Vec<_>>().join(":");
    let mut command = layer.command(KEY, program);
    command
        .env("LD_PRELOAD", preloaded)
        .env("RESOW_CLOCK", clock);
    command
}

#[test]
fn every_clock_counts_its_reads_in_each_thread() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "counting.c", &[]);
    for libraries in [
        &["clock.so"][..],
        &["entropy.so", "clock.so"],
        &["clock.so", "entropy.so"],
    ] {
        let told = printed(&mut under(&layer, &program, libraries, CLOCK));
        assert_eq!(told, TOLD, "{libraries:?}");
    }
}

#[test]
fn every_clock_counts_with_musl() {
    if !exists("musl-gcc") {
        // `compilers_loads_with_musl` says so.
        return;
    }
    let layer = Layer::new();
    let program = layer.compile("musl-gcc", "counting.c", &[]);
    let libraries = ["entropy.so", "clock.so"];
    let told = printed(&mut under(&layer, program, &libraries, CLOCK));
    assert_eq!(told, TOLD);
}

#[test]
fn waits_last_as_long_as_meant_where_clocks_count() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "clock.c", &[]);
    let libraries = ["entropy.so", "clock.so"];
    // On the clock of the program, which counts: what a wait came to is known to the microsecond.
    for start in [
        "0.000000000",
        "1767225600.500000000",
        "4000000000.000000000",
    ] {
        let clock = format!("{start}+1000");
        let begun = std::time::Instant::now();
        let told = printed(&mut under(&layer, &program, &libraries, &clock));
        let waits = told.lines().filter(|line| line.starts_with("wait "));
        let waits: Vec<_> = waits.collect();
        assert!(waits.len() >= 6, "{told}");
        for wait in &waits {
            assert_eq!(*wait, "wait 110 200", "{told}");
        }
        assert!(told.contains("\nsleep 0 200\n"), "{told}");
        assert!(told.contains("\npast 110\n"), "{told}");
        let waited = begun.elapsed().as_millis();
        assert!(waited >= 190 * (waits.len() as u128 + 1), "{waited} {told}");
        assert_eq!(
            told,
            printed(&mut under(&layer, &program, &libraries, &clock))
        );
    }
}

#[test]
fn python_counts_and_waits_end() {
    let layer = Layer::new();
    assert!(exists("python3"), "this test needs `python3`");
    let script = "
import asyncio, concurrent.futures, multiprocessing, os, queue, select, subprocess, threading, time

first = time.perf_counter()
print('step', round((time.perf_counter() - first) * 1e6))
def took(what, act):
    begun = time.monotonic()
    act()
    print(what, '%.3f' % (time.monotonic() - begun))
took('sleep', lambda: time.sleep(0.1))
lock = threading.Lock(); lock.acquire()
took('lock', lambda: lock.acquire(timeout=0.1))
took('event', lambda: threading.Event().wait(0.1))
def empty():
    try: queue.Queue().get(timeout=0.1)
    except queue.Empty: pass
took('queue', empty)
took('select', lambda: select.select([os.pipe()[0]], [], [], 0.1))
took('asyncio', lambda: asyncio.run(asyncio.sleep(0.1)))
subprocess.run(['sleep', '0.1'], timeout=60)
def late():
    try: subprocess.run(['sleep', '600'], timeout=0.3)
    except subprocess.TimeoutExpired: print('late')
late()
process = multiprocessing.get_context('fork').Process(target=time.sleep, args=(0.1,))
process.start(); process.join(timeout=60); print('joined', process.exitcode)
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print('pool', pool.submit(pow, 2, 5).result(timeout=60))

# Threads that want Python's lock wait for each other by the clock: their own clocks know nothing of it.
def work():
    told = [time.perf_counter() for _ in range(3)]
    for _ in range(1000000): pass
    told += [time.perf_counter() for _ in range(3)]
    measured.append(round((told[-1] - told[0]) * 1e6))
measured = []
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('threads', measured)
print('wall', time.strftime('%Y-%m-%d', time.gmtime()))
";
    let run = || {
        let libraries = ["entropy.so", "clock.so"];
        let mut command = under(&layer, "python3", &libraries, CLOCK);
        printed(command.args(["-c", script]))
    };
    let expected = "\
step 1
sleep 0.100
lock 0.100
event 0.100
queue 0.100
select 0.100
asyncio 0.100
late
joined 0
pool 32
threads [5, 5, 5, 5]
wall 2026-01-01
";
    assert_eq!(run(), expected);
    assert_eq!(run(), expected);
}

#[test]
fn a_step_is_read_with_the_instant() {
    let read = |text: &str| Instant::parse_with_step(text.as_bytes());
    let at = |seconds, nanoseconds| Instant {
        seconds,
        nanoseconds,
    };
    assert_eq!(read("5.000000007+20"), Some((at(5, 7), 20)));
    assert_eq!(read("5.000000007"), Some((at(5, 7), 0)));
    for text in [
        "5.000000007+",
        "5.000000007+-1",
        "5+1",
        "+1",
        "5.000000007++1",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn later_and_since_are_each_others_opposites(
        seconds in 0_i64..1 << 40,
        nanoseconds in 0_i64..1_000_000_000,
        passed in 0_u64..1 << 60,
    ) {
        let instant = Instant { seconds, nanoseconds };
        let later = instant.later(passed);
        prop_assert!(later.is_valid());
        prop_assert_eq!(later.since(instant), passed);
        prop_assert_eq!(instant.since(later), 0);
    }
}
