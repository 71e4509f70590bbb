//! `resow fsck`: what it finds, what it repairs, and what it leaves alone.

mod environment;

use std::fs;

use environment::{Environment, Repository, flip_bit};

const OUTPUT: &str = "[[outputs]]\npath = \"made\"\n";

/// A repository with one record.
fn recorded<'environment>(environment: &'environment Environment) -> Repository<'environment> {
    let farm = environment.repository("farm");
    farm.declare_script("coin", "echo heads > made", OUTPUT);
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm
}

fn blob_of(farm: &Repository<'_>, content: &[u8]) -> std::path::PathBuf {
    let blobs = farm.stored("blobs").into_iter();
    let mut blobs = blobs.filter(|path| fs::read(path).expect("readable") == content);
    blobs.next().expect("a blob")
}

#[test]
fn damage_is_found_moved_aside_and_mended_by_a_rerun() {
    let environment = Environment::new();
    let farm = recorded(&environment);
    let whole = farm.json(0, &["fsck"]);
    assert_eq!(whole["findings"], serde_json::json!([]));
    assert_eq!(whole["checked"]["records"], 1);
    let blob = blob_of(&farm, b"heads\n");
    flip_bit(&blob, 0);
    let found = farm.expect(5, &["fsck"]);
    for line in found.stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for text in [
        "damaged   .resow/blobs/",
        "the content is damaged: expected ",
        "hint: `resow fsck --repair` moves it to `.resow/damaged/`",
        "the store is not whole: 1 damaged",
    ] {
        assert!(found.stdout.contains(text), "`{text}` in\n{found}");
    }
    let object = farm.json(5, &["fsck"]);
    assert_eq!(object["findings"][0]["kind"], "damaged-blob");
    assert_eq!(object["findings"][0]["severity"], "damaged");
    assert!(blob.exists(), "a check changes nothing");
    let repaired = farm.json(5, &["fsck", "--repair"]);
    assert_eq!(repaired["changes"][0]["action"], "moved");
    assert_eq!(repaired["findings"][0]["kind"], "lost-content");
    assert!(!blob.exists());
    let log = farm.json(0, &["log"]);
    let record = log["records"][0]["record"].as_str().expect("a record");
    // As the hint writes it.
    farm.expect(0, &["rerun", &record.trim_start_matches("sha256:")[..12]]);
    farm.expect(0, &["fsck"]);
    farm.expect(0, &["fsck", "--repair"]);
}

#[test]
fn without_a_store_or_a_folder_it_says_so() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let transcript = farm.expect(0, &["fsck"]);
    assert!(transcript.stdout.contains("no store yet"), "{transcript}");
    farm.expect(0, &["log"]);
    assert!(!farm.path(".resow").exists(), "looking makes nothing");
    let transcript = farm.expect(2, &["-C", "nowhere", "log"]);
    assert!(
        transcript.stderr.contains("there is no folder `nowhere`"),
        "{transcript}"
    );
    fs::create_dir(farm.path(".resow")).expect("a folder");
    fs::create_dir(farm.path(".resow/sources")).expect("a folder");
    fs::create_dir(farm.path(".resow/sources/temporary-1-0-0")).expect("a folder");
    let object = farm.json(0, &["fsck", "--repair"]);
    let made = object["changes"].as_array().expect("a list");
    assert!(made.iter().any(|it| it["path"] == ".resow/store.json"));
    assert!(!farm.path(".resow/sources/temporary-1-0-0").exists());
    assert_eq!(farm.json(0, &["fsck"])["findings"], serde_json::json!([]));
}
