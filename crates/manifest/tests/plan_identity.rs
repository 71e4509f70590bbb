//! The identity of plans: golden bytes, and that it changes with each field and with nothing else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use resow_manifest::determinism::{
    Algorithms, Clock, ClockStep, Determinism, Entropy, InstructionSet, Profile,
};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::{ChainId, SourceId};
use resow_manifest::output_location::OutputLocation;
use resow_manifest::parameter::ParameterValue;
use resow_manifest::plan::{Network, Plan, PlanImage};
use resow_manifest::seed::Seed;
use resow_manifest::workspace_path::WorkspacePath;

fn digest(byte: u8) -> Sha256Digest {
    Sha256Digest::from_bytes([byte; 32])
}

fn location(text: &str) -> OutputLocation {
    text.parse().expect("an output's location")
}

fn small() -> Plan {
    Plan {
        layer: 0,
        source: SourceId::new(digest(1)),
        seed: Seed::new(42),
        command: vec!["true".to_owned()],
        cpus: 1,
        network: Network::None,
        outputs: BTreeSet::from([location("<stdout>")]),
        image: PlanImage {
            chain: ChainId::new(digest(2)),
            architecture: "amd64".to_owned(),
            environment: BTreeMap::new(),
        },
        determinism: Determinism::LAYER_0,
        parameters: BTreeMap::new(),
        environment: BTreeMap::new(),
        inputs: BTreeMap::new(),
    }
}

fn full() -> Plan {
    let text = |text: &str| text.to_owned();
    let mut plan = small();
    plan.command = vec![text("python3"), text("train.py"), text("größe")];
    plan.cpus = 4;
    plan.outputs = ["out/b", "out/*.npy", "<stdout>", "out/a"]
        .map(location)
        .into();
    plan.image.environment = BTreeMap::from([
        (text("PATH"), text("/usr/bin")),
        (text("LANG"), text("C.UTF-8")),
    ]);
    plan.environment = BTreeMap::from([(text("WANDB_MODE"), text("offline"))]);
    plan.inputs = BTreeMap::from([("data/a.csv".parse().expect("a path"), digest(3))]);
    plan.parameters = BTreeMap::from([
        (text("lr"), ParameterValue::Float(0.1)),
        (text("zero"), ParameterValue::Float(-0.0)),
        (text("depth"), ParameterValue::Integer(-3)),
        (text("fast"), ParameterValue::Boolean(true)),
        (text("name"), ParameterValue::String(text("a\"b"))),
        (
            text("steps"),
            ParameterValue::Array(vec![ParameterValue::Integer(1), ParameterValue::Float(1.0)]),
        ),
        (
            text("net"),
            ParameterValue::Table(BTreeMap::from([(
                text("é"),
                ParameterValue::Integer(i64::MAX),
            )])),
        ),
    ]);
    plan
}

#[test]
fn the_encoding_is_the_documented_one() {
    let elements = [
        "0c00000000000000 7265736f7720706c616e2031", // the text `resow plan 1`
        "0000000000000000",                          // layer
        "2000000000000000 0101010101010101010101010101010101010101010101010101010101010101", // source
        "2000000000000000 0202020202020202020202020202020202020202020202020202020202020202", // image.chain
        "0500000000000000 616d643634", // image.architecture, `amd64`
        "0000000000000000",            // image.environment
        "2a00000000000000",            // seed
        "0100000000000000 0400000000000000 74727565", // command, one text, `true`
        "0000000000000000",            // parameters
        "0000000000000000",            // environment
        "0000000000000000",            // inputs
        "0100000000000000 0600000000000000 7374646f7574", // outputs, one choice, `stdout`
        "0400000000000000 686f7374",   // determinism.entropy, `host`
        "0400000000000000 686f7374",   // determinism.clock, `host`
        "0100000000000000",            // cpus
        "0400000000000000 6e6f6e65",   // network, `none`
    ];
    let hex: String = small()
        .encoding()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hex, elements.concat().replace(' ', ""));
    assert_eq!(
        small().id().to_string(),
        "sha256:7f79536435dc8d2d0e2a39452077ea529ed75af038490839d4bcd340008b6390"
    );
}

#[test]
fn from_layer_1_on_the_settings_are_in_the_encoding() {
    let plan = Plan {
        layer: 1,
        determinism: portable(),
        ..small()
    };
    let elements = [
        "0800000000000000 706f727461626c65", // determinism.profile, `portable`
        "0200000000000000",                  // determinism.threads
        "0900000000000000 7838362d36342d7633", // determinism.instruction_set, `x86-64-v3`
        "0600000000000000 737472696374",     // determinism.algorithms, `strict`
        "0600000000000000 736565646564",     // determinism.entropy, `seeded`
        "1400000000000000 323032362d30312d33315431323a30303a30305a", // determinism.clock, RFC 3339
        "0100000000000000",                  // cpus
    ];
    let hex: String = plan
        .encoding()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let expected = elements.concat().replace(' ', "");
    assert!(hex.contains(&expected), "{hex}");
}

#[test]
fn a_clock_that_counts_is_encoded_as_it_is_documented() {
    let plan = Plan {
        layer: 1,
        determinism: Determinism {
            clock: "from 2026-01-01T01:00:00+01:00 by 1000ns"
                .parse()
                .expect("a clock"),
            ..portable()
        },
        ..small()
    };
    let text = b"from 2026-01-01T00:00:00Z by 1us";
    let mut expected = (text.len() as u64).to_le_bytes().to_vec();
    expected.extend(text);
    let encoding = plan.encoding();
    assert!(
        encoding
            .windows(expected.len())
            .any(|part| part == expected)
    );
}

fn portable() -> Determinism {
    Determinism {
        profile: Profile::Portable,
        threads: Some(2),
        instruction_set: InstructionSet::X86_64V3,
        algorithms: Algorithms::Strict,
        entropy: Entropy::Seeded,
        clock: "2026-01-31T13:00:00+01:00".parse().expect("a time"),
    }
}

#[test]
fn the_identity_of_a_full_plan_stays() {
    assert_eq!(
        full().id().to_string(),
        "sha256:0e4ec629ae47d26168ed21ee39bf8d31d5e20dfa11b96b922f45076fc0225b6d"
    );
}

#[test]
fn values_of_other_types_are_other_values() {
    let values = [
        ParameterValue::Integer(1),
        ParameterValue::Float(1.0),
        ParameterValue::String("1".to_owned()),
        ParameterValue::Boolean(true),
        ParameterValue::String("true".to_owned()),
        ParameterValue::Float(0.0),
        ParameterValue::Float(-0.0),
        ParameterValue::Array(Vec::new()),
        ParameterValue::String("[]".to_owned()),
        ParameterValue::Table(BTreeMap::new()),
        ParameterValue::Array(vec![ParameterValue::Integer(1)]),
        ParameterValue::Array(vec![ParameterValue::Float(1.0)]),
    ];
    let plans = values.map(|value| Plan {
        parameters: BTreeMap::from([("a.b".to_owned(), value)]),
        ..small()
    });
    for (left_index, left) in plans.iter().enumerate() {
        for (right_index, right) in plans.iter().enumerate() {
            let same = left_index == right_index;
            assert_eq!(left.id() == right.id(), same);
            assert_eq!(left == right, same);
            let differences = left.differences(right);
            assert_eq!(differences.is_empty(), same);
            for difference in differences {
                assert_eq!(difference.field, "parameters.\"a.b\"");
                assert_ne!(difference.left, difference.right);
            }
        }
    }
    let bare = small();
    assert_eq!(bare.differences(&plans[9])[0].left, None);
    assert_eq!(plans[9].differences(&bare)[0].left.as_deref(), Some("{}"));
}

#[test]
fn a_value_in_a_table_is_named() {
    let mut changed = full();
    let net = BTreeMap::from([("é".to_owned(), ParameterValue::Integer(1))]);
    changed
        .parameters
        .insert("net".to_owned(), ParameterValue::Table(net));
    let differences = full().differences(&changed);
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].field, "parameters.net.\"é\"");
    assert_eq!(differences[0].right.as_deref(), Some("1"));
}

#[test]
fn what_no_parameter_can_be_is_not_read() {
    for json in [
        "null",
        "9223372036854775808",
        "[null]",
        "{\"a\": null}",
        "{\"a\": 1, \"a\": 2}",
    ] {
        assert!(
            serde_json::from_str::<ParameterValue>(json).is_err(),
            "{json}"
        );
    }
    for toml in ["a = nan", "a = inf", "a = 2026-01-31", "a = [12:00:00]"] {
        assert!(
            toml::from_str::<BTreeMap<String, ParameterValue>>(toml).is_err(),
            "{toml}"
        );
    }
}

fn any_digest() -> impl Strategy<Value = Sha256Digest> {
    proptest::array::uniform32(any::<u8>()).prop_map(Sha256Digest::from_bytes)
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,3}", "\\PC{0,6}", any::<String>()]
}

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
        Just(-0.0),
        Just(0.1),
        Just(1e300),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        (-1000_i32..1000).prop_map(f64::from),
    ]
}

fn any_value() -> impl Strategy<Value = ParameterValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(ParameterValue::Boolean),
        prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -2_i64..3]
            .prop_map(ParameterValue::Integer),
        any_float().prop_map(ParameterValue::Float),
        any_text().prop_map(ParameterValue::String),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(ParameterValue::Array),
            btree_map(any_text(), inner, 0..4).prop_map(ParameterValue::Table),
        ]
    })
}

fn any_path() -> impl Strategy<Value = WorkspacePath> {
    "[a-zé]{1,3}(/[a-z.]{0,2}[a-z]){0,2}".prop_map(|text| text.parse().expect("a path"))
}

fn any_location() -> impl Strategy<Value = OutputLocation> {
    prop_oneof![
        Just(OutputLocation::StandardOutput),
        any_path().prop_map(OutputLocation::Path),
        any_path().prop_map(|path| location(&format!("{path}/*.npy"))),
    ]
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let texts = || btree_map(any_text(), any_text(), 0..3);
    let image =
        (any_digest(), any_text(), texts()).prop_map(|(chain, architecture, environment)| {
            PlanImage {
                chain: ChainId::new(chain),
                architecture,
                environment,
            }
        });
    (
        (any::<u32>(), any_digest(), any::<u32>(), any::<u32>()),
        vec(any_text(), 1..4),
        image,
        btree_map(any_text(), any_value(), 0..3),
        texts(),
        btree_map(any_path(), any_digest(), 0..3),
        btree_set(any_location(), 0..4),
        any_determinism(),
    )
        .prop_map(
            |(numbers, command, image, parameters, environment, inputs, outputs, determinism)| {
                let (layer, source, seed, cpus) = numbers;
                Plan {
                    layer,
                    source: SourceId::new(source),
                    seed: Seed::new(seed),
                    command,
                    cpus,
                    outputs,
                    image,
                    parameters,
                    environment,
                    inputs,
                    determinism,
                    ..small()
                }
            },
        )
}

fn any_determinism() -> impl Strategy<Value = Determinism> {
    (
        any::<bool>(),
        proptest::option::of(1..9_u32),
        0..InstructionSet::NAMES.len(),
        0..Algorithms::NAMES.len(),
        any::<bool>(),
        proptest::option::of((0..4_000_000_000_i64, 0..4_u64)),
    )
        .prop_map(
            |(portable, threads, set, algorithms, seeded, clock)| Determinism {
                profile: if portable {
                    Profile::Portable
                } else {
                    Profile::Fast
                },
                threads,
                instruction_set: InstructionSet::named(InstructionSet::NAMES[set])
                    .expect("a name of the list"),
                algorithms: Algorithms::named(Algorithms::NAMES[algorithms])
                    .expect("a name of the list"),
                entropy: if seeded {
                    Entropy::Seeded
                } else {
                    Entropy::Host
                },
                clock: clock.map_or(Clock::Host, |(second, step)| {
                    let start = jiff::Timestamp::from_second(second).expect("in range");
                    match step {
                        0 => Clock::At(start),
                        step => Clock::Counting {
                            start,
                            step: ClockStep::from_nanoseconds(step * 500),
                        },
                    }
                }),
            },
        )
}

/// Puts the other plan's value into one field; the field's name as differences begin with it.
type Mutation = (&'static str, fn(&mut Plan, Plan));

const MUTATIONS: &[Mutation] = &[
    ("layer", |plan, other| plan.layer = other.layer),
    ("source", |plan, other| plan.source = other.source),
    ("image", |plan, other| plan.image.chain = other.image.chain),
    ("image.architecture", |plan, other| {
        plan.image.architecture = other.image.architecture;
    }),
    ("image.environment.", |plan, other| {
        plan.image.environment = other.image.environment;
    }),
    ("seed", |plan, other| plan.seed = other.seed),
    ("command", |plan, other| plan.command = other.command),
    ("parameters.", |plan, other| {
        plan.parameters = other.parameters;
    }),
    ("environment.", |plan, other| {
        plan.environment = other.environment;
    }),
    ("inputs.", |plan, other| plan.inputs = other.inputs),
    ("outputs.", |plan, other| plan.outputs = other.outputs),
    ("cpus", |plan, other| plan.cpus = other.cpus),
    ("determinism.", |plan, other| {
        plan.determinism = other.determinism;
    }),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_any_field_is_another_plan(plan in any_plan(), other in any_plan()) {
        for (field, mutate) in MUTATIONS {
            let mut changed = plan.clone();
            mutate(&mut changed, other.clone());
            prop_assert_eq!(changed == plan, changed.id() == plan.id());
            let differences = plan.differences(&changed);
            prop_assert_eq!(differences.is_empty(), changed == plan);
            for difference in differences {
                let named = match field.strip_suffix('.') {
                    Some(_) => difference.field.starts_with(field),
                    None => difference.field == *field,
                };
                prop_assert!(named, "{} is not {}", difference.field, field);
                prop_assert_ne!(difference.left, difference.right);
            }
        }
    }

    #[test]
    fn moving_text_between_elements_is_another_plan(left in any_text(), right in any_text()) {
        let joined = Plan { command: vec![format!("{left}{right}")], ..small() };
        let apart = Plan { command: vec![left.clone(), right.clone()], ..small() };
        prop_assert_ne!(joined.id(), apart.id());
        let as_variable = Plan { environment: BTreeMap::from([(left.clone(), right.clone())]), ..small() };
        let mut as_image_variable = small();
        as_image_variable.image.environment = BTreeMap::from([(left, right)]);
        prop_assert_ne!(as_variable.id(), as_image_variable.id());
    }

    #[test]
    fn json_keeps_a_plan(plan in any_plan()) {
        let json = serde_json::to_string(&plan).expect("a plan is JSON");
        let read: Plan = serde_json::from_str(&json).expect("what was written is read");
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(read.id(), plan.id());
    }

    #[test]
    fn toml_keeps_a_plan(plan in any_plan()) {
        let text = toml::to_string(&plan).expect("a plan is TOML");
        let read: Plan = toml::from_str(&text).expect("what was written is read");
        prop_assert_eq!(&read, &plan);
        prop_assert_eq!(read.id(), plan.id());
    }

    #[test]
    fn what_is_filled_into_a_command_is_json(value in any_value()) {
        let read: ParameterValue = serde_json::from_str(&value.to_json()).expect("JSON");
        prop_assert_eq!(read, value);
    }
}
