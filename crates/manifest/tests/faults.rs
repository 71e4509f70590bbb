//! What is wrong with a manifest: the exact messages, hints and places.

use resow_manifest::manifest::Manifest;

/// A right manifest; each case replaces some of its text.
const RIGHT: &str = r#"version = 1
seed = 42
command = ["python3", "train.py", "--lr", "{params.lr}"]
image.build = "docker/python"
outputs = [{ path = "out/model.npy" }]
params = { lr = 0.1, model = { depth = 3 } }
"#;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Each fault on a line: its kind, the text it points at, the message and the hint.
fn shown(text: &str) -> String {
    let Err(faults) = Manifest::parse(text) else {
        return "no fault".to_owned();
    };
    let lines: Vec<_> = faults
        .iter()
        .map(|fault| {
            let hint = fault.hint.as_deref().unwrap_or("-");
            format!(
                "{:?} <{}> {} | {hint}",
                fault.kind,
                &text[fault.span.clone()],
                fault.message
            )
        })
        .collect();
    lines.join("\n")
}

fn check(cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (line, replacement, expected) in cases {
        assert!(RIGHT.contains(line), "{line}");
        let text = RIGHT
            .replacen(line, replacement, 1)
            .replace("DIGEST", DIGEST);
        let found = shown(&text).replace(DIGEST, "DIGEST");
        if found != *expected {
            wrong.push(format!("--- {replacement}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_of_the_root() {
    check(&[
        ("seed", "seed", ""),
        ("version = 1\n", "", ""),
        ("version = 1", "version = 2\nnonsense = 3", ""),
        ("version = 1", "version = 0", ""),
        ("version = 1", "version = \"1\"", ""),
        ("version = 1", "version = 99999999999999999999", ""),
        ("seed = 42", "seed = -1", ""),
        ("seed = 42", "seed = 4294967296", ""),
        ("seed = 42", "seed = \"42\"", ""),
        ("seed = 42", "seed = 4.5", ""),
        ("seed = 42", "sed = 42\nsseed = 2", ""),
        ("seed = 42", "cpus = 42", ""),
        ("seed = 42", "zebra = 42", ""),
        ("seed = 42", "description = 3", ""),
        ("seed = 42", "commit = \"3f2a91c\"", ""),
        (
            "seed = 42",
            "commit = \"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4\"",
            "",
        ),
        ("seed = 42", "profile = \"portable\"", ""),
        ("seed = 42", "profile = \"portabel\"", ""),
        ("seed = 42", "profile = true", ""),
        ("seed = 42", "seed = 42\nseed = 43", ""),
        ("seed = 42", "seed = \ncommit = = 3", ""),
    ]);
}

#[test]
fn commands() {
    let command = r#"["python3", "train.py", "--lr", "{params.lr}"]"#;
    check(&[
        (command, "[]", ""),
        (command, "\"python3 train.py\"", ""),
        (command, "[\"\", \"a\"]", ""),
        (command, r#"["a\u0000", 3]"#, ""),
        (command, r#"["a", "--lr={param.lr}"]"#, ""),
        (command, r#"["a", "{params.rl} {params.model.dept}"]"#, ""),
        (command, r#"["awk", "{print}", "\t{missing}"]"#, ""),
        (
            command,
            r#"["a", "{\"a\": 1}", "${HOME}", "{{x}}", "{params.model}"]"#,
            "no fault",
        ),
        (
            "command = [\"python3\", \"train.py\", \"--lr\", \"{params.lr}\"]\n",
            "",
            "",
        ),
    ]);
}

#[test]
fn images() {
    let image = "image.build = \"docker/python\"\n";
    check(&[
        (image, "", ""),
        (image, "image = {}\n", ""),
        (image, "image = \"python:3.12\"\n", ""),
        (image, "image.reference = \"python:3.12\"\n", ""),
        (image, "image.reference = \"Python:3.12\"\n", ""),
        (image, "image.reference = \"python@sha256:12\"\n", ""),
        (image, "image.reference = \"python@md5:12\"\n", ""),
        (image, "image.reference = \"sha256:DIGEST\"\n", ""),
        (
            image,
            "image.reference = \"python:3@sha256:DIGEST\"\n",
            "no fault",
        ),
        (image, "image.id = \"sha256:DIGEST\"\n", "no fault"),
        (image, "image.id = \"DIGEST\"\n", ""),
        (
            image,
            "image.id = \"sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"\n",
            "",
        ),
        (
            image,
            "image = { build = \"../python\", id = \"sha256:DIGEST\" }\n",
            "",
        ),
        (image, "image.bild = \"docker/python\"\n", ""),
    ]);
}

#[test]
fn inputs_and_outputs() {
    let outputs = "outputs = [{ path = \"out/model.npy\" }]\n";
    check(&[
        (outputs, "", ""),
        (outputs, "outputs = []\n", ""),
        (outputs, "outputs = [{}]\n", ""),
        (
            outputs,
            "outputs = [{ path = \"a\", stream = \"stdout\" }]\n",
            "",
        ),
        (outputs, "outputs = [{ stream = \"stderr\" }]\n", ""),
        (
            outputs,
            "outputs = [{ path = \"a\", role = \"logs\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", role = \"log\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"/etc/passwd\" }, { path = \"a/../b\" }, { path = \"a//b\" }, { path = \"\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a[\" }, { path = \"<stdout>\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\" }, { path = \"a/\" }, { path = \"a/b\" }, { path = \"ab\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"o/*.npy\" }, { path = \"o/*.npy\" }, { path = \"o/a.npy\" }, { path = \"o\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ stream = \"stdout\" }, { stream = \"stdout\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \".git/a\" }, { path = \".resow\" }, { path = \"results/a\" }, { path = \"experiments/a.toml\" }, { path = \"experiments/a.npy\" }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"json\", relative = 1e-6 } }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"bites\" } }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"json\", relative = -1 } }]\n",
            "",
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"bytes\", relative = 1 } }]\n",
            "",
        ),
        (outputs, "outputs = [{ path = \"a\", compare = {} }]\n", ""),
        (
            outputs,
            "outputs = [{ path = \"b\" }, { path = \"a\", role = \"log\", compare = { kind = \"bytes\" } }]\n",
            "",
        ),
        (outputs, "[[output]]\npath = \"a\"\n", ""),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"d/a\" }, { name = \"a\", at = \"d/a\", sha256 = \"DIGEST\" }]\noutputs = [{ path = \"d\" }]\n",
            "",
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"d\", sha256 = \"DIGEST\" }, { name = \"b\", at = \"d/a\", sha256 = \"DIGEST\" }]\noutputs = [{ path = \"d/o\" }]\n",
            "",
        ),
        (
            outputs,
            "inputs = [{ name = \"a b\", at = \"/d\", sha256 = \"12\" }, {}]\noutputs = [{ path = \"d/o\" }]\n",
            "",
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"a\", sha256 = \"sha256:DIGEST\" }, { name = \"b\", at = \"b\", sha256 = \"DIGEST\", digests = \"l\" }, { name = \"c\", at = \"c\", digests = \"l\" }]\noutputs = [{ path = \"d/o\" }]\n",
            "",
        ),
    ]);
}

#[test]
fn the_other_tables() {
    let seed = "seed = 42\n";
    check(&[
        (
            seed,
            "env = { HOME = \"/\", RESOW_SEED = \"1\", \"a-b\" = \"\", 1A = \"\", N = 3, Z = \"\\u0000\" }\n",
            "",
        ),
        (seed, "env = 3\n", ""),
        (seed, "secrets = { names = [\"HF_TOKEN\"] }\n", ""),
        (seed, "secrets = { names = [\"1\", 2] }\n", ""),
        (seed, "secrets = { name = [\"A\"] }\n", ""),
        (
            seed,
            "resources = { cpus = 0, memory = \"16GIB\", shm = 3, scratch = \"1.5GiB\", timeout = \"3w\", gpus = 1 }\n",
            "",
        ),
        (
            seed,
            "resources = { cpus = \"4\", memroy = \"1GiB\", gpus = -1 }\n",
            "",
        ),
        (
            seed,
            "determinism = { threads = 4, instruction_set = \"x86-64-v3\", algorithms = \"strict\", entropy = \"seeded\", clock = 2026-01-31T12:00:00Z }\n",
            "",
        ),
        (
            seed,
            "determinism = { threads = 0, instruction_set = \"avx\", algorithms = 3, entropy = \"sedeed\", clock = 2026-01-31 }\n",
            "",
        ),
        (
            seed,
            "determinism = { clock = \"2026-01-31T12:00:00Z\" }\n",
            "",
        ),
        (seed, "determinism = { clock = \"now\" }\n", ""),
        (
            seed,
            "determinism = { entropy = \"host\", clock = \"host\" }\n",
            "no fault",
        ),
        (
            seed,
            "source = { include = [\"../a\", 3, \"<stdout>\"], exclude = [] }\n",
            "",
        ),
        (seed, "source.include = []\n", ""),
        (
            "lr = 0.1",
            "lr = nan, a = [1, inf], b = 2026-01-31, file = \"a.yaml\", n = 9223372036854775808, z = \"\\u0000\"",
            "",
        ),
        ("lr = 0.1", "lr = 0.1, file = 3", ""),
    ]);
}
