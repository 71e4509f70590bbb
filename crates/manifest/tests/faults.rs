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
        (
            "seed = 42",
            "claim.same = [\"gpu\", \"kernel\", \"kernel\"]",
            r#"BadValue <"gpu"> `gpu` is not a value of `claim.same[0]` | did you mean `gpu.model`?
BadValue <"kernel"> `kernel` is there twice | -"#,
        ),
        (
            "version = 1\n",
            "",
            r#"Missing <> `version` is missing | begin with `version = 1`"#,
        ),
        (
            "version = 1",
            "version = 2\nnonsense = 3",
            r#"NewerVersion <2> version `2` of the manifest is newer than this resow reads | this resow reads version 1: use a newer resow"#,
        ),
        (
            "version = 1",
            "version = 0",
            r#"BadValue <0> there is no such version of the manifest | write `version = 1`"#,
        ),
        (
            "version = 1",
            "version = \"1\"",
            r#"WrongType <"1"> `version` must be a whole number, not a text | -"#,
        ),
        (
            "version = 1",
            "version = 99999999999999999999",
            r#"NewerVersion <99999999999999999999> version `99999999999999999999` of the manifest is newer than this resow reads | this resow reads version 1: use a newer resow"#,
        ),
        (
            "seed = 42",
            "seed = -1",
            r#"BadValue <-1> `seed` is `-1`, which is outside 0 to 4294967295 | -"#,
        ),
        (
            "seed = 42",
            "seed = 4294967296",
            r#"BadValue <4294967296> `seed` is `4294967296`, which is outside 0 to 4294967295 | -"#,
        ),
        (
            "seed = 42",
            "seed = \"42\"",
            r#"WrongType <"42"> `seed` must be a whole number, not a text | -"#,
        ),
        (
            "seed = 42",
            "seed = 4.5",
            r#"WrongType <4.5> `seed` must be a whole number, not a decimal number | -"#,
        ),
        (
            "seed = 42",
            "sed = 42\nsseed = 2",
            r#"UnknownKey <sed> unknown key `sed` | did you mean `seed`?
UnknownKey <sseed> unknown key `sseed` | did you mean `seed`?"#,
        ),
        (
            "seed = 42",
            "cpus = 42",
            r#"UnknownKey <cpus> unknown key `cpus` | `cpus` belongs in `[resources]`"#,
        ),
        (
            "seed = 42",
            "zebra = 42",
            r#"UnknownKey <zebra> unknown key `zebra` | known here: `version`, `description`, `seed`, `profile`, `commit`, `command`, `source`, `image`, `params`, `inputs`, `outputs`, `env`, `secrets`, `resources`, `determinism`, `claim`, `trace`"#,
        ),
        (
            "seed = 42",
            "description = 3",
            r#"WrongType <3> `description` must be a text, not a whole number | put it in quotes: `"3"`"#,
        ),
        (
            "seed = 42",
            "commit = \"3f2a91c\"",
            r#"BadValue <"3f2a91c"> `3f2a91c` is not a full commit hash of 40 hexadecimal digits | `git rev-parse REVISION` prints it"#,
        ),
        (
            "seed = 42",
            "commit = \"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4\"",
            r#"BadValue <"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4"> `E3B0C44298FC1C149AFBF4C8996FB92427AE41E4` is not a full commit hash of 40 hexadecimal digits | write it in lower case"#,
        ),
        ("seed = 42", "profile = \"portable\"", "no fault"),
        (
            "seed = 42",
            "profile = \"portabel\"",
            r#"BadValue <"portabel"> `portabel` is not a value of `profile` | did you mean `portable`?"#,
        ),
        (
            "seed = 42",
            "profile = true",
            r#"WrongType <true> `profile` must be a text, not a truth value | -"#,
        ),
        (
            "seed = 42",
            "seed = 42\nseed = 43",
            r#"Syntax <seed> duplicate key | -"#,
        ),
        (
            "seed = 42",
            "seed = \ncommit = = 3",
            r#"Syntax <> string values must be quoted, expected literal string | -
Syntax <=> extra `=`, expected nothing | -
Syntax <> unexpected key or value, expected newline, `#` | -"#,
        ),
    ]);
}

#[test]
fn commands() {
    let command = r#"["python3", "train.py", "--lr", "{params.lr}"]"#;
    check(&[
        (
            command,
            "[]",
            r#"BadValue <[]> `command` is empty | write the program and its arguments: `command = ["python3", "train.py"]`"#,
        ),
        (
            command,
            "\"python3 train.py\"",
            r#"WrongType <"python3 train.py"> `command` must be a list, not a text | write the program and its arguments: `command = ["python3", "train.py"]`"#,
        ),
        (
            command,
            "[\"\", \"a\"]",
            r#"BadValue <""> the program of `command` is empty | write the program and its arguments: `command = ["python3", "train.py"]`"#,
        ),
        (
            command,
            r#"["a\u0000", 3]"#,
            r#"BadValue <"a\u0000"> `command[0]` has a NUL, which no argument can | -
WrongType <3> `command[1]` must be a text, not a whole number | put it in quotes: `"3"`"#,
        ),
        (
            command,
            r#"["a", "--lr={param.lr}"]"#,
            r#"BadValue <{param.lr}> unknown placeholder `{param.lr}` | did you mean `{params.lr}`?"#,
        ),
        (
            command,
            r#"["a", "{params.rl} {params.model.dept}"]"#,
            r#"BadValue <{params.rl}> unknown placeholder `{params.rl}` | declare `rl` under `[params]`
BadValue <{params.model.dept}> unknown placeholder `{params.model.dept}` | did you mean `{params.model.depth}`?"#,
        ),
        (
            command,
            r#"["awk", "{print}", "\t{missing}"]"#,
            r#"BadValue <{print}> unknown placeholder `{print}` | for the text `{print}` itself, write `{{print}}`
BadValue <"\t{missing}"> unknown placeholder `{missing}` | for the text `{missing}` itself, write `{{missing}}`"#,
        ),
        (
            command,
            r#"["a", "{\"a\": 1}", "${HOME}", "{{x}}", "{params.model}"]"#,
            "no fault",
        ),
        (
            "command = [\"python3\", \"train.py\", \"--lr\", \"{params.lr}\"]\n",
            "",
            r#"Missing <> `command` is missing | write the program and its arguments: `command = ["python3", "train.py"]`"#,
        ),
    ]);
}

#[test]
fn images() {
    let image = "image.build = \"docker/python\"\n";
    check(&[
        (
            image,
            "",
            r#"Missing <> `image` is missing | write `[image]` with one of `build`, `reference` and `id`"#,
        ),
        (
            image,
            "image = {}\n",
            r#"Missing <{}> `image` names no image | write `[image]` with one of `build`, `reference` and `id`"#,
        ),
        (
            image,
            "image = \"python:3.12\"\n",
            r#"WrongType <"python:3.12"> `image` must be a table, not a text | -"#,
        ),
        (
            image,
            "image.reference = \"python:3.12\"\n",
            r#"Unpinned <"python:3.12"> image `python:3.12` is not pinned | `resow pin` writes the digest into the manifest"#,
        ),
        (
            image,
            "image.reference = \"Python:3.12\"\n",
            r#"BadValue <"Python:3.12"> `Python:3.12` is not an image's name | write `registry/name@sha256:…`, the name in lower case"#,
        ),
        (
            image,
            "image.reference = \"python@sha256:12\"\n",
            r#"BadValue <"python@sha256:12"> `12` is not a digest: it has 2 digits, not 64 | -"#,
        ),
        (
            image,
            "image.reference = \"python@md5:12\"\n",
            r#"BadValue <"python@md5:12"> `md5:12` is not a digest: it does not begin with `sha256:` | -"#,
        ),
        (
            image,
            "image.reference = \"sha256:DIGEST\"\n",
            r#"BadValue <"sha256:DIGEST"> `sha256:DIGEST` names no image in a registry | an image's own digest stands in `id`"#,
        ),
        (
            image,
            "image.reference = \"python:3@sha256:DIGEST\"\n",
            "no fault",
        ),
        (image, "image.id = \"sha256:DIGEST\"\n", "no fault"),
        (
            image,
            "image.id = \"DIGEST\"\n",
            r#"BadValue <"DIGEST"> `DIGEST` is not a digest: it does not begin with `sha256:` | -"#,
        ),
        (
            image,
            "image.id = \"sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\"\n",
            r#"BadValue <"sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"> `E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855` is not a digest: it has upper-case digits | write `DIGEST`"#,
        ),
        (
            image,
            "image = { build = \"../python\", id = \"sha256:DIGEST\" }\n",
            r#"BadValue <"../python"> `../python` has `..`: paths stay inside /workspace | -
Conflict <id> `image.build` and `image.id` exclude each other | keep one"#,
        ),
        (
            image,
            "image.bild = \"docker/python\"\n",
            r#"UnknownKey <bild> unknown key `bild` in `image` | did you mean `build`?"#,
        ),
    ]);
}

#[test]
fn inputs_and_outputs() {
    let outputs = "outputs = [{ path = \"out/model.npy\" }]\n";
    check(&[
        (
            outputs,
            "",
            r#"Missing <> no output is declared | declare one: `[[outputs]]` with `path = "out/model.npy"` or `stream = "stdout"`"#,
        ),
        (
            outputs,
            "outputs = []\n",
            r#"Missing <[]> no output is declared | declare one: `[[outputs]]` with `path = "out/model.npy"` or `stream = "stdout"`"#,
        ),
        (
            outputs,
            "outputs = [{}]\n",
            r#"Missing <{}> an output has neither `path` nor `stream` | write `path = "out/model.npy"` or `stream = "stdout"`"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", stream = \"stdout\" }]\n",
            r#"Conflict <stream> `outputs.path` and `outputs.stream` exclude each other | declare two outputs"#,
        ),
        (
            outputs,
            "outputs = [{ stream = \"stderr\" }]\n",
            r#"BadValue <"stderr"> `stderr` is not a value of `outputs.stream` | use `stdout`"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", role = \"logs\" }]\n",
            r#"BadValue <"logs"> `logs` is not a value of `outputs.role` | did you mean `log`?"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", role = \"log\" }]\n",
            r#"Missing <"a"> every output is a log: nothing would be compared | leave `role` out at one output"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"/etc/passwd\" }, { path = \"a/../b\" }, { path = \"a//b\" }, { path = \"\" }]\n",
            r#"BadValue <"/etc/passwd"> `/etc/passwd` is absolute: paths are relative to /workspace | -
BadValue <"a/../b"> `a/../b` has `..`: paths stay inside /workspace | -
BadValue <"a//b"> `a//b` is not a plain path: no `.`, no empty component, no NUL, at most 4096 bytes | -
BadValue <""> a path is empty | -"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a[\" }, { path = \"<stdout>\" }]\n",
            r#"BadValue <"a["> `a[` is not a glob: unclosed character class; missing ']' | -
BadValue <"<stdout>"> `<stdout>` is not a path | write `stream = "stdout"`"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\" }, { path = \"a/\" }, { path = \"a/b\" }, { path = \"ab\" }]\n",
            r#"Conflict <"a/"> two outputs are at `a` | give one another path
Conflict <"a/b"> output `a/b` lies in output `a` | give one another path"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"o/*.npy\" }, { path = \"o/*.npy\" }, { path = \"o/a.npy\" }, { path = \"o\" }]\n",
            r#"Conflict <"o/*.npy"> two outputs are at `o/*.npy` | give one another path
Conflict <"o/a.npy"> output `o/a.npy` lies in output `o/*.npy` | give one another path
Conflict <"o"> output `o/*.npy` lies in output `o` | give one another path"#,
        ),
        (
            outputs,
            "outputs = [{ stream = \"stdout\" }, { stream = \"stdout\" }]\n",
            r#"Conflict <"stdout"> the standard output is declared twice | leave one out"#,
        ),
        (
            outputs,
            "outputs = [{ path = \".git/a\" }, { path = \".resow\" }, { path = \"results/a\" }, { path = \"experiments/a.toml\" }, { path = \"experiments/a.npy\" }]\n",
            r#"BadValue <".git/a"> output `.git/a` lies where git keeps its own files | choose another path
BadValue <".resow"> output `.resow` lies where resow keeps its store | choose another path
BadValue <"results/a"> output `results/a` lies where resow puts the last run's outputs | choose another path
BadValue <"experiments/a.toml"> output `experiments/a.toml` lies where manifests and claims lie | choose another path"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"json\", ignore = [{ field = \"seconds\", reason = \" \" }] } }]\n",
            r#"BadValue <" "> `reason` is empty | say why, in a few words: `reason = "wall time"`; the verdict repeats it"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"bites\" } }]\n",
            r#"BadValue <"bites"> `bites` is not a value of `outputs.compare.kind` | did you mean `bytes`?"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"json\", relative = -1 } }]\n",
            r#"BadValue <-1> `outputs.compare.relative` must be finite and not below 0 | -"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { kind = \"bytes\", relative = 1 } }]\n",
            r#"Conflict <relative> `outputs.compare.relative` has no meaning where bytes are compared | leave it out, or name another `kind`"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"a\", compare = { fields = { loss = { relativ = 1 } } } }]\n",
            r#"UnknownKey <relativ> unknown key `relativ` in `outputs.compare.fields.loss` | did you mean `relative`?"#,
        ),
        (
            outputs,
            "outputs = [{ path = \"b\" }, { path = \"a\", role = \"log\", compare = { kind = \"bytes\" } }]\n",
            r#"Conflict <compare> a log is never compared | leave `compare` or `role` out"#,
        ),
        (
            outputs,
            "[[output]]\npath = \"a\"\n",
            r#"BadValue <{params.lr}> unknown placeholder `{params.lr}` | declare `lr` under `[params]`
UnknownKey <output> unknown key `output` | did you mean `outputs`?"#,
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"d/a\" }, { name = \"a\", at = \"d/a\", sha256 = \"DIGEST\" }]\noutputs = [{ path = \"d\" }]\n",
            r#"Unpinned <"a"> input `a` is not pinned | `resow pin` writes the digest into the manifest
Conflict <"a"> two inputs are called `a` | give one another name
Conflict <"d/a"> two inputs are at `d/a` | give one another path
Conflict <"d"> input `d/a` lies in output `d` | give one another path"#,
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"d\", sha256 = \"DIGEST\" }, { name = \"b\", at = \"d/a\", sha256 = \"DIGEST\" }]\noutputs = [{ path = \"d/o\" }]\n",
            r#"Conflict <"d/a"> input `d/a` lies in input `d` | give one another path
Conflict <"d/o"> output `d/o` lies in input `d` | give one another path"#,
        ),
        (
            outputs,
            "inputs = [{ name = \"a b\", at = \"/d\", sha256 = \"12\" }, {}]\noutputs = [{ path = \"d/o\" }]\n",
            r#"BadValue <"a b"> `a b` is not an input's name | use letters, digits, `-`, `_` and `.`, at most 64
BadValue <"/d"> `/d` is absolute: paths are relative to /workspace | -
BadValue <"12"> `12` is not a digest: it has 2 digits, not 64 | -
Missing <{}> `inputs.name` is missing | write `name = "digits"`
Missing <{}> `inputs.at` is missing | write where it lands: `at = "data/digits.csv"`
Unpinned <{}> an input is not pinned | `resow pin` writes the digest into the manifest"#,
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"a\", sha256 = \"sha256:DIGEST\" }, { name = \"b\", at = \"b\", sha256 = \"DIGEST\", digests = \"l\" }, { name = \"c\", at = \"c\", digests = \"l\" }]\noutputs = [{ path = \"d/o\" }]\n",
            r#"Conflict <digests> `inputs.sha256` and `inputs.digests` exclude each other | keep one
NotYet <digests> setting `inputs.digests` does not act yet | declare each file as an input with its `sha256`
NotYet <digests> setting `inputs.digests` does not act yet | declare each file as an input with its `sha256`"#,
        ),
        (
            outputs,
            "inputs = [{ name = \"a\", at = \"a\", sha256 = \"sha256:12\" }, { name = \"b\", at = \"b\", sha256 = \"sha256:sha256:DIGEST\" }]\noutputs = [{ path = \"d/o\" }]\n",
            r#"BadValue <"sha256:12"> `12` is not a digest: it has 2 digits, not 64 | -
BadValue <"sha256:sha256:DIGEST"> `sha256:DIGEST` is not a digest: it has characters that are not hexadecimal digits | -"#,
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
            r#"BadValue <HOME> variable `HOME` is set by resow itself | leave it out, or use another name
BadValue <RESOW_SEED> variable `RESOW_SEED` is set by resow itself | leave it out, or use another name
BadValue <"a-b"> `a-b` is not a variable's name | use letters, digits and `_`, not beginning with a digit
BadValue <1A> `1A` is not a variable's name | use letters, digits and `_`, not beginning with a digit
WrongType <3> `env.N` must be a text, not a whole number | put it in quotes: `"3"`
BadValue <"\u0000"> variable `Z` has a NUL, which no variable can | -"#,
        ),
        (
            seed,
            "env = 3\n",
            r#"WrongType <3> `env` must be a table, not a whole number | -"#,
        ),
        (
            seed,
            "secrets = { names = [\"HF_TOKEN\"] }\n",
            r#"NotYet <names> setting `secrets.names` does not act yet | leave `[secrets]` out: runs have no network and see no secret"#,
        ),
        (
            seed,
            "secrets = { names = [\"1\", 2] }\n",
            r#"BadValue <"1"> `1` is not a variable's name | use letters, digits and `_`, not beginning with a digit
WrongType <2> `secrets.names[1]` must be a text, not a whole number | -"#,
        ),
        (
            seed,
            "secrets = { name = [\"A\"] }\n",
            r#"UnknownKey <name> unknown key `name` in `secrets` | did you mean `names`?"#,
        ),
        (
            seed,
            "resources = { cpus = 0, memory = \"16GIB\", shm = 3, scratch = \"1.5GiB\", timeout = \"3w\", gpus = 1 }\n",
            r#"BadValue <0> `resources.cpus` is `0`, which is outside 1 to 8192 | -
BadValue <"16GIB"> `16GIB` has the unknown unit `GIB`: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB | -
WrongType <3> `resources.shm` must be a text, not a whole number | write a whole number with a unit, in quotes: `"16GiB"`
BadValue <"1.5GiB"> `1.5GiB` is not a whole number from 1 up with a unit, or is too large | -
BadValue <"3w"> `3w` has the unknown unit `w`: use one of s, m, h, d | -
NotYet <gpus> setting `resources.gpus` does not act yet | leave it out or write 0: runs see no GPU"#,
        ),
        (
            seed,
            "resources = { cpus = \"4\", memroy = \"1GiB\", gpus = -1 }\n",
            r#"WrongType <"4"> `resources.cpus` must be a whole number, not a text | -
UnknownKey <memroy> unknown key `memroy` in `resources` | did you mean `memory`?
BadValue <-1> `resources.gpus` is `-1`, which is outside 0 to 1024 | -"#,
        ),
        (
            seed,
            "determinism = { threads = 4, instruction_set = \"x86-64-v3\", algorithms = \"strict\", entropy = \"seeded\", clock = 2026-01-31T12:00:00Z }\n",
            "no fault",
        ),
        (
            seed,
            "determinism = { threads = 0, instruction_set = \"avx\", algorithms = 3, entropy = \"sedeed\", clock = 2026-01-31 }\n",
            r#"BadValue <0> `determinism.threads` is `0`, which is outside 1 to 8192 | -
BadValue <"avx"> `avx` is not a value of `determinism.instruction_set` | use one of `host`, `x86-64`, `x86-64-v2`, `x86-64-v3`, `x86-64-v4`
WrongType <3> `determinism.algorithms` must be a text, not a whole number | -
BadValue <"sedeed"> `sedeed` is not a value of `determinism.entropy` | did you mean `seeded`?
BadValue <2026-01-31> `determinism.clock` is neither `host` nor a date and time since 1970 with its offset | write `2026-01-31T12:00:00Z`"#,
        ),
        (
            seed,
            "determinism = { clock = \"2026-01-31T12:00:00Z\" }\n",
            "no fault",
        ),
        (
            seed,
            "determinism = { clock = 1969-12-31T23:59:59Z }\n",
            r#"BadValue <1969-12-31T23:59:59Z> `determinism.clock` is neither `host` nor a date and time since 1970 with its offset | write `2026-01-31T12:00:00Z`"#,
        ),
        (
            seed,
            "determinism = { clock = \"now\" }\n",
            r#"BadValue <"now"> `determinism.clock` is neither `host` nor a date and time since 1970 with its offset | write `2026-01-31T12:00:00Z`"#,
        ),
        (
            seed,
            "determinism = { clock = { start = 2026-01-01T00:00:00Z, step = \"1us\" } }\n",
            "no fault",
        ),
        (
            seed,
            "determinism = { clock = { start = \"1969-12-31T23:59:59Z\", step = \"0us\" } }\n",
            r#"BadValue <"1969-12-31T23:59:59Z"> `determinism.clock.start` is no date and time since 1970 with its offset | write `2026-01-01T00:00:00Z`
BadValue <"0us"> `0us` is not a whole number from 1 up with a unit, or is too large | -"#,
        ),
        (
            seed,
            "determinism = { clock = { start = 2026-01-01T00:00:00Z, step = \"1h\" } }\n",
            r#"BadValue <"1h"> `1h` has the unknown unit `h`: use one of `ns`, `us`, `ms`, `s` | -"#,
        ),
        (
            seed,
            "determinism = { clock = { start = 2026-01-01T00:00:00Z, step = 1 } }\n",
            r#"WrongType <1> `determinism.clock.step` must be a text, not a whole number | write a whole number with a unit, in quotes: `"1us"`"#,
        ),
        (
            seed,
            "determinism = { clock = { stop = 3 } }\n",
            r#"Missing <{ stop = 3 }> `determinism.clock.start` is missing | write `start = 2026-01-01T00:00:00Z`
UnknownKey <stop> unknown key `stop` in `determinism.clock` | did you mean `step`?"#,
        ),
        (
            seed,
            "determinism = { clock = \"from 2026-01-01T00:00:00Z by 1us\" }\n",
            r#"BadValue <"from 2026-01-01T00:00:00Z by 1us"> `determinism.clock` is neither `host` nor a date and time since 1970 with its offset | write `2026-01-31T12:00:00Z`"#,
        ),
        (
            seed,
            "determinism = { entropy = \"host\", clock = \"host\" }\n",
            "no fault",
        ),
        (
            seed,
            "source = { include = [\"../a\", 3, \"<stdout>\"], exclude = [] }\n",
            r#"BadValue <"../a"> `../a` has `..`: paths stay inside /workspace | -
WrongType <3> `source.include[1]` must be a text, not a whole number | -
BadValue <"<stdout>"> the standard output is no source | -
UnknownKey <exclude> unknown key `exclude` in `source` | did you mean `include`?"#,
        ),
        (
            seed,
            "source.include = []\n",
            r#"BadValue <[]> `source.include` is empty | name files and folders, or leave it out: then everything tracked enters"#,
        ),
        (
            "lr = 0.1",
            "lr = nan, a = [1, inf], b = 2026-01-31, file = \"a.yaml\", n = 9223372036854775808, z = \"\\u0000\"",
            r#"BadValue <nan> `params.lr` is `nan`, which is not finite | JSON has no such number: write a text
BadValue <inf> `params.a[1]` is `inf`, which is not finite | JSON has no such number: write a text
WrongType <2026-01-31> `params.b` is a date or time, which JSON does not have | put it in quotes: `"2026-01-31"`
NotYet <file> setting `params.file` does not act yet | write the parameters into `[params]`
BadValue <9223372036854775808> `params.n` is `9223372036854775808`, which is outside -9223372036854775808 to 9223372036854775807 | -
BadValue <"\u0000"> `params.z` has a NUL, which no argument can | -"#,
        ),
        (
            "lr = 0.1",
            "lr = 0.1, file = 3",
            r#"WrongType <3> `params.file` must be a text, not a whole number | -"#,
        ),
    ]);
}

#[test]
fn values_of_the_trace() {
    let line = "image.build = \"docker/python\"\n";
    let with = |trace: &str| format!("{line}trace = {trace}\n");
    check(&[
        (line, &with("{}"), "no fault"),
        (
            line,
            &with("{ every = 10, state = [\"gradients\", \"optimizer\"] }"),
            "no fault",
        ),
        (line, &with("{ state = [] }"), "no fault"),
        (
            line,
            &with("{ every = 0, state = [\"weights\"] }"),
            r#"BadValue <0> `trace.every` is `0`, which is outside 1 to 4294967295 | -
BadValue <"weights"> `weights` is not a value of `trace.state[0]` | use one of `gradients`, `parameters`, `optimizer`"#,
        ),
        (
            line,
            &with("{ evry = 2, states = \"parameters\" }"),
            r#"UnknownKey <evry> unknown key `evry` in `trace` | did you mean `every`?
UnknownKey <states> unknown key `states` in `trace` | did you mean `state`?"#,
        ),
        (
            line,
            &with("true"),
            r#"WrongType <true> `trace` must be a table, not a truth value | -"#,
        ),
        (
            line,
            &with("{ state = \"parameters\" }"),
            r#"WrongType <"parameters"> `trace.state` must be a list, not a text | -"#,
        ),
    ]);
}
