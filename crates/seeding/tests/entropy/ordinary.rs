//! Ordinary programs do as they do without the libraries: the same output, the same exit.

use crate::layer::{KEY, Layer};
use std::process::{Command, Output};

/// Asserts that a script of Bash says and answers the same with the libraries and without them.
fn assert_unchanged(layer: &Layer, script: &str) {
    let libraries = format!(
        "{}:{}",
        layer.path("entropy.so").display(),
        layer.path("clock.so").display()
    );
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let run = |mut command: Command| -> (Option<i32>, String, String) {
        command
            .current_dir(folder.path())
            .args(["-c", script])
            .env("HOME", folder.path());
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("a shell");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (status.code(), text(stdout), text(stderr))
    };
    let mut plain = Command::new("/bin/bash");
    plain
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let mut layered = layer.command(KEY, "/bin/bash");
    layered
        .env("LD_PRELOAD", libraries)
        .env("RESOW_ADDRESSES", "fixed");
    assert_eq!(run(layered), run(plain), "{script}");
    assert_eq!(layer.events_of("fault"), Vec::<serde_json::Value>::new());
}

#[test]
fn shells_and_tools_do_as_ever() {
    let layer = Layer::new();
    for script in [
        "exit 7",
        "kill -9 $$",
        "set -e; seq 1000 | sort -rn | head -3; ls /etc | wc -l; false",
        "printf 'a\\nb\\n' | while read x; do echo \"<$x>\"; done; echo ${PIPESTATUS[*]}",
        "x=$(cat <(echo one) <(echo two)); echo \"$x\"; (exit 3); echo $?; echo abc | tr a-c x-z | rev",
        "find /usr/share/doc -maxdepth 1 -name 'b*' | sort | xargs -P 4 -n 5 echo | wc -w",
        "trap 'echo bye' EXIT; sleep 0.05 & wait $!; echo $?; timeout 0.1 sleep 5; echo $?",
        "exec -a other sh -c 'echo $0'; echo never",
        "tar c /etc/hostname 2>/dev/null | tar t; echo text | gzip -n | gunzip; awk 'BEGIN { print 6 * 7 }'",
    ] {
        assert_unchanged(&layer, script);
    }
}

#[test]
fn git_does_as_ever() {
    let layer = Layer::new();
    assert_unchanged(
        &layer,
        "set -e; rm -rf repository; git init -q repository; cd repository; echo a > a; git add a; \
         export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'; \
         git -c user.name=a -c user.email=a@example.org commit -qm first; git log --oneline; \
         git clone -q . ../clone.$$; git fsck; git status --short; rm -rf ../clone.$$",
    );
}

#[test]
fn python_does_as_ever() {
    let layer = Layer::new();
    assert_unchanged(
        &layer,
        "python3 - <<'END'
import concurrent.futures, multiprocessing, os, socket, subprocess, sys, tempfile, threading
print(subprocess.run(['sh', '-c', 'echo out; echo err >&2; exit 5'], capture_output=True))
print(subprocess.run(['env'], env={}, capture_output=True).returncode)
with concurrent.futures.ThreadPoolExecutor(8) as pool: print(sum(pool.map(len, ['a'] * 200)))
with multiprocessing.get_context('fork').Pool(3) as pool: print(sum(pool.map(abs, range(-50, 0))))
a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))
try: subprocess.run(['/nothing'])
except FileNotFoundError as error: print(error)
with tempfile.TemporaryFile() as file: file.write(b'text'); file.seek(0); print(file.read())
print(len(os.urandom(33)), threading.active_count())
child = os.fork()
if child == 0: os._exit(9)
print(os.waitpid(child, 0)[1])
os.execvp('sh', ['sh', '-c', 'exit 4'])
END",
    );
}

/// This test's own program, which is Rust's, with its threads.
#[test]
fn a_rust_program_does_as_ever() {
    let layer = Layer::new();
    let this = std::env::current_exe().expect("this program");
    assert_unchanged(
        &layer,
        &format!("{} --list | sort | tail -n 5", this.display()),
    );
    let run = |command: &mut Command| {
        command
            .args(["lines::", "--test-threads", "4"])
            .output()
            .expect("this program")
            .status
    };
    assert!(run(&mut layer.command(KEY, &this)).success());
}
