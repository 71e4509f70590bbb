//! Right manifests, and the manifest of the documentation.

use resow_manifest::determinism::{Algorithms, Clock, Entropy, InstructionSet, Profile};
use resow_manifest::fault::FaultKind;
use resow_manifest::manifest::{ImageDeclaration, Manifest, OutputRole};
use resow_manifest::output_location::OutputLocation;
use resow_manifest::parameter::ParameterValue;
use resow_manifest::quantity::{ByteSize, TimeSpan};
use resow_manifest::seed::Seed;
use resow_manifest::trace::TraceDeclaration;

const TEN_LINES: &str = r#"version = 1
seed = 42
command = ["python3", "train.py", "--seed", "{seed}"]

[image]
build = "docker/python"

[[outputs]]
path = "out/model.npy"
# ten lines
"#;

/// Every key of the documentation's example, with one of the three images.
const EVERY_KEY: &str = r#"version = 1
description = "a small network on ImageNet"
seed = 42
profile = "portable"
commit = "3f2a91c03f2a91c03f2a91c03f2a91c03f2a91c0"
command = ["python3", "train.py", "--lr", "{params.lr}"]

[source]
include = ["train.py", "model/"]

[image]
build = "docker/python"

[params]
file = "conf/train.yaml"
lr = 0.1

[[inputs]]
name = "digits"
at = "data/digits.csv"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

[[inputs]]
name = "imagenet"
at = "data/imagenet"
digests = "data/imagenet.sha256"

[[outputs]]
path = "out/weights.npy"

[[outputs]]
path = "out/metrics.json"
compare = { kind = "json", relative = 1e-6 }

[[outputs]]
stream = "stdout"

[[outputs]]
path = "out/train.log"
role = "log"

[env]
WANDB_MODE = "offline"

[secrets]
names = ["HF_TOKEN"]

[resources]
cpus = 4
memory = "16GiB"
shm = "2GiB"
scratch = "50GiB"
timeout = "3d"
gpus = 0

[determinism]
threads = 4
instruction_set = "x86-64-v3"
algorithms = "strict"
entropy = "seeded"
clock = "host"

[claim]
same = ["gpu.model", "cpu.model"]
"#;

#[test]
fn ten_lines_are_enough() {
    let manifest = Manifest::parse(TEN_LINES).expect("a right manifest");
    assert_eq!(TEN_LINES.lines().count(), 10);
    assert_eq!(manifest.seed, Seed::new(42));
    assert_eq!(
        manifest.fill_command(),
        ["python3", "train.py", "--seed", "42"]
    );
    assert!(matches!(manifest.image, ImageDeclaration::Build(_)));
    assert_eq!(manifest.resources.cpus, 1);
}

#[test]
fn an_input_is_pinned_with_and_without_the_prefix() {
    let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let digest_of = |written: &str| {
        let text = format!(
            "{TEN_LINES}\n[[inputs]]\nname = \"digits\"\nat = \"digits.csv\"\nsha256 = \"{written}\"\n"
        );
        Manifest::parse(&text).expect("a pinned input").inputs[0].digest
    };
    let bare = digest_of(digits);
    assert_eq!(bare.hex(), digits);
    assert_eq!(digest_of(&format!("sha256:{digits}")), bare);
}

#[test]
fn of_every_key_only_those_that_do_not_act_are_refused() {
    let faults = Manifest::parse(EVERY_KEY).expect_err("some settings do not act yet");
    let refused: Vec<_> = faults
        .iter()
        .map(|fault| (fault.kind, &EVERY_KEY[fault.span.clone()]))
        .collect();
    let expected = ["file", "digests", "names"];
    assert_eq!(refused, expected.map(|key| (FaultKind::NotYet, key)));
    assert!(!faults.only_unpinned());
}

#[test]
fn every_key_that_acts_is_read() {
    let acting: String = EVERY_KEY
        .replace("[secrets]\nnames = [\"HF_TOKEN\"]\n", "")
        .replace("kind = \"json\", relative = 1e-6", "kind = \"bytes\"")
        .replace(
            "digests = \"data/imagenet.sha256\"",
            "sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
        )
        .lines()
        .filter(|line| !line.starts_with("file"))
        .map(|line| format!("{line}\n"))
        .collect();
    let manifest = Manifest::parse(&acting).expect("every setting acts");
    assert_eq!(
        manifest.description.as_deref(),
        Some("a small network on ImageNet")
    );
    assert_eq!(
        manifest.commit.as_ref().map(ToString::to_string).as_deref(),
        Some("3f2a91c03f2a91c03f2a91c03f2a91c03f2a91c0")
    );
    assert_eq!(
        manifest.fill_command().last().map(String::as_str),
        Some("0.1")
    );
    assert_eq!(manifest.include.len(), 2);
    assert_eq!(manifest.inputs[1].name, "imagenet");
    assert_eq!(manifest.outputs[2].location, OutputLocation::StandardOutput);
    assert_eq!(manifest.outputs[3].role, OutputRole::Log);
    assert_eq!(manifest.environment["WANDB_MODE"], "offline");
    assert_eq!(manifest.resources.cpus, 4);
    assert_eq!(
        manifest.resources.memory,
        Some(ByteSize::from_bytes(16 << 30))
    );
    assert_eq!(manifest.resources.shm, ByteSize::from_bytes(2 << 30));
    assert_eq!(manifest.resources.scratch, ByteSize::from_bytes(50 << 30));
    assert_eq!(manifest.resources.timeout, TimeSpan::from_seconds(259_200));
    let same: Vec<_> = manifest.same.iter().map(ToString::to_string).collect();
    assert_eq!(same, ["cpu.model", "gpu.model"]);
}

fn with_parameters() -> Manifest {
    let text = TEN_LINES.replace(
        "{seed}",
        "{seed}:{params.lr}:{params.net.depth}:{params.net}:{params.name}",
    ) + "[params]\nlr = 0.1\nname = \"a\"\nfast = true\nsteps = [1, 2]\nnet = { depth = 3, label = \"x\" }\n";
    Manifest::parse(&text).expect("a right manifest")
}

fn last_argument(manifest: &Manifest) -> String {
    manifest.fill_command().pop().expect("an argument")
}

#[test]
fn placeholders_become_what_the_parameters_and_the_seed_are() {
    assert_eq!(
        last_argument(&with_parameters()),
        "42:0.1:3:{\"depth\": 3, \"label\": \"x\"}:a"
    );
}

#[test]
fn settings_of_the_command_line_replace_what_is_declared() {
    let manifest = with_parameters()
        .with_seed(Seed::new(7))
        .with_setting("params.lr=1")
        .and_then(|manifest| manifest.with_setting("params.net.depth=2.5"))
        .and_then(|manifest| manifest.with_setting("params.name=7"))
        .and_then(|manifest| manifest.with_setting("params.net.label=\"a b\""))
        .expect("settings that fit");
    assert_eq!(
        last_argument(&manifest),
        "7:1.0:2.5:{\"depth\": 2.5, \"label\": \"a b\"}:7"
    );
    assert_eq!(manifest.parameters["lr"], ParameterValue::Float(1.0));
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    for (setting, message, hint) in [
        (
            "lr=1",
            "`lr=1` is not of the form `params.KEY=VALUE`",
            Some("write `--set params.lr=0.01`"),
        ),
        (
            "params.lr",
            "`params.lr` is not of the form `params.KEY=VALUE`",
            Some("write `--set params.lr=0.01`"),
        ),
        (
            "params.net.dept=1",
            "the manifest declares no parameter `net.dept`",
            Some("did you mean `net.depth`?"),
        ),
        (
            "params.zebra=1",
            "the manifest declares no parameter `zebra`",
            Some("declare it under `[params]` first"),
        ),
        (
            "params.net=1",
            "parameter `net` is a table: set the values in it one by one",
            None,
        ),
        (
            "params.lr=fast",
            "parameter `lr` is a number, and `fast` is not",
            Some("to change a type, edit the manifest"),
        ),
        (
            "params.fast=1",
            "parameter `fast` is a truth value, and `1` is not",
            Some("to change a type, edit the manifest"),
        ),
        (
            "params.steps=1",
            "parameter `steps` is a list, and `1` is not",
            Some("to change a type, edit the manifest"),
        ),
        (
            "params.lr=inf",
            "parameter `lr` cannot be `inf`: `value` is `inf`, which is not finite",
            None,
        ),
        (
            "params.lr=9007199254740993",
            "parameter `lr` cannot be `9007199254740993`: no decimal number of 64 bits is exactly that",
            None,
        ),
    ] {
        let error = with_parameters().with_setting(setting).expect_err(setting);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().as_deref(), hint, "{setting}");
    }
}

#[test]
fn a_program_that_is_empty_once_filled_in_is_refused() {
    let text = TEN_LINES.replace("\"python3\"", "\"{params.program}\"");
    let empty = format!("{text}[params]\nprogram = \"\"\n");
    let faults = Manifest::parse(&empty).expect_err("no program");
    assert_eq!(
        faults.to_string(),
        "the program of `command` is empty once its parameters are filled in"
    );
    let full = Manifest::parse(&format!("{text}[params]\nprogram = \"a\"\n")).expect("a program");
    let error = full.with_parameter("program", "").expect_err("no program");
    assert_eq!(
        error.to_string(),
        "parameter `program` cannot be ``: the command would have no program"
    );
}

#[test]
fn faults_of_tables_point_at_their_headers() {
    let text = "version = 1\ncommand = [\"a\"]\n[image]\n[[inputs]]\n[[outputs]]\n";
    let faults = Manifest::parse(text).expect_err("nothing is declared");
    let places: Vec<_> = faults
        .iter()
        .map(|fault| (fault.kind, &text[fault.span.clone()]))
        .collect();
    assert_eq!(
        places,
        [
            (FaultKind::Missing, "[image]"),
            (FaultKind::Missing, "[[inputs]]"),
            (FaultKind::Missing, "[[inputs]]"),
            (FaultKind::Unpinned, "[[inputs]]"),
            (FaultKind::Missing, "[[outputs]]"),
        ]
    );
}

#[test]
fn a_profile_says_what_the_manifest_leaves_open() {
    let plain = Manifest::parse(TEN_LINES).expect("a right manifest");
    let portable = plain.determinism.resolve(2, "amd64");
    assert_eq!(portable.profile, Profile::Portable);
    assert_eq!(portable.threads, Some(2));
    assert_eq!(portable.instruction_set, InstructionSet::X86_64V3);
    assert_eq!(portable.algorithms, Algorithms::Strict);
    assert_eq!(portable.entropy, Entropy::Seeded);
    assert_eq!(portable.clock, Clock::Host);
    let arm = plain.determinism.resolve(2, "arm64");
    assert_eq!(arm.instruction_set, InstructionSet::Host);

    let fast = TEN_LINES.replace(
        "version = 1\n",
        "version = 1\nprofile = \"fast\"\ndeterminism = { threads = 3, clock = 2026-01-31T12:00:00Z }\n",
    );
    let fast = Manifest::parse(&fast).expect("a right manifest");
    let fast = fast.determinism.resolve(2, "amd64");
    assert_eq!((fast.profile, fast.threads), (Profile::Fast, Some(3)));
    assert_eq!(fast.instruction_set, InstructionSet::Host);
    assert_eq!(fast.algorithms, Algorithms::Any);
    assert_eq!(fast.clock.to_string(), "2026-01-31T12:00:00Z");
}

#[test]
fn a_clock_may_count() {
    let text = TEN_LINES.to_owned()
        + "\n[determinism]\nclock = { start = 2026-01-01T00:00:00Z, step = \"20ms\" }\n";
    let manifest = Manifest::parse(&text).expect("a right manifest");
    let clock = manifest.determinism.resolve(1, "amd64").clock;
    assert_eq!(clock.to_string(), "from 2026-01-01T00:00:00Z by 20ms");
}

#[test]
fn a_trace_is_no_part_of_what_acts() {
    let plain = Manifest::parse(TEN_LINES).expect("a right manifest");
    assert_eq!(plain.trace, None);
    let traced = Manifest::parse(&format!("{TEN_LINES}[trace]\n")).expect("a right manifest");
    let declared = traced.trace.clone().expect("a trace");
    assert_eq!(declared, TraceDeclaration::default());
    assert_eq!(declared.to_string(), "every step, parameters");
    let without = Manifest {
        trace: None,
        ..traced
    };
    assert_eq!(without, plain);
    let text = format!("{TEN_LINES}[trace]\nevery = 10\nstate = [\"optimizer\", \"gradients\"]\n");
    let declared = Manifest::parse(&text).expect("a right manifest").trace;
    let text = declared.expect("a trace").to_string();
    assert_eq!(text, "one step of 10, gradients, optimizer");
}
