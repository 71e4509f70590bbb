//! Real processes, and what they take.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{MemoryLook, MemoryWatch};

const MEBI: u64 = 1 << 20;

/// A python program that goes on by one step a line, and says so.
struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(script: &str) -> Self {
        let begin = "import mmap, os, sys, tempfile, time\n\
            def step():\n  print('done', flush=True)\n  sys.stdin.readline()\n";
        let mut child = Command::new("python3")
            .args(["-c", &format!("{begin}{script}")])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut program = Self {
            child,
            input,
            output,
        };
        program.wait();
        program
    }

    fn wait(&mut self) {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("its output");
        assert_eq!(line, "done\n");
    }

    fn step(&mut self) {
        self.input.write_all(b"\n").expect("it waits");
        self.wait();
    }

    fn watch(&self, file_systems: &[&Path], limit: u64) -> MemoryWatch {
        let open = |path: &&Path| OwnedFd::from(File::open(path).expect("a folder"));
        let file_systems = file_systems.iter().map(open).collect();
        MemoryWatch::new(Pid::from_child(&self.child), file_systems, limit).expect("it lives")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // With its children: it leads a group of its own.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// What is taken as far as the limit makes the watch look closely.
fn over(watch: &mut MemoryWatch) -> u64 {
    match watch.look().expect("readable") {
        MemoryLook::Over(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_one_process_takes_is_seen_and_what_it_gives_back() {
    let mut program = Program::start("step()\nheld = b'x' * (100 << 20)\nstep()\ndel held\nstep()");
    let mut watch = program.watch(&[], 90 * MEBI);
    assert!(
        matches!(watch.look().expect("readable"), MemoryLook::Within(bytes) if bytes < 60 * MEBI)
    );
    program.step();
    assert!((100 * MEBI..160 * MEBI).contains(&over(&mut watch)));
    program.step();
    assert!(matches!(
        watch.look().expect("readable"),
        MemoryLook::Within(_)
    ));
}

#[test]
fn what_children_share_counts_once() {
    let fork = "held = bytearray(os.urandom(1 << 20)) * 100\nfor _ in range(5):\n  if os.fork() == 0: time.sleep(600)\nstep()";
    let program = Program::start(fork);
    // Six processes have the same hundred: whole pages would make six hundred.
    let mut watch = program.watch(&[], 250 * MEBI);
    let look = watch.look().expect("readable");
    assert!(
        matches!(look, MemoryLook::Within(bytes) if (100 * MEBI..200 * MEBI).contains(&bytes)),
        "{look:?}"
    );
}

#[test]
fn memory_that_children_share_by_mapping_counts_once() {
    let share = "held = mmap.mmap(-1, 100 << 20)\nheld.write(b'x' * (100 << 20))\nfor _ in range(3):\n  if os.fork() == 0:\n    \
        sum(held[::4096])\n    time.sleep(600)\ntime.sleep(0.5)\nstep()";
    let program = Program::start(share);
    let taken = over(&mut program.watch(&[], 90 * MEBI));
    assert!((100 * MEBI..250 * MEBI).contains(&taken), "{taken}");
}

#[test]
fn a_file_in_memory_counts_mapped_or_not_and_once() {
    let folder = Path::new("/dev/shm");
    let script = "file = tempfile.TemporaryFile(dir='/dev/shm')\nfile.write(b'x' * (64 << 20))\nfile.flush()\nstep()\n\
        mapped = mmap.mmap(file.fileno(), 64 << 20)\nsum(mapped[::4096])\nstep()";
    let mut program = Program::start(script);
    let mut watch = program.watch(&[folder, folder], 0);
    let unmapped = over(&mut watch);
    assert!(unmapped >= 64 * MEBI);
    program.step();
    let mapped = over(&mut watch);
    assert!(mapped.abs_diff(unmapped) < 40 * MEBI, "{unmapped} {mapped}");
    // Without the file system, it counts by the mapping.
    assert!(over(&mut program.watch(&[], 0)) >= 64 * MEBI);
}

#[test]
fn a_file_without_a_name_counts_mapped_or_not_and_once() {
    let script = "file = os.memfd_create('held')\nstep()\nos.write(file, b'x' * (64 << 20))\n\
        again = os.dup(file)\nif os.fork() == 0: time.sleep(600)\nstep()\n\
        mapped = mmap.mmap(file, 64 << 20)\nsum(mapped[::4096])\nstep()";
    let mut program = Program::start(script);
    let mut watch = program.watch(&[], 0);
    let empty = over(&mut watch);
    program.step();
    let unmapped = over(&mut watch);
    assert!(
        (60 * MEBI..120 * MEBI).contains(&(unmapped - empty)),
        "{empty} {unmapped}"
    );
    program.step();
    let mapped = over(&mut watch);
    assert!(mapped.abs_diff(unmapped) < 40 * MEBI, "{unmapped} {mapped}");
}

#[test]
fn what_has_ended_is_gone_even_before_it_is_reaped() {
    let mut program = Program::start("step()");
    let mut watch = program.watch(&[], MEBI);
    program.child.kill().expect("our own child");
    program.child.wait().expect("our own child");
    assert_eq!(watch.look().expect("readable"), MemoryLook::Gone);

    let mut zombie = Command::new("sh")
        .args(["-c", "read line"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut watch = MemoryWatch::new(Pid::from_child(&zombie), Vec::new(), 0).expect("it lives");
    zombie.kill().expect("our own child");
    while watch.look().expect("readable") != MemoryLook::Gone {
        std::thread::yield_now();
    }
    zombie.wait().expect("our own child");
    assert!(MemoryWatch::new(Pid::from_child(&zombie), Vec::new(), 0).is_err());
}

/// Prints what a look costs; a benchmark, run by name with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_a_look() {
    for processes in [5, 200] {
        let script = format!(
            "held = bytearray(32 << 20)\nfor _ in range({processes} - 1):\n  if os.fork() == 0: time.sleep(600)\nstep()"
        );
        let program = Program::start(&script);
        for (name, limit) in [("quick", u64::MAX), ("shares", 0)] {
            let mut watch = program.watch(&[], limit);
            let begin = std::time::Instant::now();
            for _ in 0..20 {
                watch.look().expect("readable");
            }
            writeln!(
                std::io::stderr(),
                "{processes} processes, {name}: {:?}",
                begin.elapsed() / 20
            )
            .expect("stderr");
        }
    }
}
