//! Threads and forks: what each draws does not depend on which runs first.

use crate::layer::{KEY, Layer, exists};
use std::collections::BTreeSet;

#[test]
fn what_threads_draw_does_not_depend_on_scheduling() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "threads.c", &[]);
    let printed = layer.assert_seeded(&program, &[]);
    for _ in 0..7 {
        assert_eq!(layer.first(KEY, &program, &[]), printed);
    }
    assert_eq!(printed.lines().collect::<BTreeSet<_>>().len(), 25);
}

#[test]
fn threads_may_end_in_every_way() {
    let layer = Layer::new();
    let program = layer.compile("g++", "endings.cpp", &[]);
    let printed = layer.first(KEY, program, &[]);
    assert_eq!(
        printed,
        "cancelled while reading\nleft early\nthrown in a thread\n"
    );
}

#[test]
fn workers_of_python_draw_the_same_each_time() {
    let layer = Layer::new();
    let script = "
import multiprocessing, os, subprocess, sys, threading, time
def work(number):
    time.sleep(int.from_bytes(open('/proc/self/stat', 'rb').read()[-9:], 'big') % 7 / 1000)
    return os.urandom(6).hex()
def main():
    drawn = {}
    threads = [threading.Thread(target=lambda n=n: drawn.update({n: work(n)})) for n in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(sorted(drawn.items()))
    for method in ['fork', 'spawn']:
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.map(work, range(4)))
    many = [subprocess.Popen([sys.executable, '-c', 'import os; print(os.urandom(6).hex())'],
                             stdout=subprocess.PIPE) for _ in range(4)]
    print([one.communicate()[0] for one in many])
    print(os.popen('head -c 4 /dev/urandom | od -An -tx1').read())
if __name__ == '__main__':
    main()
";
    assert!(exists("python3"), "this test needs `python3`");
    let file = layer.path("work.py");
    std::fs::write(&file, script).expect("a script");
    let printed = layer.assert_seeded("python3", &[file.to_str().expect("a path of text")]);
    assert!(printed.lines().count() >= 5, "{printed}");
}
