//! A record with something in every field.

use std::collections::BTreeSet;

use resow_manifest::digest::Sha256Digest;
use resow_manifest::host::{EngineFacts, Host};
use resow_manifest::identifiers::{ChainId, ImageId, RunId, SourceId};
use resow_manifest::isolation::{Isolation, Limit, Means};
use resow_manifest::manifest::{DeterminismDeclaration, OutputRole, Resources};
use resow_manifest::outcome::Outcome;
use resow_manifest::parameter::ParameterValue;
use resow_manifest::plan::{LAYER, Network, Plan, PlanImage};
use resow_manifest::seed::Seed;
use resow_manifest::seeding_report::SeedingReport;
use resow_verifier::digesting::Content;
use resow_verifier::outputs::{CappedList, OutputEntry, OutputPolicy, Outputs};
use resow_verifier::record::{
    FormatVersion, InputCheck, Provenance, Record, RecordedImage, RecordedInput, RecordedStream,
    WorkspaceReport, WrittenImage,
};

/// A file output with this content.
pub(crate) fn file(role: OutputRole, content: &[u8]) -> OutputEntry {
    OutputEntry {
        role,
        content: Content::File {
            digest: Sha256Digest::of(content),
            size: content.len() as u64,
            executable: false,
        },
    }
}

/// Outputs that are results, from names and contents.
pub(crate) fn results(files: &[(&str, &[u8])]) -> Outputs {
    files
        .iter()
        .map(|(name, content)| {
            let name = name.parse().expect("a name");
            (name, file(OutputRole::Result, content))
        })
        .collect()
}

fn plan() -> Plan {
    let parameters = [
        ("lr", ParameterValue::Float(0.1)),
        ("epochs", ParameterValue::Integer(3)),
        (
            "names",
            ParameterValue::Array(vec![ParameterValue::String("a\nb".to_owned())]),
        ),
    ];
    Plan {
        layer: LAYER,
        source: SourceId::new(Sha256Digest::of(b"source")),
        seed: Seed::new(42),
        command: vec![
            "python3".to_owned(),
            "-c".to_owned(),
            "print('''\n''')".to_owned(),
        ],
        cpus: 2,
        network: Network::None,
        outputs: ["<stdout>", "out", "out/train.log"]
            .map(|text| text.parse().expect("a location"))
            .into(),
        image: PlanImage {
            chain: ChainId::new(Sha256Digest::of(b"chain")),
            architecture: "amd64".to_owned(),
            environment: [("LANG".to_owned(), "C.UTF-8".to_owned())].into(),
        },
        determinism: DeterminismDeclaration::default().resolve(2, "amd64"),
        parameters: parameters
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
        environment: [("MODE".to_owned(), "offline".to_owned())].into(),
        inputs: [(
            "data/digits.csv".parse().expect("a path"),
            Sha256Digest::of(b"digits"),
        )]
        .into(),
    }
}

fn policy() -> OutputPolicy {
    let roles = [
        ("<stdout>", OutputRole::Result),
        ("out", OutputRole::Result),
        ("out/train.log", OutputRole::Log),
    ];
    OutputPolicy {
        rules: roles
            .map(|(text, role)| (text.parse().expect("a location"), role.into()))
            .into(),
    }
}

fn outputs() -> Outputs {
    let mut outputs = results(&[("<stdout>", b"hello\n"), ("out/weights.npy", b"weights")]);
    let mut add = |name: &str, role, content| {
        outputs.insert(name.parse().expect("a name"), OutputEntry { role, content });
    };
    let target = "weights.npy".to_owned();
    add("out/latest", OutputRole::Result, Content::Link { target });
    add("out/cache", OutputRole::Result, Content::EmptyFolder);
    let log = file(OutputRole::Log, b"log");
    add("out/train.log", log.role, log.content);
    outputs
}

fn isolation() -> Isolation {
    let limit = |value, means| Limit { value, means };
    Isolation {
        network: Network::None,
        capabilities: Vec::new(),
        no_new_privileges: true,
        read_only_root: true,
        user: "1000:1000".to_owned(),
        system_call_filter: "engine default".to_owned(),
        cpu_set: "0-1".to_owned(),
        cpu_set_means: None,
        memory: limit(1 << 30, Means::Cgroup),
        processes: limit(4096, Means::Cgroup),
        time: limit(86_400, Means::Supervision),
        disk: limit(20 << 30, Means::Supervision),
        shared_memory: limit(1 << 30, Means::FileSystem),
        temporary: limit(1 << 30, Means::FileSystem),
        log: None,
    }
}

fn host() -> Host {
    Host {
        cpu_model: "a processor".to_owned(),
        cpu_features: vec!["avx2".to_owned(), "sha_ni".to_owned()],
        cores: 2,
        memory: 8 << 30,
        kernel: "6.1.0".to_owned(),
        engine: EngineFacts {
            name: "docker".to_owned(),
            version: "20.10.24".to_owned(),
            api: "1.41".to_owned(),
            runtime: "runc 1.1.4".to_owned(),
            storage: "overlay2".to_owned(),
            cgroup: "2".to_owned(),
        },
        gpus: Vec::new(),
        as_if: None,
    }
}

/// A record of a success.
pub(crate) fn record() -> Record {
    Record {
        version: FormatVersion,
        run: RunId::from_random(7),
        resow: "0.1.0".to_owned(),
        experiment: "digits".parse().expect("a name"),
        started: "2026-01-02T03:04:05.678Z".parse().expect("a time"),
        ended: "2026-01-02T03:05:05Z".parse().expect("a time"),
        outcome: Outcome::Exited { code: 0 },
        faults: Vec::new(),
        provenance: Provenance {
            commit: Some(
                "0123456789abcdef0123456789abcdef01234567"
                    .parse()
                    .expect("a commit"),
            ),
            snapshot: false,
            include: vec!["train.py".to_owned(), "model/**".to_owned()],
        },
        plan: plan().into(),
        image: RecordedImage {
            id: ImageId::new(Sha256Digest::of(b"image")),
            declared: WrittenImage::Build("docker/python".parse().expect("a path")),
        },
        resources: Resources::default(),
        inputs: [(
            "digits".to_owned(),
            RecordedInput {
                at: "data/digits.csv".parse().expect("a path"),
                digest: Sha256Digest::of(b"digits"),
                check: InputCheck::Hashed,
            },
        )]
        .into(),
        policy: policy(),
        same: BTreeSet::new(),
        outputs: outputs(),
        stdout: RecordedStream {
            digest: Sha256Digest::of(b"hello\n"),
            size: 6,
        },
        stderr: RecordedStream {
            digest: Sha256Digest::of(b""),
            size: 0,
        },
        workspace: WorkspaceReport {
            undeclared: CappedList::of(vec!["notes.txt".to_owned()]),
            ..WorkspaceReport::default()
        },
        isolation: Some(isolation()),
        seeding: SeedingReport::default(),
        trace: None,
        host: host(),
    }
}
