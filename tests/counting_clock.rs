//! A manifest whose clocks count: elapsed times are the same in each run.

mod environment;

use environment::Environment;

const SCRIPT: &str = "
import queue, subprocess, threading, time

begun = time.perf_counter()
for _ in range(10): time.monotonic()
print('%.6f' % (time.perf_counter() - begun))
begun = time.monotonic()
time.sleep(0.1)
threading.Event().wait(0.1)
try: queue.Queue().get(timeout=0.1)
except queue.Empty: pass
print('%.3f' % (time.monotonic() - begun))
print(time.time(), time.process_time())
# How often it asks whether the program has ended is the host's to say.
subprocess.run(['sleep', '0.1'], timeout=60)
# The faster of two ways, by the clock.
def measured(way):
    begun = time.perf_counter()
    way()
    return time.perf_counter() - begun
print(min(('loop', 'sum'), key=lambda name: measured(lambda: sum(range(10 ** 5)))))
";

#[test]
fn elapsed_times_are_the_same_in_each_run() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("script.py", SCRIPT);
    farm.declare(
        "counting",
        &["python3", "script.py"],
        "outputs = [{ stream = \"stdout\" }]\n[determinism]\n\
         clock = { start = 2026-01-01T00:00:00Z, step = \"1us\" }\n",
    );
    farm.commit("counting");
    let run = || {
        let object = farm.json(0, &["run", "counting", "--force"]);
        let printed = farm.read("results/counting/stdout.log");
        (object["outputs"].clone(), printed)
    };
    let (outputs, printed) = run();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[0], "0.000011");
    assert_eq!(lines[1], "0.300");
    assert!(lines[2].starts_with("1767225600."), "{printed}");
    let (again, _) = run();
    assert_eq!(again, outputs, "{printed}");
}
