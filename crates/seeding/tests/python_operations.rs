//! Operations that have no deterministic version, as a library that speaks like PyTorch tells of them.
//!
//! PyTorch itself is in the images: here it is the interpreter's part that is tested, in any version of Python.

#[expect(dead_code, reason = "only a part is used here")]
mod python_support;

use python_support::{Folder, Layer, Run};

/// What the layer asks of PyTorch, and one operation.
const LIBRARY: &str = "
import types, warnings
__version__ = '0'
warn_only = None
random = types.SimpleNamespace()
backends = types.SimpleNamespace(cudnn=types.SimpleNamespace())
__config__ = types.SimpleNamespace(show=lambda: 'built with:')
def manual_seed(seed): pass
def get_num_threads(): return 1
def use_deterministic_algorithms(mode, warn_only=False): globals()['warn_only'] = warn_only
def put_():
    text = 'put_ does not have a deterministic implementation, but you set it'
    if not warn_only: raise RuntimeError(text)
    warnings.warn(text)
";

const HINT: &str = "resow: `put_` has no deterministic version; `algorithms = \"warn\"` in `[determinism]` allows it";

fn run(name: &str, algorithms: &str, script: &str) -> Run {
    let folder = Folder::new(name);
    folder.write("site-packages/torch.py", LIBRARY);
    folder.write("script.py", script);
    let packages = folder.path("site-packages");
    let layer = Layer::new(&format!("{name}-layer")).set("RESOW_ALGORITHMS", algorithms);
    let found = layer
        .and_path(&packages)
        .in_folder(&folder)
        .run(&["script.py"]);
    assert_eq!(found.of_kind("fault").len(), 0, "{:?}", found.events);
    found
}

fn assert_stopped(run: &Run, line: u64) {
    let operations = run.of_kind("operation");
    assert_eq!(operations.len(), 1, "{:?}", run.events);
    assert_eq!(operations[0]["name"], "put_");
    assert_eq!(operations[0]["library"], "torch");
    assert_eq!(operations[0]["stopped"], true);
    assert_eq!(operations[0]["file"], "script.py");
    assert_eq!(operations[0]["line"], line);
    assert!(
        run.stderr.lines().any(|line| line == HINT),
        "{}",
        run.stderr
    );
}

#[test]
fn strict_names_what_stopped_the_program() {
    let run = run(
        "stopped",
        "strict",
        "import torch\ndef train():\n    torch.put_()\ntrain()",
    );
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("RuntimeError: put_ does not have"),
        "{}",
        run.stderr
    );
    assert_stopped(&run, 3);
}

#[test]
fn strict_names_what_a_program_exits_with() {
    let script = "import sys, torch
try:
    torch.put_()
except RuntimeError:
    sys.exit(7)";
    let run = run("exits", "strict", script);
    assert_eq!(run.status, Some(7));
    assert_stopped(&run, 3);
}

#[test]
fn strict_names_what_stopped_a_thread_or_a_child() {
    let thread = "import threading, torch
thread = threading.Thread(target=lambda: torch.put_())
thread.start(); thread.join()";
    assert_stopped(&run("thread", "strict", thread), 2);
    let child = "import multiprocessing, torch
def work():
    torch.put_()
if __name__ == '__main__':
    child = multiprocessing.get_context('fork').Process(target=work)
    child.start(); child.join()";
    assert_stopped(&run("child", "strict", child), 3);
}

#[test]
fn the_filters_of_warnings_are_the_programs_own_to_read_and_to_register_again() {
    let script = "import pickle, warnings, torch
plain = list(warnings.filters)
warnings.filterwarnings('ignore', message='one', module='two')
kept = warnings.filters
assert len(kept) == len(plain) + 1 and kept[1:] == plain and kept != plain and kept[0] in kept
assert type(pickle.loads(pickle.dumps(kept))) is list
with warnings.catch_warnings():
    warnings.resetwarnings()
    assert not warnings.filters
    for action, message, category, module, line in kept:
        if message is None and module is None: warnings.simplefilter(action, category, line, append=True)
        else:
            parts = [getattr(part, 'pattern', part) or '' for part in (message, module)]
            warnings.filterwarnings(action, parts[0], category, parts[1], line, append=True)
    assert [entry[0] for entry in warnings.filters] == [entry[0] for entry in kept]
    warnings.filters = [('ignore', None, UserWarning, None, 0)] + warnings.filters
    torch.put_()
    warnings.filters.insert(-100, ('always', None, UserWarning, None, 0))
    warnings.filters.pop(); warnings.filters.clear()
    warnings.simplefilter('error')
    try: torch.put_()
    except UserWarning: print('error')
assert warnings.filters is kept";
    let run = run("filters", "warn", script);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("error\n", ""));
    let operations = run.of_kind("operation");
    let lines: Vec<_> = operations
        .iter()
        .map(|event| event["line"].as_u64())
        .collect();
    assert_eq!(lines, [Some(17), Some(21)]);
}

#[test]
fn a_program_sets_the_threads_between_operations_once_and_has_the_profiles() {
    let library = format!(
        "{LIBRARY}
held = []
def set_num_threads(number): pass
def set_num_interop_threads(number):
    if held: raise RuntimeError('set before')
    held.append(number)
"
    );
    let script = "import torch
for number in (0, 4, 1):
    try: print(number, torch.set_num_interop_threads(number))
    except RuntimeError as error: print(number, error)
print(torch.held)";
    let folder = Folder::new("interop");
    folder.write("site-packages/torch.py", &library);
    folder.write("script.py", script);
    let found = Layer::new("interop-layer")
        .set("RESOW_PROFILE", "portable")
        .set("RESOW_THREADS", "1")
        .and_path(folder.path("site-packages"))
        .in_folder(&folder)
        .run(&["script.py"]);
    assert_eq!(
        found.stdout, "0 set before\n4 None\n1 set before\n[1]\n",
        "{}",
        found.stderr
    );
    let uses = found.of_kind("uses");
    let asked = uses
        .iter()
        .find(|event| event["value"] == "4")
        .expect("what was asked for");
    assert_eq!(
        asked["what"],
        "threads between operations, asked for and not taken"
    );
}

#[test]
fn numpy_starts_where_warnings_are_errors_and_leaves_other_warnings_and_filters() {
    let folder = Folder::new("numpy-start");
    folder.write(
        "site-packages/numpy/__init__.py",
        "import warnings
text = \"During parsing environment variable: 'NPY_DISABLE_CPU_FEATURES':\\nYou cannot\"
warnings.warn(text, ImportWarning)
warnings.filterwarnings('ignore', 'its own')
try: warnings.warn('another', ImportWarning)
except ImportWarning as error: print(error)",
    );
    let code = "import warnings
warnings.simplefilter('error')
before = list(warnings.filters)
import numpy
print(warnings.filters[1:] == before, warnings.filters[0][1].pattern)
try: warnings.warn(numpy.text, ImportWarning)
except ImportWarning: print('error')";
    let found = Layer::new("numpy-start-layer")
        .and_path(folder.path("site-packages"))
        .run(&["-W", "error", "-c", code]);
    assert_eq!(
        (found.stdout.as_str(), found.stderr.as_str()),
        ("another\nTrue its own\nerror\n", "")
    );
}

#[test]
fn strict_says_nothing_of_an_error_that_is_dealt_with_or_another() {
    let script = "import torch
try: torch.put_()
except RuntimeError: pass
raise RuntimeError('something else')";
    let run = run("dealt-with", "strict", script);
    assert_eq!(run.of_kind("operation").len(), 0);
    assert!(!run.stderr.contains("resow:"), "{}", run.stderr);
}

#[test]
fn warn_lists_each_place_once_even_where_warnings_are_silenced() {
    let script = "import warnings, torch
def silent():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.put_()
warnings.filterwarnings('ignore')
for _ in range(3): torch.put_()
silent()
warnings.resetwarnings()
warnings.simplefilter('ignore')
torch.put_()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    torch.put_()
print(len(caught))";
    let run = run("warned", "warn", script);
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(0), "1\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr, "");
    let operations = run.of_kind("operation");
    let lines: Vec<_> = operations
        .iter()
        .map(|event| event["line"].as_u64())
        .collect();
    assert_eq!(lines, [Some(7), Some(5), Some(11), Some(14)]);
    assert!(
        operations
            .iter()
            .all(|event| event["stopped"] == false && event["name"] == "put_")
    );
}

#[test]
fn any_changes_nothing_about_algorithms_and_lists_none() {
    let script = "import torch
torch.put_()
print(torch.warn_only, vars(torch.backends.cudnn))";
    let folder = Folder::new("any");
    folder.write(
        "site-packages/torch.py",
        &LIBRARY.replace("if not warn_only: raise", "if warn_only is False: raise"),
    );
    folder.write("script.py", script);
    let run = Layer::new("any-layer")
        .set("RESOW_ALGORITHMS", "any")
        .and_path(folder.path("site-packages"))
        .in_folder(&folder)
        .run(&["script.py"]);
    assert_eq!(run.stdout, "None {}\n", "{}", run.stderr);
    assert_eq!(run.of_kind("operation").len(), 0);
    assert_eq!(run.of_kind("fault").len(), 0);
}
