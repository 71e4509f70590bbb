//! `resow check`, and what is said of names and words that are misspelt.

mod environment;

use std::fs;

use environment::Environment;
use serde_json::Value;

const RIGHT: &str = "version = 1\ncommand = [\"true\"]\nimage.build = \"docker/python\"\n[source]\ninclude = [\"code/\"]\n\
                     [[outputs]]\nstream = \"stdout\"\n";

#[test]
fn all_faults_of_all_manifests_are_reported_in_one_go() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write(
        "experiments/one.toml",
        "version = 1\nsead = 42\ncommand = []\n\n[image]\nreference = \"python:3.12\"\n\n[[outputs]]\npath = \"../model.npy\"\n",
    );
    farm.write(
        "experiments/two.toml",
        "version = 1\nseed = 4294967296\ncommand = [\"sh\", \"{params.rat}\"]\nimage.id = \"sha256:abc\"\n\n\
         [params]\nrate = 1\n\n[resources]\nmemory = \"4 parsecs\"\ngpus = 1\n\n[env]\nRESOW_SEED = \"1\"\n\n\
         [[outputs]]\npath = \"out\"\n[[outputs]]\npath = \"out/model\"\nrole = \"log\"\n",
    );
    farm.write(
        "experiments/three.toml",
        "version = 1\ncommand = [\"true\"\n",
    );
    farm.write("experiments/newer.toml", "version = 2\n");
    farm.write("experiments/right.toml", RIGHT);
    let check = farm.resow(&["check"]);
    snapshot!(check, @r#"
    exit code: 2
    --- stdout ---
    5 manifests: 13 faults, 1 warning
    --- stderr ---
    error: version `2` of the manifest is newer than this resow reads
     --> experiments/newer.toml:1:11
      |
    1 | version = 2
      |           ^
      |
      = hint: this resow reads version 1: use a newer resow

    error: unknown key `sead`
     --> experiments/one.toml:2:1
      |
    2 | sead = 42
      | ^^^^
      |
      = hint: did you mean `seed`?

    error: `command` is empty
     --> experiments/one.toml:3:11
      |
    3 | command = []
      |           ^^
      |
      = hint: write the program and its arguments: `command = ["python3", "train.py"]`

    error: image `python:3.12` is not pinned
     --> experiments/one.toml:6:13
      |
    6 | reference = "python:3.12"
      |             ^^^^^^^^^^^^^
      |
      = hint: `resow pin one` writes the digest into the manifest

    error: `../model.npy` has `..`: paths stay inside /workspace
     --> experiments/one.toml:9:8
      |
    9 | path = "../model.npy"
      |        ^^^^^^^^^^^^^^

    warning: `right` cannot build its image: `docker/python/recipe.toml` is not tracked by git
    hint: `[image] build` names a folder with a `recipe.toml`
    error: unclosed array, expected `]`
     --> experiments/three.toml:2:18
      |
    2 | command = ["true"
      |                  ^

    error: `seed` is `4294967296`, which is outside 0 to 4294967295
     --> experiments/two.toml:2:8
      |
    2 | seed = 4294967296
      |        ^^^^^^^^^^

    error: unknown placeholder `{params.rat}`
     --> experiments/two.toml:3:19
      |
    3 | command = ["sh", "{params.rat}"]
      |                   ^^^^^^^^^^^^
      |
      = hint: did you mean `{params.rate}`?

    error: `abc` is not a digest: it has 3 digits, not 64
     --> experiments/two.toml:4:12
      |
    4 | image.id = "sha256:abc"
      |            ^^^^^^^^^^^^

    error: `4 parsecs` has the unknown unit `parsecs`: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB
      --> experiments/two.toml:10:10
       |
    10 | memory = "4 parsecs"
       |          ^^^^^^^^^^^

    error: setting `resources.gpus` does not act yet
      --> experiments/two.toml:11:1
       |
    11 | gpus = 1
       | ^^^^
       |
       = hint: leave it out or write 0: runs see no GPU

    error: variable `RESOW_SEED` is set by resow itself
      --> experiments/two.toml:14:1
       |
    14 | RESOW_SEED = "1"
       | ^^^^^^^^^^
       |
       = hint: leave it out, or use another name

    error: output `out/model` lies in output `out`
      --> experiments/two.toml:19:8
       |
    19 | path = "out/model"
       |        ^^^^^^^^^^^
       |
       = hint: give one another path
    "#);

    let object = farm.expect(2, &["check", "--json"]);
    let object: Value = serde_json::from_str(&object.stdout).expect("one object");
    let manifests = object["manifests"].as_array().expect("manifests");
    assert_eq!(manifests.len(), 5);
    let misspelt = &manifests[1]["faults"][0];
    assert_eq!(
        (&misspelt["line"], &misspelt["column"]),
        (&2.into(), &1.into())
    );

    let one = farm.expect(2, &["check", "two"]);
    assert!(!one.stderr.contains("one.toml"), "{one}");
    let run = farm.expect(2, &["run", "one"]);
    assert!(run.stderr.contains("sead"), "{run}");
}

#[test]
fn a_file_that_cannot_be_read_as_a_manifest_hides_no_other() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("experiments/My Exp.toml", RIGHT);
    fs::create_dir_all(farm.path("experiments/folder.toml")).expect("a folder");
    farm.write("experiments/latin.toml", b"version = 1\n# caf\xe9\n");
    farm.write("experiments/misspelt.toml", format!("sead = 1\n{RIGHT}"));
    farm.declare(
        "prints",
        &["echo", "a"],
        "[[outputs]]\nstream = \"stdout\"\n",
    );
    let check = farm.expect(2, &["check"]);
    snapshot!(check, @r#"
    exit code: 2
    --- stdout ---
    5 manifests: 4 faults, 1 warning
    --- stderr ---
    error: `experiments/folder.toml` is not a file
    error: `experiments/latin.toml` is not UTF-8: line 2 has other bytes
    hint: save it as UTF-8
    error: unknown key `sead`
     --> experiments/misspelt.toml:1:1
      |
    1 | sead = 1
      | ^^^^
      |
      = hint: did you mean `seed`?

    warning: `prints` has no `[source] include`: every file that git tracks enters, and any change to one makes another plan
    hint: name the files that the command reads: `[source] include = ["train.py"]`
    error: `My Exp` is not an experiment's name: use lower-case letters, digits, `-` and `_`, at most 64
    hint: rename `experiments/My Exp.toml`
    "#);
    let object = farm.json(2, &["check"]);
    let kinds: Vec<_> = object["manifests"]
        .as_array()
        .expect("manifests")
        .iter()
        .map(|manifest| {
            (
                manifest["path"].clone(),
                manifest["faults"][0]["kind"].clone(),
            )
        })
        .collect();
    let expected = [
        ("experiments/folder.toml", Value::from("unreadable")),
        ("experiments/latin.toml", Value::from("unreadable")),
        ("experiments/misspelt.toml", Value::from("unknown-key")),
        ("experiments/prints.toml", Value::Null),
        ("experiments/My Exp.toml", Value::from("bad-name")),
    ];
    assert_eq!(kinds, expected.map(|(path, kind)| (path.into(), kind)));
    let run = farm.expect(2, &["run", "latin"]);
    assert!(run.stderr.contains("is not UTF-8: line 2"), "{run}");

    // A rerun of all goes on past it, and past what is no manifest.
    farm.commit("odd names");
    farm.git(&["rm", "--quiet", "experiments/misspelt.toml"]);
    farm.expect(0, &["run", "prints"]);
    farm.commit("fewer");
    let rerun = farm.expect(2, &["rerun", "HEAD"]);
    insta::with_settings!({filters => environment::steady()}, {
        insta::assert_snapshot!(rerun, @r#"
        exit code: 2
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        prints: identical (profile portable, compared with record [__DIGEST__])
        --- stderr ---
        warning: `[_COMMIT_]:experiments/My Exp.toml` is left out: `My Exp` is not an experiment's name: use lower-case letters, digits, `-` and `_`, at most 64
        error: `[_COMMIT_]:experiments/latin.toml` is not UTF-8: line 2 has other bytes
        hint: save it as UTF-8
        a
        "#);
    });
}

#[test]
fn what_will_surprise_is_a_warning() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.write("experiments/first.toml", RIGHT);
    farm.write("code/train me.py", "");
    let check = farm.resow(&["check"]);
    snapshot!(check, @"
    exit code: 0
    --- stdout ---
    1 manifest: 0 faults, 2 warnings
    --- stderr ---
    warning: `code/` is not tracked by git and will not enter a run of `first`
    hint: git add code/
    warning: `first` cannot build its image: `docker/python/recipe.toml` is not tracked by git
    hint: git add docker/python/recipe.toml
    ");
    farm.git(&["add", "--all"]);
    let check = farm.expect(0, &["check"]);
    assert_eq!(check.stdout, "1 manifest: 0 faults, 0 warnings\n");
    farm.replace("docker/python/recipe.toml", "    \"grep\",\n", "");
    let check = farm.expect(0, &["check"]);
    assert!(
        check.stderr.contains("resow image lock docker/python"),
        "{check}"
    );
    farm.replace(
        "experiments/first.toml",
        "[source]\ninclude = [\"code/\"]\n",
        "",
    );
    let check = farm.expect(0, &["check"]);
    assert!(
        check.stderr.contains("has no `[source] include`"),
        "{check}"
    );
    farm.replace(
        "experiments/first.toml",
        "version = 1\n",
        "version = 1\ncommit = \"0123456789012345678901234567890123456789\"\n",
    );
    let check = farm.expect(0, &["check"]);
    assert!(
        check.stderr.contains(
            "warning: `first` cannot run from its `commit`: \
             `0123456789012345678901234567890123456789` is not in this repository\n\
             hint: run `git fetch` first\n"
        ),
        "{check}"
    );
}

#[test]
fn a_setting_that_does_not_act_yet_is_refused_and_says_so() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write(
        "experiments/later.toml",
        format!("{RIGHT}compare = {{ kind = \"json\", relative = 1e-6 }}\n[secrets]\nnames = [\"TOKEN\"]\n\
                  [determinism]\nentropy = \"seeded\"\n"),
    );
    farm.replace(
        "experiments/later.toml",
        "version = 1\n",
        "version = 1\nprofile = \"fast\"\n",
    );
    let check = farm.resow(&["check"]);
    snapshot!(check, @r#"
    exit code: 2
    --- stdout ---
    1 manifest: 1 fault, 0 warnings
    --- stderr ---
    error: setting `secrets.names` does not act yet
      --> experiments/later.toml:11:1
       |
    11 | names = ["TOKEN"]
       | ^^^^^
       |
       = hint: leave `[secrets]` out: runs have no network and see no secret
    "#);
}

#[test]
fn misspelt_names_and_words_are_met_with_the_near_one() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let empty = farm.expect(2, &["check"]);
    assert!(empty.stderr.contains("hint: `resow init`"), "{empty}");
    farm.write("experiments/digits.toml", RIGHT);
    farm.write("experiments/letters.toml", RIGHT);
    for (arguments, expected) in [
        (&["run", "digit"][..], "did you mean `digits`?"),
        (&["check", "leters"], "did you mean `letters`?"),
        (&["pin", "nothing-near"], "there are: digits, letters"),
        (&["verfy"], "'verify'"),
        (&["run", "digits", "--sead", "1"], "'--seed'"),
        (&["image", "biuld", "docker/python"], "'build'"),
        (&["run", "../digits"], "digits"),
        (&["run"], "<NAME>"),
    ] {
        let refusal = farm.expect(2, arguments);
        assert!(
            refusal.stderr.contains(expected),
            "{expected} in\n{refusal}"
        );
        assert_eq!(refusal.stdout, "", "{refusal}");
    }
}

#[test]
fn a_manifest_cannot_draw_on_the_terminal() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write(
        "experiments/evil.toml",
        "version = 1\n\"\\u001b[2J\" = 1\ncommand = [\"\u{202e}\"]\n",
    );
    let check = farm.expect(2, &["check"]);
    assert!(!check.stderr.contains('\u{1b}'), "{check}");
}

#[test]
fn every_command_explains_itself() {
    let environment = Environment::new();
    for words in [
        &[][..],
        &["init"],
        &["check"],
        &["pin"],
        &["run"],
        &["rerun"],
        &["claim"],
        &["verify"],
        &["diff"],
        &["log"],
        &["show"],
        &["image"],
        &["image", "lock"],
        &["image", "build"],
        &["image", "save"],
        &["image", "load"],
        &["image", "list"],
    ] {
        let mut command = environment.command(env!("CARGO_BIN_EXE_resow"), environment.path());
        let help = environment.run(command.args(words).arg("--help"));
        assert_eq!(help.code, 0, "{words:?}\n{help}");
        assert!(help.stdout.contains("Usage: resow"), "{help}");
        let teaches = help.stdout.contains("Example") || help.stdout.contains("A first experiment");
        let needs_example = words != ["image"];
        assert!(
            teaches || !needs_example,
            "{words:?} has no example\n{help}"
        );
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
