//! The Python layer in real processes of this machine's `python3`: its standard library, start-up and reports.

mod python_support;

use std::fs;

use python_support::{Folder, Layer};
use sha2::{Digest as _, Sha256};

/// Draws of `random` with the seed 42, by Python itself.
const DRAW_42: &str = "0.6394267984578837";

#[test]
fn random_has_the_manifests_seed() {
    let run = Layer::new("random").run(&["-c", "import random; print(random.random())"]);
    assert_eq!(run.stdout, format!("{DRAW_42}\n"));
    assert_eq!(run.of_kind("language").len(), 1);
    assert_eq!(run.of_kind("language")[0]["name"], "python");
    assert_eq!(run.names("library"), ["random"]);
    assert_eq!(run.of_kind("fault").len(), 0);
}

#[test]
fn without_a_seed_nothing_is_done() {
    let run = Layer::new("without-seed").without("RESOW_SEED").run(&[
        "-c",
        "import os, random, sys; print(type(os.listdir).__name__, 'resow_layer.import_hook' in sys.modules)",
    ]);
    assert_eq!(run.stdout, "builtin_function_or_method False\n");
    assert!(run.events.is_empty());
}

#[test]
fn options_that_bypass_the_layer_leave_no_mark() {
    for option in ["-I", "-E", "-S"] {
        let run = Layer::new(&format!("bypass{option}")).run(&[
            option,
            "-c",
            "import random; print(random.random())",
        ]);
        assert_ne!(run.stdout, format!("{DRAW_42}\n"), "{option}");
        assert!(run.events.is_empty(), "{option}");
    }
}

#[test]
fn every_way_to_start_python_is_reached() {
    let folder = Folder::new("ways");
    folder.write("script.py", "import random; print(random.random())");
    folder.write(
        "test_script.py",
        "import unittest, script\nclass Case(unittest.TestCase): pass",
    );
    let layer = Layer::new("ways-layer").in_folder(&folder);
    assert_eq!(layer.run(&["script.py"]).stdout, format!("{DRAW_42}\n"));
    assert_eq!(layer.run(&["-m", "script"]).stdout, format!("{DRAW_42}\n"));
    assert_eq!(
        layer.run(&["-m", "unittest", "test_script"]).stdout,
        format!("{DRAW_42}\n")
    );
    assert_eq!(
        layer.run_with_input(&["-"], "import script").stdout,
        format!("{DRAW_42}\n")
    );
}

#[test]
fn a_subinterpreter_is_seeded_as_its_process() {
    let run = Layer::new("subinterpreter").run(&[
        "-c",
        "try: import _interpreters as subinterpreters
except ImportError: import _xxsubinterpreters as subinterpreters
made = subinterpreters.create()
failed = subinterpreters.run_string(made, 'import random; print(random.random(), flush=True)')
assert not failed, failed",
    ]);
    assert_eq!(run.stdout, format!("{DRAW_42}\n"), "{}", run.stderr);
}

#[test]
fn a_virtual_environment_is_seeded() {
    let folder = Folder::new("environment");
    let layer = Layer::new("environment-layer").in_folder(&folder);
    let made = layer.run(&["-m", "venv", "--without-pip", "made"]);
    assert_eq!(made.status, Some(0), "{}", made.stderr);
    let run = layer.with_program(folder.path("made/bin/python")).run(&[
        "-c",
        "import random, sys; assert sys.prefix != sys.base_prefix; print(random.random())",
    ]);
    assert_eq!(run.stdout, format!("{DRAW_42}\n"));
    assert_eq!(run.of_kind("language").len(), 1);
}

#[test]
fn the_images_own_start_up_module_runs_too() {
    let folder = Folder::new("chain");
    folder.write(
        "sitecustomize.py",
        "import random; print('the image', random.random())",
    );
    let run = Layer::new("chain-layer").and_path(&folder).run(&[
        "-c",
        "import sitecustomize, sys; print(sitecustomize.__file__); print([p for p in sys.path if 'seeding' in p])",
    ]);
    let own = folder.path("sitecustomize.py");
    assert_eq!(
        run.stdout,
        format!("the image {DRAW_42}\n{}\n[]\n", own.display())
    );

    folder.write("sitecustomize.py", "raise ValueError('of the image')");
    let run = Layer::new("chain-fails")
        .and_path(&folder)
        .run(&["-c", "import random; print(random.random())"]);
    assert_eq!(run.stdout, format!("{DRAW_42}\n"));
    assert!(
        run.stderr.contains("ValueError: of the image"),
        "{}",
        run.stderr
    );
    assert_eq!(run.of_kind("fault").len(), 0);
}

#[test]
fn a_library_that_changed_shape_is_a_fault_and_the_run_goes_on() {
    let folder = Folder::new("changed");
    folder.write("uuid.py", "def uuid4(): return 'changed'");
    let run = Layer::new("changed-layer")
        .and_path(&folder)
        .run(&["-c", "import uuid; print(uuid.uuid4())"]);
    assert_eq!(run.stdout, "changed\n");
    assert_eq!(run.status, Some(0));
    assert_eq!(run.of_kind("fault").len(), 1);
    assert_eq!(run.of_kind("fault")[0]["what"], "uuid");
    assert!(
        run.of_kind("fault")[0]["message"]
            .as_str()
            .expect("a text")
            .starts_with("AttributeError: ")
    );
}

#[test]
fn a_layer_that_cannot_start_leaves_a_fault_and_no_mark() {
    let folder = Folder::new("broken");
    python_support::copy(&python_support::layer_folder(), folder.as_ref());
    folder.write("resow_layer/import_hook.py", "this is no Python");
    let run = Layer::new("broken-layer")
        .with_folder(&folder)
        .run(&["-c", "print('runs on')"]);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("runs on\n", "")
    );
    assert_eq!(run.of_kind("language").len(), 0);
    assert_eq!(run.of_kind("fault").len(), 1);
}

#[test]
fn without_a_file_for_events_the_program_runs_on() {
    let run = Layer::new("no-events")
        .set("RESOW_EVENTS", "/nowhere/events")
        .run(&["-c", "import random; print(random.random())"]);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        (format!("{DRAW_42}\n").as_str(), "")
    );
}

#[test]
fn children_of_every_kind_are_seeded() {
    let folder = Folder::new("children");
    folder.write(
        "children.py",
        "import multiprocessing, os, random, subprocess, sys
def draw(queue): queue.put((random.random(), type(os.scandir).__name__))
if __name__ == '__main__':
    code = 'import random; print(random.random())'
    print(subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE).stdout.decode().strip())
    for method in ('spawn', 'forkserver'):
        context = multiprocessing.get_context(method)
        queue = context.SimpleQueue()
        child = context.Process(target=draw, args=(queue,))
        child.start(); print(*queue.get()); child.join()",
    );
    let run = Layer::new("children-layer")
        .in_folder(&folder)
        .run(&["children.py"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], DRAW_42);
    assert_eq!(lines[1], format!("{DRAW_42} Replacement"), "spawn");
    assert!(lines[2].ends_with(" Replacement"), "forkserver");
    assert!(run.of_kind("language").len() >= 4, "{:?}", run.events);
}

#[test]
fn pools_draw_the_same_under_load_whichever_worker_takes_a_task() {
    let script = python_support::script("pools.py");
    let script = script.to_str().expect("a path in UTF-8");
    let layer = Layer::new("pools").preloaded();
    let load = python_support::Load::start();
    let runs: Vec<_> = (0..5)
        .map(|_| layer.run(&[script, "fork", "spawn"]))
        .collect();
    drop(load);
    for run in &runs {
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert_eq!(run.of_kind("fault").len(), 0, "{:?}", run.of_kind("fault"));
        assert!(run.stdout.contains("spawn executor, chunks"));
        assert_eq!(run.stdout, runs[0].stdout);
    }
    let other = Layer::new("pools-43")
        .preloaded()
        .set("RESOW_SEED", "43")
        .run(&[script, "fork", "spawn"]);
    for (first, second) in runs[0].stdout.lines().zip(other.stdout.lines()) {
        // Threads that a program makes for itself have streams by the key that the run is handed, which is the same.
        if !first.starts_with("threads ") || first.contains("numpy") {
            assert_ne!(first, second);
        }
    }
}

#[test]
fn what_a_program_seeds_itself_reaches_the_tasks_of_pools() {
    let script = python_support::script("own_seeds.py");
    let script = script.to_str().expect("a path in UTF-8");
    let layer = Layer::new("own-seeds");
    let load = python_support::Load::start();
    let runs: Vec<_> = (0..3).map(|_| layer.run(&[script, "7"])).collect();
    let other = layer.run(&[script, "8"]);
    drop(load);
    for run in &runs {
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert_eq!(run.of_kind("fault").len(), 0, "{:?}", run.of_kind("fault"));
        assert_eq!(run.stdout, runs[0].stdout);
    }
    assert!(runs[0].stdout.lines().count() >= 11);
    for (first, second) in runs[0].stdout.lines().zip(other.stdout.lines()) {
        assert_ne!(first, second);
    }
}

#[test]
fn directory_listings_are_sorted_by_the_bytes_of_their_names() {
    let folder = Folder::new("order");
    for number in 0..300 {
        folder.write(&format!("listed/{}", number * 7919 % 1009), "");
    }
    for name in ["é", "z", "Z", "\u{10000}", "\u{ffee}"] {
        folder.write(&format!("listed/{name}"), "");
    }
    let run = Layer::new("order-layer").in_folder(&folder).run(&[
        "-c",
        "import glob, os, pathlib, shutil
expected = sorted(os.fsencode(name) for name in os.listdir('listed'))
def same(names): assert [os.fsencode(name) for name in names] == expected, names
same(os.listdir('listed')); same(os.listdir(b'listed'))
os.chdir('listed'); same(os.listdir()); same(entry.name for entry in os.scandir()); os.chdir('..')
descriptor = os.open('listed', os.O_RDONLY)
same(os.listdir(descriptor)); same(entry.name for entry in os.scandir(descriptor))
with os.scandir(pathlib.Path('listed')) as entries: same(entry.name for entry in entries)
entries = os.scandir('listed'); next(entries); entries.close(); assert list(entries) == []
same(next(os.walk('listed'))[2]); same(next(os.fwalk('listed'))[2])
same(os.path.basename(path) for path in glob.glob('listed/*'))
same(path.name for path in pathlib.Path('listed').iterdir())
same(path.name for path in pathlib.Path('listed').glob('*'))
same(path.name for path in pathlib.Path('.').rglob('listed/*'))
import pickle, inspect; assert pickle.loads(pickle.dumps(os.scandir)) is os.scandir; inspect.signature(os.listdir)
class Accessor: listdir = os.listdir
same(Accessor().listdir('listed'))
assert shutil.rmtree.avoids_symlink_attacks
try: os.listdir('missing')
except FileNotFoundError: print('sorted')",
    ]);
    assert_eq!(run.stdout, "sorted\n", "{}", run.stderr);
}

#[test]
fn processors_are_as_many_as_threads_in_the_portable_profile_alone() {
    let code = "import multiprocessing, os; print(os.cpu_count(), multiprocessing.cpu_count())";
    let portable = Layer::new("portable")
        .set("RESOW_PROFILE", "portable")
        .set("RESOW_THREADS", "37");
    assert_eq!(portable.run(&["-c", code]).stdout, "37 37\n");
    let fast = Layer::new("fast")
        .set("RESOW_PROFILE", "fast")
        .set("RESOW_THREADS", "37");
    assert_ne!(fast.run(&["-c", code]).stdout, "37 37\n");
}

#[test]
fn a_seed_from_the_clock_is_named_with_its_place() {
    let folder = Folder::new("clock");
    folder.write(
        "script.py",
        "import random, time, uuid
for _ in range(3): random.seed(int(time.time()))
random.seed(time.time_ns())
random.Random(time.time() * 1000)
random.seed(1234); random.seed('text'); random.Random(7); random.seed(None)
uuid.uuid1()",
    );
    let layer = Layer::new("clock-layer").in_folder(&folder);
    let run = layer.run(&["script.py"]);
    let expected = [
        "random.seed 2",
        "random.seed 3",
        "random.Random 4",
        "uuid.uuid1 6",
    ];
    assert_eq!(run.draws("the clock"), expected);
    assert_eq!(run.of_kind("draw").len(), expected.len());
    assert!(
        run.of_kind("draw")
            .iter()
            .all(|event| event["file"] == "script.py")
    );

    let stands = layer
        .set("RESOW_CLOCK", "1700000000.000000000")
        .run(&["script.py"]);
    assert_eq!(stands.of_kind("draw").len(), 0);
}

#[test]
fn what_numpys_generators_are_made_from_is_looked_at() {
    let folder = Folder::new("clock-numpy");
    folder.write(
        "script.py",
        "import copy, pickle, sys, time
try: import numpy
except ImportError: sys.exit(77)
numpy.random.RandomState(int(time.time()))
numpy.random.SeedSequence(time.time_ns())
numpy.random.default_rng(int(time.time()))
numpy.random.MT19937(int(time.time()))
numpy.random.seed(int(time.time()))
numpy.random.RandomState(7); numpy.random.default_rng(7); numpy.random.seed(7)
class Own(numpy.random.RandomState): pass
assert isinstance(Own(3), numpy.random.RandomState) and type(Own(3)) is Own
first, second = pickle.dumps(numpy.random.RandomState(5)), pickle.dumps(numpy.random.default_rng(5))
assert pickle.loads(first).rand() == numpy.random.RandomState(5).rand() == copy.deepcopy(pickle.loads(first)).rand()
assert pickle.loads(second).random() == numpy.random.default_rng(5).random()
assert pickle.loads(pickle.dumps(numpy.random.seed)) is numpy.random.seed",
    );
    let run = Layer::new("clock-numpy-layer")
        .in_folder(&folder)
        .run(&["script.py"]);
    if run.status == Some(77) {
        return;
    }
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let expected = [
        "numpy.random.RandomState 4",
        "numpy.random.SeedSequence 5",
        "numpy.random.default_rng 6",
        "numpy.random.SeedSequence 7",
        "numpy.random.seed 8",
    ];
    assert_eq!(run.draws("the clock"), expected);
    assert_eq!(run.of_kind("fault").len(), 0, "{:?}", run.of_kind("fault"));
}

#[test]
fn numpy_is_named_where_nothing_is_drawn() {
    let run = Layer::new("numpy-alone").run(&[
        "-c",
        "import sys
try: import numpy
except ImportError: sys.exit(77)
a = numpy.ones((9, 9)); a @ a
if numpy.__version__ > '2': assert 'numpy.random' not in sys.modules",
    ]);
    if run.status == Some(77) {
        return;
    }
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.names("library").contains(&"numpy"));
    let uses = run.names("uses");
    assert!(
        uses.contains(&"numpy") && uses.contains(&"openblas"),
        "{uses:?}"
    );
}

#[test]
fn the_hosts_entropy_is_named_with_its_place_where_nothing_stands_for_it() {
    let folder = Folder::new("entropy");
    folder.write(
        "script.py",
        "import os, random, secrets, tempfile, uuid
os.urandom(1)
secrets.token_hex()
random.SystemRandom().random()
uuid.uuid4()
random.Random()
random.seed()
random.seed(1)
import multiprocessing; multiprocessing.current_process().authkey",
    );
    let layer = Layer::new("entropy-layer").in_folder(&folder);
    assert_eq!(layer.run(&["script.py"]).of_kind("draw").len(), 0);
    let run = layer.without("RESOW_ENTROPY").run(&["script.py"]);
    let draws = run.draws("the operating system's entropy");
    let lines: Vec<&str> = draws
        .iter()
        .map(|draw| draw.rsplit(' ').next().expect("a line"))
        .collect();
    assert_eq!(lines, ["2", "3", "4", "5", "6", "7"], "{draws:?}");
    assert!(draws[3].starts_with("uuid.uuid4 "), "{draws:?}");
}

#[test]
fn attempts_to_reach_a_network_are_named_with_their_place() {
    let folder = Folder::new("network");
    folder.write(
        "script.py",
        "import contextlib, socket, urllib.request
refused = contextlib.suppress(OSError)
with refused: urllib.request.urlopen('http://data.invalid/digits.csv')
with refused: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))
with refused: socket.gethostbyname('name.invalid')
with refused: socket.socket().connect(('127.0.0.1', 9))
with refused: socket.getaddrinfo('localhost', 80)
with refused: socket.socket(socket.AF_UNIX).connect('/nowhere')
for port in (None, 80, '80', 443):
    with refused: socket.getaddrinfo('twice.invalid', port)
for port in (80, None, b'80', '80', 443):
    with refused: socket.getaddrinfo('Again.invalid', port)
first, second = socket.socketpair(); first.send(b'x'); assert second.recv(1) == b'x'",
    );
    let run = Layer::new("network-layer")
        .in_folder(&folder)
        .run(&["script.py"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let found: Vec<String> = run
        .of_kind("network")
        .iter()
        .map(|event| {
            format!(
                "{} {}",
                event["host"].as_str().expect("a text"),
                event["line"]
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "data.invalid:80 3",
            "192.0.2.1:9 4",
            "name.invalid 5",
            "twice.invalid 10",
            "again.invalid:80 12",
            "again.invalid:443 12"
        ]
    );
}

#[test]
fn events_are_short_lines_of_json_whatever_is_in_them() {
    let folder = Folder::new("lines");
    let name = "quoted\" \\ and\nbroken é.py";
    folder.write(name, "import random, time; random.seed(time.time())");
    let layer = Layer::new("lines-layer").in_folder(&folder);
    assert_eq!(layer.run(&[name]).of_kind("draw")[0]["file"], name);

    let run = layer.run(&[
        "-c",
        r"from resow_layer import events
events.emit('fault', what='long', message='é' * 9000)
events.emit('fault', what='\udcff', message='bytes')",
    ]);
    // Reading them has shown that each is JSON.
    assert_eq!(run.of_kind("fault").len(), 2, "{}", run.stderr);
    let lines = fs::read_to_string(&run.file).expect("a file");
    assert!(lines.lines().all(|line| line.len() < 4096));
    assert!(
        run.of_kind("fault")[0]["message"]
            .as_str()
            .expect("a text")
            .starts_with('é')
    );
}

#[test]
fn a_forked_child_repeats_no_event() {
    let run = Layer::new("forked").run(&[
        "-c",
        "import os, random
if os.fork() == 0:
    import random; random.random(); os._exit(0)
os.wait()",
    ]);
    assert_eq!(run.names("library"), ["random"]);
}

#[test]
fn what_is_wrapped_is_still_what_it_was() {
    let run = Layer::new("wrapped").run(&[
        "-c",
        "import copy, inspect, pickle, random, socket, threading
class Own(random.Random):
    def seed(self, a=None): self.given = a; super().seed(a)
assert Own(5).given == 5 and isinstance(Own(5), random.Random)
drawn = random.Random(3).random()
assert pickle.loads(pickle.dumps(random.Random(3))).random() == copy.copy(random.Random(3)).random() == drawn
assert pickle.loads(pickle.dumps(random.Random)) is random.Random
assert random.seed.__self__ is random._inst
assert inspect.signature(random.seed) == inspect.signature(random.Random(1).seed)
assert 'random' in inspect.getsourcefile(random) and inspect.getsource(random.Random)
assert pickle.loads(pickle.dumps(socket.getaddrinfo)) is socket.getaddrinfo
class Thread(threading.Thread):
    def run(self): self.ran = True
thread = Thread(); thread.start(); thread.join(); assert thread.ran
import importlib; importlib.reload(random); print(random.random())",
    ]);
    assert_eq!(run.stdout, format!("{DRAW_42}\n"), "{}", run.stderr);
    assert_eq!(run.of_kind("fault").len(), 0);
}

#[test]
fn streams_are_derived_as_the_contract_says() {
    let run = Layer::new("derived").run(&[
        "-c",
        "from resow_layer.derivation import derive; print(derive('task', 'name/é', 3).hex())",
    ]);
    let key =
        Sha256::digest([b"resow layer 1 python\0".as_slice(), &42_u64.to_le_bytes()].concat());
    let data = ["name/é\0".as_bytes(), &3_u64.to_le_bytes()].concat();
    let stream = Sha256::digest([key.as_slice(), b"task\0", &data].concat());
    let expected: String = stream.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(run.stdout.trim(), expected);
}

#[test]
fn a_threads_stream_follows_from_who_made_it_and_when() {
    let code = "import os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from resow_layer import streams
found = {}
def draw(name):
    time.sleep(time.perf_counter() % 0.01)
    found[name] = streams.entropy('library', 64), streams.entropy('library', 64)
    if len(name) < 3:
        start([name + 'a', name + 'b'])
def start(names):
    threads = [threading.Thread(target=draw, args=(name,)) for name in names]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
start(['a', 'b', 'c'])
with ThreadPoolExecutor(3) as executor: list(executor.map(draw, ['task %d' % n for n in range(9)]))
start(['after'])
draw('first thread')
if os.fork() == 0:
    draw('child'); print(sorted(found.items()), flush=True); os._exit(0)
os.wait()
draw('parent')
draws = [number for pair in found.values() for number in pair]
assert len(set(draws)) == len(draws)
assert found['first thread'][0] == 42
print(sorted(found.items()))";
    let layer = Layer::new("lineage");
    let first = layer.run(&["-c", code]);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    for _ in 0..4 {
        assert_eq!(layer.run(&["-c", code]).stdout, first.stdout);
    }
}

#[test]
fn forked_children_draw_the_same_even_from_the_hosts_entropy() {
    let layer = Layer::new("forked-random").without("RESOW_ENTROPY");
    let code = "import os, random
for _ in range(2):
    if os.fork() == 0:
        print(random.random(), flush=True); os._exit(0)
    os.wait()
print(random.random())";
    let first = layer.run(&["-c", code]).stdout;
    assert_eq!(first, layer.run(&["-c", code]).stdout);
    let draws: Vec<&str> = first.lines().collect();
    assert_eq!(draws.len(), 3);
    assert!(
        draws[0] != draws[1] && draws[1] != draws[2] && draws[0] != draws[2],
        "{first}"
    );
}

#[test]
fn a_process_has_its_number_from_its_maker_whatever_a_pool_has_started() {
    let folder = Folder::new("after-a-pool");
    folder.write(
        "script.py",
        "import multiprocessing, sys, time
from resow_layer import lineage
def name(queue): queue.put(lineage.current().name)
if __name__ == '__main__':
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2, maxtasksperchild=1) as pool:
        pool.map(abs, range(4), chunksize=1)
        time.sleep(float(sys.argv[2]))
    queue = context.SimpleQueue()
    for _ in range(2):
        process = context.Process(target=name, args=(queue,))
        process.start(); process.join()
        print(queue.get())",
    );
    let layer = Layer::new("after-a-pool-layer").in_folder(&folder);
    for method in ["fork", "spawn", "forkserver"] {
        for pause in ["0", "0.3"] {
            let run = layer.run(&["script.py", method, pause]);
            assert_eq!(
                run.stdout, "/process 0\n/process 1\n",
                "{method}: {}",
                run.stderr
            );
        }
    }
}
