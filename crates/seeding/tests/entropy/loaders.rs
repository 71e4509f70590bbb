//! Loading: under musl, and under the C libraries of old images where the caller names them.

use crate::layer::{KEY, Layer, exists, printed};
use std::env;
use std::process::Command;

/// A variable that says to go on where `musl-gcc` is absent.
const WITHOUT_MUSL: &str = "RESOW_TEST_WITHOUT_MUSL";

#[test]
fn compilers_loads_with_musl() {
    if !exists("musl-gcc") {
        assert!(
            env::var_os(WITHOUT_MUSL).is_some(),
            "this test needs `musl-gcc` (Debian's `musl-tools`); `{WITHOUT_MUSL}=1` goes on without it"
        );
        return;
    }
    let layer = Layer::new();
    let program = layer.compile("musl-gcc", "draw.c", &[]);
    for way in [
        "getrandom",
        "getentropy",
        "syscall",
        "open",
        "dup",
        "readv",
        "fopen",
        "fdopen",
        "getc",
        "arc4random",
    ] {
        layer.assert_seeded(&program, &[way]);
    }
    layer.assert_seeded(layer.compile("musl-gcc", "threads.c", &[]), &[]);
    let starts = layer.compile("musl-gcc", "starts.c", &[]);
    for way in [
        "system",
        "popen",
        "posix_spawn",
        "execvp",
        "execlp",
        "execle",
    ] {
        layer.assert_seeded(&starts, &[way, "head -c 8 /dev/urandom | od -An -tx1"]);
    }
    let clock = layer.compile("musl-gcc", "clock.c", &[]);
    let mut command = layer.command(KEY, clock);
    command
        .env("LD_PRELOAD", layer.path("clock.so"))
        .env("RESOW_CLOCK", "1000000000.000000000");
    let told = printed(&mut command);
    assert!(told.starts_with("time 1000000000.000000000\n"), "{told}");
    let facts = layer.compile("musl-gcc", "facts.c", &[]);
    let fixed = || {
        printed(
            layer
                .command(KEY, &facts)
                .env("RESOW_ADDRESSES", "fixed")
                .env("RESOW_PROCESSORS", "5"),
        )
    };
    let told = fixed();
    assert!(told.starts_with("5 5 5 5 "), "{told}");
    assert_eq!(fixed(), told);
}

/// The folders of unpacked old images, separated by colons, to load the libraries in; each has `sh`, `head` and `od`.
const OLD_ROOTS: &str = "RESOW_TEST_OLD_ROOTS";

#[test]
#[ignore = "needs old images, unpacked into the folders that `RESOW_TEST_OLD_ROOTS` names"]
fn loads_in_old_images() {
    let roots = env::var(OLD_ROOTS).expect("`RESOW_TEST_OLD_ROOTS`");
    for root in roots.split(':') {
        let layer = Layer::new();
        let draw = "head -c 8 /dev/urandom | od -An -tx1";
        let run = || {
            layer.forget();
            let folder = layer.path("");
            let mut command = Command::new("bwrap");
            command.args([
                "--bind", root, "/", "--dev", "/dev", "--proc", "/proc", "--bind",
            ]);
            command.arg(&folder).arg("/run/resow").args(["--clearenv"]);
            for (name, value) in [
                ("PATH", "/usr/bin:/bin"),
                ("LD_PRELOAD", "/run/resow/entropy.so:/run/resow/clock.so"),
                ("RESOW_ENTROPY", KEY),
                ("RESOW_CLOCK", "1000000000.000000000"),
            ] {
                command.args(["--setenv", name, value]);
            }
            printed(command.args(["/bin/sh", "-c", draw]))
        };
        assert_eq!(run(), run(), "{root}");
    }
}
