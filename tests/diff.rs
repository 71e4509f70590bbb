//! `resow diff`: records, claims and folders; what is more, less, renamed, or other in a byte.

mod environment;

use std::fs;

use environment::{Environment, steady};

#[test]
fn folders_that_differ_by_one_file_more_one_less_one_renamed_and_one_byte() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for (name, content) in [
        ("same", "the same\n"),
        ("less", "only left\n"),
        ("old-name", "renamed\n"),
        ("lines", "one\ntwo\nthree\n"),
        ("binary", "\0\u{1}\u{2}"),
        ("grown", "start"),
    ] {
        farm.write(&format!("left/{name}"), content);
    }
    for (name, content) in [
        ("same", "the same\n"),
        ("more", "only right\n"),
        ("new-name", "renamed\n"),
        ("lines", "one\ntwo\nThree\n"),
        ("binary", "\0\u{1}\u{3}"),
        ("grown", "start and more"),
    ] {
        farm.write(&format!("right/{name}"), content);
    }
    let transcript = farm.expect(1, &["diff", "left", "right"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 1
        --- stdout ---
        output    left          right         finding
        binary    [__DIGEST__]  [__DIGEST__]  different
        grown     [__DIGEST__]  [__DIGEST__]  different
        less      [__DIGEST__]  -             only left
        lines     [__DIGEST__]  [__DIGEST__]  different
        more      -             [__DIGEST__]  only right
        new-name  [__DIGEST__]  [__DIGEST__]  renamed
        binary: 1 difference (bytes)
          1 byte differs, at offset 2; 3 bytes each
        grown: 1 difference (text)
          line 1
            - start
            + start and more
        lines: 1 difference (text)
          line 3
            - three
            + Three
        new-name: renamed from old-name
        different: 6 of 7 outputs differ between left and right
        --- stderr ---
        "#);
    });
    let same = farm.expect(0, &["diff", "left", "left"]);
    insta::assert_snapshot!(same, @r#"
    exit code: 0
    --- stdout ---
    identical: 0 of 6 outputs differ between left and left
    --- stderr ---
    "#);
    // Links are compared as links, and never followed; a FIFO is named and does not hang.
    std::os::unix::fs::symlink("/etc/hostname", farm.path("left/link")).expect("a link");
    std::os::unix::fs::symlink("/etc/hostname", farm.path("right/link")).expect("a link");
    let linked = farm.json(1, &["diff", "left", "right"]);
    let link = linked["outputs"]
        .as_array()
        .expect("outputs")
        .iter()
        .find(|output| output["name"] == "link")
        .expect("the link");
    assert_eq!(link["finding"]["kind"], "identical", "{linked}");
    let made = environment.run(
        environment
            .command("mkfifo", farm.path("left").as_path())
            .arg("pipe"),
    );
    assert_eq!(made.code, 0, "{made}");
    let refused = farm.expect(4, &["diff", "left", "right"]);
    assert!(refused.stderr.contains("`pipe`"), "{refused}");
}

#[test]
fn records_and_claims() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "harvest",
        "mkdir out\n\
         seq 1 5 > out/numbers\n\
         if [ $RESOW_SEED = 7 ]; then\n\
           sed -i s/4/four/ out/numbers; echo more > out/more; echo kept > out/renamed\n\
         else\n\
           echo less > out/less; echo kept > out/kept\n\
         fi\n",
        "[[outputs]]\npath = \"out\"\n",
    );
    farm.commit("harvest");
    farm.expect(0, &["run", "harvest"]);
    farm.expect(0, &["claim", "harvest"]);
    let other = farm.json(0, &["run", "harvest", "--seed", "7"]);
    let other = other["record"].as_str().expect("a record");
    for left in ["harvest", "experiments/harvest.claim.toml"] {
        let transcript = farm.expect(1, &["diff", left, other]);
        insta::allow_duplicates! {
            insta::with_settings!({filters => steady()}, {
                insta::assert_snapshot!(transcript, @r#"
                exit code: 1
                --- stdout ---
                plan: seed: left 42, right 7
                output       left          right         finding
                out/less     [__DIGEST__]  -             only left
                out/more     -             [__DIGEST__]  only right
                out/numbers  [__DIGEST__]  [__DIGEST__]  different
                out/renamed  [__DIGEST__]  [__DIGEST__]  renamed
                out/numbers: 1 difference (text)
                  line 4
                    - 4
                    + four
                out/renamed: renamed from out/kept
                different: 4 of 4 outputs differ between experiments/harvest.claim.toml and
                  record [__DIGEST__]
                --- stderr ---
                "#);
            });
        }
    }
    let same = farm.expect(0, &["diff", other, other]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(same, @r#"
        exit code: 0
        --- stdout ---
        identical: 0 of 3 outputs differ between record [__DIGEST__] and record
          [__DIGEST__]
        --- stderr ---
        "#);
    });
    // A record and the folder that it left.
    let folder = farm.expect(0, &["diff", other, "results/harvest"]);
    assert!(
        folder.stdout.contains("identical: 0 of 3 outputs"),
        "{folder}"
    );

    // Another experiment of the same plan has its results too.
    farm.write(
        "experiments/copy.toml",
        farm.read("experiments/harvest.toml"),
    );
    farm.git(&["add", "--all"]);
    let copy = farm.json(0, &["run", "copy"]);
    assert_eq!(
        (&copy["executed"], &copy["experiment"]),
        (&false.into(), &"copy".into())
    );
    assert_eq!(farm.read("results/copy/out/kept"), "kept\n");
    fs::remove_file(farm.path("experiments/copy.toml")).expect("removed");

    // In a clone that has the claim and not the bytes, the digests tell.
    farm.commit("what it gave");
    let revision = farm.expect(1, &["diff", "HEAD:harvest", other]);
    assert!(
        revision.stdout.contains("4 of 4 outputs differ"),
        "{revision}"
    );
    let teammate = farm.clone_as("teammate");
    let theirs = teammate.json(0, &["run", "harvest", "--seed", "7"]);
    let theirs = theirs["record"].as_str().expect("a record");
    let transcript = teammate.expect(1, &["diff", "harvest", theirs]);
    assert!(
        transcript.stdout.contains("not in the store"),
        "{transcript}"
    );
}

#[test]
fn what_is_neither_is_named() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    fs::create_dir(farm.path("left")).expect("a folder");
    let nowhere = farm.expect(2, &["diff", "left", "nowhere"]);
    insta::assert_snapshot!(nowhere, @r#"
    exit code: 2
    --- stdout ---
    --- stderr ---
    error: `nowhere` is neither a file or folder, nor an experiment with a claim, a revision or the start of a record
    hint: `resow log` lists all records; `REVISION:NAME` names the claim in a revision
    "#);
    let no_record = farm.expect(4, &["diff", "left", "0123456789ab"]);
    insta::assert_snapshot!(no_record, @r#"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: no record begins with `0123456789ab`
    hint: `resow log` lists all records
    "#);
}

#[test]
fn what_cannot_be_compared_is_named_as_what_it_is() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("a.json", "{}");
    let made = environment.run(
        environment
            .command("mkfifo", farm.path("").as_path())
            .arg("pipe"),
    );
    assert_eq!(made.code, 0, "{made}");
    let _socket = std::os::unix::net::UnixListener::bind(farm.path("socket")).expect("a socket");
    std::os::unix::fs::symlink("nowhere", farm.path("dangling")).expect("a link");
    for (what, message) in [
        (
            "pipe",
            "`pipe` is a FIFO, and what it gives is read once at most",
        ),
        ("socket", "`socket` is a socket"),
        ("/dev/null", "`/dev/null` is a device"),
        ("dangling", "`dangling` is a link that leads nowhere"),
        ("b.json", "there is no file or folder `b.json`"),
        (
            "012",
            "`012` is no commit, and too short or too long for the start of a record",
        ),
    ] {
        for arguments in [["diff", "a.json", what], ["diff", what, "a.json"]] {
            let refused = farm.expect(2, &arguments);
            assert!(refused.stderr.contains(message), "{refused}");
            assert!(refused.stderr.contains("hint: "), "{refused}");
        }
    }
    let short = farm.expect(2, &["diff", "012", "a.json"]);
    assert!(
        short.stderr.contains("use at least 4 hexadecimal digits"),
        "{short}"
    );
}

#[test]
fn two_files_by_what_they_hold() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("a.json", "{\"loss\": 0.5, \"steps\": [1, 2]}");
    farm.write("b.json", "{ \"steps\": [1.0, 2],\n  \"loss\": 5e-1 }\n");
    farm.write("c.json", "{\"loss\": 0.25, \"steps\": [1, 2]}");
    let same = farm.expect(0, &["diff", "a.json", "a.json"]);
    assert_eq!(same.stdout, "identical: a.json and a.json\n");
    // The same of folders is told of as what it is.
    farm.write("one/metrics.json", farm.read("a.json"));
    farm.write("other/metrics.json", farm.read("b.json"));
    let folders = farm.expect(0, &["diff", "one", "other"]);
    assert!(
        folders.stdout.ends_with(
            "equivalent: 1 of 1 output holds the same in other bytes in one and other\n"
        ),
        "{folders}"
    );
    let equivalent = farm.expect(0, &["diff", "a.json", "b.json"]);
    insta::assert_snapshot!(equivalent, @r#"
    exit code: 0
    --- stdout ---
    b.json: the same content in other bytes (JSON)
    equivalent: a.json and b.json
    --- stderr ---
    "#);
    let different = farm.expect(1, &["diff", "a.json", "c.json"]);
    insta::assert_snapshot!(different, @r#"
    exit code: 1
    --- stdout ---
    c.json: 1 difference (JSON)
      loss: left 0.5, right 0.25
        0.25 apart, relative 0.5, 4503599627370496 last places
    different: a.json and c.json
    --- stderr ---
    "#);
    fs::create_dir(farm.path("folder")).expect("a folder");
    let alone = farm.expect(2, &["diff", "a.json", "folder"]);
    assert!(alone.stderr.contains("`a.json` is a file"), "{alone}");
    let answer = farm.json(1, &["diff", "a.json", "c.json"]);
    let difference = &answer["comparison"]["differences"][0];
    assert_eq!(difference["place"], "loss", "{answer}");
    assert_eq!(difference["distance"]["absolute"], 0.25, "{answer}");
}

#[test]
fn names_choose_a_format_where_both_choose_the_same() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for name in ["x.txt", "x.json", "x.yml"] {
        farm.write(name, "{\"a\": 1}");
    }
    for name in ["y.txt", "y.json", "y.yaml"] {
        farm.write(name, "{ \"a\": 1.0 }");
    }
    farm.expect(0, &["diff", "x.json", "y.json"]);
    farm.expect(0, &["diff", "x.yml", "y.yaml"]);
    for (left, right) in [("x.txt", "y.json"), ("x.json", "y.txt")] {
        let answer = farm.json(1, &["diff", left, right]);
        assert_eq!(answer["comparison"]["format"], "text", "{answer}");
    }
    let different = farm.expect(1, &["diff", "x.txt", "y.json"]);
    insta::assert_snapshot!(different, @r#"
    exit code: 1
    --- stdout ---
    y.json: 1 difference (text)
      line 1
        - {"a": 1}
        + { "a": 1.0 }
    the names show different formats, text and JSON: content decides
    different: x.txt and y.json
    --- stderr ---
    "#);
}

#[test]
fn files_and_folders_need_no_repository() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let plain = farm.at(environment.path().join("plain"));
    for (name, content) in [("left", "one\n"), ("right", "two\n")] {
        plain.write(&format!("{name}/a"), content);
        plain.write(&format!("{name}/same"), "the same\n");
    }
    plain.expect(0, &["diff", "left/same", "right/same"]);
    let files = plain.expect(1, &["diff", "left/a", "right/a"]);
    assert!(files.stdout.contains("+ two"), "{files}");
    let folders = plain.expect(1, &["diff", "left", "right"]);
    assert!(folders.stdout.contains("1 of 2 outputs"), "{folders}");
    let answer = plain.json(1, &["diff", "left", "right"]);
    assert_eq!(answer["outputs"].as_array().expect("outputs").len(), 2);
    let refused = plain.expect(2, &["diff", "left", "HEAD"]);
    assert!(refused.stderr.contains("git init"), "{refused}");
}

#[test]
fn what_is_told_of_numbers_is_true() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("one.json", "{\"a\": 1e400, \"b\": NaN, \"c\": 0}");
    farm.write("other.json", "{\"a\": 1e401, \"b\": 1, \"c\": 0}");
    let found = farm.expect(1, &["diff", "one.json", "other.json"]);
    for text in ["how far is beyond double precision", "one is not finite"] {
        assert!(found.stdout.contains(text), "{found}");
    }

    let list = |number: usize| format!("[{}]", vec![number.to_string(); 1500].join(","));
    farm.write("one.json", list(1));
    farm.write("other.json", list(2));
    let found = farm.expect(1, &["diff", "one.json", "other.json"]);
    assert!(
        found
            .stdout
            .contains("… and 1490 more differences (`--json` has the first 1000)"),
        "{found}"
    );
}
