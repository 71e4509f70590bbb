//! How runs end, and that nothing is left of them.

use std::io;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use resow_executor::docker::Docker;
use resow_executor::engine::EngineError;
use resow_executor::interrupt::Interrupt;
use resow_manifest::outcome::Outcome;
use resow_manifest::quantity::{ByteSize, TimeSpan};

use crate::support::{TestImage, left_of};

#[test]
fn exit_codes_are_passed_on() {
    let image = TestImage::shared();
    for code in [0, 1, 42, 137, 255] {
        let ran = image.shell(&format!("exit {code}"));
        assert_eq!(*ran.outcome(), Outcome::Exited { code });
    }
    // The first process of a container cannot be killed from inside: a child can.
    let ran = image.shell("sh -c 'kill -9 $$'; exit $?");
    assert_eq!(*ran.outcome(), Outcome::Exited { code: 137 });
}

#[test]
fn a_program_that_cannot_start_is_named() {
    let image = TestImage::shared();
    for (program, says) in [
        ("no-such-program", "`no-such-program` is not in the image"),
        ("/no/such/program", "`/no/such/program` is not in the image"),
        (
            "/bin/not-executable",
            "`/bin/not-executable` is not executable",
        ),
        ("/data", "`/data`"),
        (
            "/bin/not-a-program",
            "`/bin/not-a-program` is not a program",
        ),
    ] {
        let (request, _workspace) = image.request(&[program]);
        let ran = image.run(&request);
        let outcome = ran.outcome();
        assert!(
            matches!(outcome, Outcome::NeverStarted { reason } if reason.contains(says)),
            "{outcome:?} {:?}",
            String::from_utf8_lossy(&ran.stderr)
        );
        assert_eq!(left_of(request.run.as_str()), "");
    }
}

#[test]
fn streams_stay_apart_and_whole() {
    let image = TestImage::shared();
    let ran = image.shell(r"printf 'out\000\377\n'; printf 'err\001' >&2; printf 'no newline'");
    assert_eq!(ran.stdout, b"out\0\xff\nno newline");
    assert_eq!(ran.stderr, b"err\x01");
}

#[test]
fn much_output_arrives_whole() {
    let image = TestImage::shared();
    let ran = image.shell("dd if=/dev/zero bs=1M count=50 2>/dev/null; echo end >&2");
    assert_eq!(ran.stdout.len(), 50 << 20);
    assert_eq!(ran.stderr, b"end\n");
    ran.success();
}

#[test]
fn memory_is_limited() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["tail", "/dev/zero"]);
    request.limits.memory = 32 << 20;
    let killed = Outcome::KilledForMemory {
        limit: ByteSize::from_bytes(32 << 20),
    };
    assert_eq!(*image.run(&request).outcome(), killed);

    // A part of the run was killed, and the rest went on as if nothing had happened.
    let (mut request, _workspace) = image.request(&["sh", "-c", "tail /dev/zero; sleep 1; exit 0"]);
    request.limits.memory = 32 << 20;
    assert_eq!(*image.run(&request).outcome(), killed);
}

#[test]
fn time_is_limited() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["sh", "-c", "echo begun; sleep 600"]);
    request.limits.time = Duration::from_secs(1);
    let ran = image.run(&request);
    assert_eq!(
        *ran.outcome(),
        Outcome::TimedOut {
            limit: TimeSpan::from_seconds(1)
        }
    );
    assert_eq!(ran.text(), "begun\n");
    assert_eq!(left_of(request.run.as_str()), "");
}

#[test]
fn the_disk_is_limited() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["sleep", "600"]);
    request.limits.disk = 1000;
    let over = Outcome::OverDiskLimit {
        limit: ByteSize::from_bytes(1000),
    };
    let mut written = 0;
    let ran = image
        .supervised(&request, &Interrupt::default(), &mut || {
            written += 501;
            Ok(written)
        })
        .expect("supervision works");
    assert_eq!(*ran.outcome(), over);

    let (mut request, _workspace) = image.request(&["true"]);
    request.limits.disk = 1000;
    let ran = image
        .supervised(&request, &Interrupt::default(), &mut || Ok(1001))
        .expect("supervision works");
    assert_eq!(*ran.outcome(), over, "a short run is held to its limit too");
}

#[test]
fn a_run_that_cannot_be_supervised_is_stopped_aloud() {
    let image = TestImage::shared();
    let (request, _workspace) = image.request(&["sleep", "600"]);
    let result = image.supervised(&request, &Interrupt::default(), &mut || {
        Err(io::Error::other("blind"))
    });
    assert!(matches!(result, Err(EngineError::Supervision { .. })));
    assert_eq!(left_of(request.run.as_str()), "");
}

#[test]
fn an_interrupt_removes_everything_within_two_seconds() {
    let image = TestImage::shared();
    let (request, _workspace) = image.request(&["sh", "-c", "trap '' TERM INT; sleep 600"]);
    let interrupt = Interrupt::default();
    thread::scope(|scope| {
        let run = scope.spawn(|| image.supervised(&request, &interrupt, &mut || Ok(0)));
        thread::sleep(Duration::from_millis(1500));
        assert_ne!(left_of(request.run.as_str()), "", "it runs");
        let asked = Instant::now();
        interrupt.flag().store(true, Ordering::Relaxed);
        let ran = run
            .join()
            .expect("no panic")
            .expect("an interrupt is an outcome");
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{:?}",
            asked.elapsed()
        );
        assert_eq!(*ran.outcome(), Outcome::Interrupted);
        assert!(ran.isolation.is_some());
    });
    assert_eq!(left_of(request.run.as_str()), "");
}

#[test]
fn an_interrupt_at_any_moment_leaves_nothing() {
    let image = TestImage::shared();
    for after in [0, 10, 30, 60, 100, 150] {
        let (request, _workspace) = image.request(&["sleep", "600"]);
        let interrupt = Interrupt::default();
        thread::scope(|scope| {
            let run = scope.spawn(|| image.supervised(&request, &interrupt, &mut || Ok(0)));
            thread::sleep(Duration::from_millis(after));
            interrupt.flag().store(true, Ordering::Relaxed);
            let ran = run
                .join()
                .expect("no panic")
                .expect("an interrupt is an outcome");
            assert_eq!(*ran.outcome(), Outcome::Interrupted);
        });
        assert_eq!(left_of(request.run.as_str()), "", "after {after} ms");
    }
}

#[test]
fn an_interrupt_acts_while_nobody_reads_the_output() {
    let image = TestImage::shared();
    let (request, _workspace) = image.request(&["sh", "-c", "while true; do echo more; done"]);
    let interrupt = Interrupt::default();
    let run = request.run.clone();
    let mut first = true;
    let execution = image
        .engine
        .execute(
            &request,
            &mut |_| {
                if std::mem::take(&mut first) {
                    interrupt.flag().store(true, Ordering::Relaxed);
                    thread::sleep(Duration::from_secs(4));
                    assert_eq!(
                        left_of(run.as_str()),
                        "",
                        "gone though this event still lasts"
                    );
                }
            },
            &interrupt,
            &mut || Ok(0),
        )
        .expect("an interrupt is an outcome");
    assert_eq!(execution.outcome, Outcome::Interrupted);
}

#[test]
fn a_panic_of_the_caller_leaves_nothing() {
    let image = TestImage::shared();
    let (request, _workspace) = image.request(&["sh", "-c", "echo out; sleep 600"]);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        image.engine.execute(
            &request,
            &mut |_| panic!("the sink breaks"),
            &Interrupt::default(),
            &mut || Ok(0),
        )
    }));
    assert!(result.is_err());
    assert_eq!(left_of(request.run.as_str()), "");
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let image = TestImage::shared();
    thread::scope(|scope| {
        let runs = [1, 2].map(|number| {
            let image = &image;
            scope.spawn(move || image.shell(&format!("sleep 1; echo {number}")).success())
        });
        let texts = runs.map(|run| run.join().expect("no panic"));
        assert_eq!(texts, ["1\n", "2\n"]);
    });
}

#[test]
fn an_engine_that_is_not_there_is_unreachable() {
    let refusal = Docker::connect(Some("unix:///nonexistent/docker.sock"));
    assert!(matches!(refusal, Err(EngineError::Unreachable { .. })));
    let refusal = Docker::connect(Some("tcp://127.0.0.1:1")).expect_err("nobody listens there");
    assert!(matches!(refusal, EngineError::Unreachable { .. }));
    assert!(refusal.hint().is_some());
}

#[test]
fn more_processors_than_there_are_is_refused() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["true"]);
    request.cpus = 4096;
    assert!(matches!(
        image.try_run(&request),
        Err(EngineError::TooFewProcessors { wanted: 4096, .. })
    ));
}
