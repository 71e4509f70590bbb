//! Every file of the corpus through the very function that libFuzzer calls, on stable and without libFuzzer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use resow_fuzz::{Property, TARGETS};

/// Far more than any file of the corpus takes: what passes it hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most bytes of one file and of all together: seeds show a thing, and every clone carries them.
const LARGEST_FILE: usize = 24 << 10;
const LARGEST_CORPUS: usize = 360 << 10;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn files(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(corpus().join(target)).expect("each target has a corpus");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(&path).expect("a file"))
        })
        .collect();
    files.sort();
    assert!(files.len() >= 3, "`{target}` has next to no corpus");
    files
}

/// Runs the property in a thread of its own, so that one that hangs fails instead.
fn holds(target: &str, name: &str, property: Property, content: Vec<u8>) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        property(&content);
        let _ = sender.send(());
    });
    match receiver.recv_timeout(PATIENCE) {
        Err(mpsc::RecvTimeoutError::Timeout) => Err(format!("{target}/{name} hangs")),
        _ => thread
            .join()
            .map_err(|_| format!("{target}/{name} breaks its property")),
    }
}

#[test]
fn every_property_holds_for_every_file() {
    let broken: Vec<_> = TARGETS
        .iter()
        .flat_map(|(target, property)| {
            let files = files(target).into_iter();
            files.filter_map(|(name, content)| holds(target, &name, *property, content).err())
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Seeds that are as resow, packagers and engines write them: a target that refuses these tests nothing else.
const ORDINARY: [(&str, &[&str]); 16] = [
    (
        "archive",
        &[
            "one-layer.tar",
            "two-layers.tar",
            "the-same-layer-twice.tar",
        ],
    ),
    ("claim", &["digits.claim.toml", "every-kind-of-output.toml"]),
    (
        "columns",
        &["plain.h5", "latest.h5", "zstd.parquet", "optional.parquet"],
    ),
    (
        "content",
        &[
            "deflated.zip",
            "gzip",
            "ordinary.tar",
            "zip-in-zip.zip",
            "array.npy",
            "fields.npy",
            "arrays.npz",
            "model.safetensors",
            "state.pt",
            "graph.onnx",
            "typed.onnx",
            "colors.png",
            "palette.png",
            "metrics.json",
            "config.yaml",
            "history.csv",
            "notebook.ipynb",
            "dates.toml",
            "ambiguous.yaml",
            "blank-lines.csv",
        ],
    ),
    ("events", &["seeded", "partly"]),
    (
        "export",
        &[
            "docker-20.tar",
            "docker-25.tar",
            "gzip-layer.tar",
            "layer-as-a-link.tar",
        ],
    ),
    (
        "layer",
        &[
            "ordinary.tar",
            "long-name.tar",
            "pax-path.tar",
            "set-user-id.tar",
        ],
    ),
    ("lock", &["python.lock", "two-packages.lock"]),
    (
        "manifest",
        &[
            "digits.toml",
            "seed-basics.toml",
            "numbers-at-the-edge.toml",
        ],
    ),
    ("package", &["ordinary.deb", "gzip.deb", "xz.deb"]),
    ("pickle", &["state", "module", "protocol-4", "loop"]),
    ("recipe", &["python.toml", "trixie.toml"]),
    ("record", &["every-field.json", "failed-run.json"]),
    ("stream", &["hdf5", "parquet"]),
    ("trace", &["two-processes", "several-lines-a-step"]),
    ("wheel", &["ordinary.whl", "deflated.whl"]),
];

#[test]
fn ordinary_files_are_accepted_and_hostile_ones_refused() {
    for ((target, property), (named, ordinary)) in TARGETS.iter().zip(ORDINARY) {
        assert_eq!(*target, named);
        for name in ordinary {
            let content = fs::read(corpus().join(target).join(name)).expect("a seed");
            assert!(property(&content), "{target}/{name} is refused");
        }
    }
    for (target, property) in TARGETS {
        for (name, content) in files(target) {
            let hostile = [
                "climb",
                "parent-folder",
                "absolute",
                "cut-",
                "another-",
                "through-a-link",
            ];
            if hostile.iter().any(|word| name.contains(word)) {
                assert!(!property(&content), "{target}/{name} is accepted");
            }
        }
    }
}

#[test]
fn the_corpus_is_small_and_every_folder_has_a_target() {
    let mut sum = 0;
    for (target, _) in TARGETS {
        for (name, content) in files(target) {
            assert!(content.len() <= LARGEST_FILE, "{target}/{name}");
            sum += content.len();
        }
    }
    assert!(sum <= LARGEST_CORPUS, "{sum} bytes");
    let folders = fs::read_dir(corpus()).expect("the corpus").count();
    assert_eq!(folders, TARGETS.len(), "a folder of no target");
}
