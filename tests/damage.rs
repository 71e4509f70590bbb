//! One changed bit, wherever evidence lies: it is found, named, and the exit code is 5.

mod environment;

use std::fs;

use environment::{Environment, Repository, Transcript, flip_bit, overwrite, steady};

const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// A repository with an experiment that prints the seed and something that nobody decides.
fn noisy<'environment>(environment: &'environment Environment) -> Repository<'environment> {
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment(
        "noisy",
        "echo steady\ndate +%s%N | sha256sum | head -c 64 > noise\n",
        &format!("{STDOUT}\n[[outputs]]\npath = \"noise\"\n"),
    );
    farm.commit("noisy");
    farm
}

fn names(transcript: &Transcript, texts: &[&str]) {
    for text in texts {
        assert!(
            transcript.stderr.contains(text),
            "`{text}` in\n{transcript}"
        );
    }
}

#[test]
fn a_bit_of_a_blob() {
    let environment = Environment::new();
    let farm = noisy(&environment);
    farm.expect(0, &["run", "noisy"]);
    farm.expect(0, &["run", "noisy", "--force"]);
    let log = farm.json(0, &["log"]);
    let ids = [0, 1].map(|index| {
        log["records"][index]["record"]
            .as_str()
            .expect("a record")
            .to_owned()
    });
    farm.expect(1, &["diff", &ids[0], &ids[1]]);
    let record = farm.json(0, &["show", &ids[0]]);
    let digest = record["content"]["outputs"]["noise"]["digest"]
        .as_str()
        .expect("a digest")
        .trim_start_matches("sha256:")
        .to_owned();
    let blob = farm
        .stored("blobs")
        .into_iter()
        .find(|path| {
            path.to_string_lossy()
                .replace('/', "")
                .ends_with(&digest[4..])
        })
        .expect("a blob");
    flip_bit(&blob, 7);
    let transcript = farm.expect(5, &["diff", &ids[0], &ids[1]]);
    let mut filters = vec![(r"\.resow/blobs/../[0-9a-f]{64}", "[BLOB]")];
    filters.extend(steady());
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 5
        --- stdout ---
        --- stderr ---
        error: `noise`: blob `[__DIGEST__]` is damaged: expected sha256:[DIGEST], got sha256:[DIGEST]
        hint: `resow fsck --repair` moves `[BLOB]` aside; then run the experiment again, and check the disk
        "#);
    });
    names(&transcript, &[&digest]);
    // A blob that is gone altogether cannot be compared byte by byte; the digests still tell.
    fs::remove_file(&blob).expect("removed");
    let transcript = farm.expect(1, &["diff", &ids[0], &ids[1]]);
    assert!(
        transcript.stdout.contains("not in the store"),
        "{transcript}"
    );
}

#[test]
fn a_bit_of_a_claim() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", STDOUT);
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    let whole = fs::read(farm.path("experiments/coin.claim.toml")).expect("a claim");
    // In the comment, the version, the checksum, the plan, an output's digest, and the last line.
    let position = |text: &str| {
        let whole = String::from_utf8_lossy(&whole);
        whole
            .rfind(text)
            .unwrap_or_else(|| panic!("`{text}` in\n{whole}"))
    };
    let offsets = [
        3,
        position("version = 1") + 2,
        position("checksum = ") + 20,
        position("seed = 42") + 7,
        position("digest = ") + 30,
        position("size = ") + 7,
        whole.len() - 1,
    ];
    for offset in offsets {
        fs::write(farm.path("experiments/coin.claim.toml"), &whole).expect("written");
        flip_bit(&farm.path("experiments/coin.claim.toml"), offset);
        for arguments in [
            &["verify"][..],
            &["show", "coin"],
            &["diff", "coin", "coin"],
        ] {
            let transcript = farm.expect(5, arguments);
            names(&transcript, &["experiments/coin.claim.toml"]);
        }
    }
    farm.commit("a damaged claim");
    let transcript = farm.expect(5, &["rerun", "HEAD"]);
    names(&transcript, &["experiments/coin.claim.toml"]);
    let transcript = farm.expect(5, &["verify"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 5
        --- stdout ---
        --- stderr ---
        error: `experiments/coin.claim.toml`: the claim is damaged: its checksum is `sha256:[DIGEST]`, not `sha256:[DIGEST]` as it says
        hint: restore it with `git checkout`, or write it anew with `resow claim`; it is not edited by hand
        "#);
    });
    // Written anew, it is whole again.
    farm.expect(0, &["claim", "coin"]);
    farm.expect(0, &["verify"]);
}

#[test]
fn a_bit_of_a_record() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", STDOUT);
    farm.experiment("dice", "echo six\n", STDOUT);
    farm.commit("coin and dice");
    farm.expect(0, &["run", "coin"]);
    let record = farm.stored("records").pop().expect("a record");
    let id = record
        .file_stem()
        .and_then(|stem| stem.to_str())
        .expect("an identifier")
        .to_owned();
    farm.expect(0, &["run", "dice"]);
    let whole = fs::read(&record).expect("a record");
    for offset in [0, 100, whole.len() / 2, whole.len() - 2] {
        overwrite(&record, &whole);
        flip_bit(&record, offset);
        for arguments in [
            &["log"][..],
            &["show", &id],
            &["run", "coin"],
            &["claim", "coin"],
            &["diff", &id, &id],
        ] {
            let transcript = farm.expect(5, arguments);
            names(&transcript, &[&id[..12]]);
        }
    }
    let transcript = farm.expect(5, &["run", "coin"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 5
        --- stdout ---
        --- stderr ---
        error: record `[__DIGEST__]` is damaged: expected sha256:[DIGEST], got sha256:[DIGEST]
        hint: `resow fsck --repair` moves `.resow/records/[DIGEST].json` aside; then run the experiment again, and check the disk
        "#);
    });
    // The others are listed and answer all the same.
    let log = farm.expect(5, &["log"]);
    assert!(log.stdout.contains(" dice "), "{log}");
    farm.expect(0, &["run", "dice"]);
    // A run is possible in spite of it, and what it gives is good; a claim considers every record.
    farm.expect(0, &["run", "coin", "--force"]);
    let transcript = farm.expect(0, &["run", "coin"]);
    assert!(
        transcript.stderr.contains("recorded already"),
        "{transcript}"
    );
    farm.expect(5, &["claim", "coin"]);
    // Moved aside, as the hint says, it is forgotten, and not lost.
    farm.expect(5, &["fsck"]);
    farm.expect(0, &["fsck", "--repair"]);
    assert!(!record.exists());
    assert_eq!(farm.stored("damaged").len(), 1);
    farm.expect(0, &["log"]);
    farm.expect(0, &["claim", "coin"]);
}

#[test]
fn a_bit_of_a_git_object() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", STDOUT);
    farm.commit("coin");
    let blob = farm.git(&["rev-parse", "HEAD:code/coin.sh"]);
    flip_bit(
        &farm.path(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..])),
        12,
    );
    let transcript = farm.expect(5, &["rerun", "HEAD"]);
    names(&transcript, &[&blob, "code/coin.sh"]);
}

#[test]
fn a_bit_of_an_output_is_a_difference() {
    let environment = Environment::new();
    let farm = noisy(&environment);
    farm.expect(0, &["run", "noisy"]);
    farm.expect(0, &["claim", "noisy"]);
    let transcript = farm.expect(1, &["verify"]);
    let mut filters = steady();
    filters.push((r"([-+]) (\.\.\.)?[0-9a-f]{20,}.*", "$1 [NOISE]"));
    insta::with_settings!({filters => filters.clone()}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 1
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        noise     [__DIGEST__]  [__DIGEST__]  different
        noisy: different (profile portable, compared with experiments/noisy.claim.toml)
          noise: 1 difference (text)
            line 1
              - [NOISE]
              + [NOISE]
          nothing that was seen points to a cause
          `resow diagnose noisy` finds the cause by experiment
        --- stderr ---
        "#);
    });
    let results = farm.path("results/noisy");
    let copy = farm.path("copy");
    environment::copy_folder(&results, &copy);
    farm.expect(0, &["diff", "results/noisy", "copy"]);
    flip_bit(&copy.join("noise"), 63);
    let transcript = farm.expect(1, &["diff", "results/noisy", "copy"]);
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(transcript, @r#"
        exit code: 1
        --- stdout ---
        output  left          right         finding
        noise   [__DIGEST__]  [__DIGEST__]  different
        noise: 1 difference (text)
          line 1
            - [NOISE]
            + [NOISE]
        different: 1 of 3 outputs differs between results/noisy and copy
        --- stderr ---
        "#);
    });
}
