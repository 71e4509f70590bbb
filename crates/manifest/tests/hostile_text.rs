//! Any text is read without a panic, and every place lies inside it.

use proptest::prelude::*;
use resow_manifest::fault::Fault;
use resow_manifest::manifest::Manifest;
use resow_manifest::pinning::{PinTargets, PinnedValues, pin};

use resow_manifest::digest::Sha256Digest;

const SEEDS: &[&str] = &[
    include_str!("hostile_text/every_key.toml"),
    include_str!("hostile_text/unpinned.toml"),
];

fn places_are_right(text: &str, faults: impl IntoIterator<Item = Fault>) {
    let mut last = 0;
    for fault in faults {
        assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
        assert!(
            fault.span.start >= last,
            "not in the order of places: {fault:?}"
        );
        assert!(
            !fault.message.is_empty() && !fault.message.ends_with('.'),
            "{fault:?}"
        );
        let words = format!(
            "{} {}",
            fault.message,
            fault.hint.as_deref().unwrap_or_default()
        );
        assert!(!words.contains(char::is_control), "{fault:?}");
        last = fault.span.start;
    }
}

fn look_at(text: &str) {
    match Manifest::parse(text) {
        Ok(manifest) => {
            manifest.fill_command();
        }
        Err(faults) => places_are_right(text, faults),
    }
    let Ok(targets) = PinTargets::parse(text) else {
        return;
    };
    let digest = Sha256Digest::of(b"");
    let values = PinnedValues {
        image: targets.image.as_ref().map(|_| digest),
        inputs: targets
            .inputs
            .iter()
            .map(|input| (input.index, digest))
            .collect(),
    };
    let pinned = pin(text, &values).expect("only digests are missing");
    Manifest::parse(&pinned).expect("pinned");
    if targets.is_empty() {
        assert_eq!(pinned, text);
    }
}

fn fragment() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "version = 1\n",
        "version = 2\n",
        "seed = ",
        "command = [",
        "]",
        "{",
        "}",
        "[[inputs]]\n",
        "[[outputs]]\n",
        "[params]\n",
        "\"",
        "'''",
        "\"\"\"",
        "=",
        ",",
        "\n",
        "\r\n",
        "at = \"a\"\n",
        "sha256 = ",
        "nan",
        "é",
        "\u{feff}",
        "\0",
        "\u{1b}[31m",
        "\\u001b[31m",
        "{params.lr}",
        "\\u0000",
        "1979-05-27",
        "0xff",
        "#",
        ".",
        "path = \"..\"\n",
        "image = 3\n",
        "[image]\n",
    ];
    prop_oneof![4 => proptest::sample::select(WORDS).prop_map(ToOwned::to_owned), 1 => any::<String>()]
}

/// A right manifest in which parts are replaced.
fn mutated() -> impl Strategy<Value = String> {
    let edits = proptest::collection::vec(
        (any::<prop::sample::Index>(), 0..12_usize, fragment()),
        1..5,
    );
    (proptest::sample::select(SEEDS), edits).prop_map(|(text, edits)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (place, length, replacement) in edits {
            let start = place.index(characters.len() + 1);
            let end = (start + length).min(characters.len());
            characters.splice(start..end, replacement.chars());
        }
        characters.into_iter().collect()
    })
}

/// A right manifest without some of its lines.
fn thinned() -> impl Strategy<Value = String> {
    (proptest::sample::select(SEEDS), any::<u64>()).prop_map(|(text, kept)| {
        text.lines()
            .enumerate()
            .filter(|(index, _)| kept.rotate_left(u32::try_from(*index % 64).unwrap_or(0)) & 3 != 0)
            .map(|(_, line)| format!("{line}\n"))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        look_at(&text);
    }

    #[test]
    fn any_sequence_of_fragments_is_read(parts in proptest::collection::vec(fragment(), 0..30)) {
        look_at(&parts.concat());
    }

    #[test]
    fn a_manifest_with_replaced_parts_is_read(text in mutated()) {
        look_at(&text);
    }

    #[test]
    fn a_manifest_with_missing_lines_is_read(text in thinned()) {
        look_at(&text);
    }
}

#[test]
fn deep_nesting_is_a_fault() {
    let deep = format!(
        "version = 1\nparams.a = {}{}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    look_at(&deep);
    look_at(&format!("a{} = 1", ".a".repeat(50_000)));
}

#[test]
fn a_byte_order_mark_shifts_no_place() {
    let text = "\u{feff}version = 2\n";
    let faults = Manifest::parse(text).expect_err("a newer version");
    let places: Vec<_> = faults
        .iter()
        .map(|fault| &text[fault.span.clone()])
        .collect();
    assert_eq!(places, ["2"]);
}

#[test]
fn escapes_for_a_terminal_are_not_repeated() {
    let text = "version = 1\n\"\\u001b[31m\\u202e\" = 1\n";
    let faults = Manifest::parse(text).expect_err("an unknown key");
    let unknown = faults
        .iter()
        .find(|fault| fault.message.starts_with("unknown"));
    assert_eq!(
        unknown.map(|fault| fault.message.as_str()),
        Some("unknown key `\\u{1b}[31m\\u{202e}`")
    );
}
