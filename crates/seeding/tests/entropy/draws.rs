//! Draws of one process: each way gives the stream's bytes.

use crate::layer::{KEY, Layer, exists, printed};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::Command;

const WAYS: [&str; 15] = [
    "getrandom",
    "getentropy",
    "syscall",
    "open",
    "open random",
    "openat",
    "dup",
    "readv",
    "fopen",
    "fdopen",
    "getc",
    "getc fdopen",
    "arc4random",
    "arc4random_buf",
    "arc4random_uniform",
];

#[test]
fn every_way_to_draw_follows_the_key() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &[]);
    let drawn: BTreeSet<_> = WAYS
        .iter()
        .map(|way| layer.assert_seeded(&program, &[way]))
        .collect();
    assert_eq!(drawn.len(), WAYS.len());
}

#[test]
fn without_a_key_entropy_is_the_hosts() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &[]);
    for way in WAYS {
        let draw = || {
            printed(
                layer
                    .command(KEY, &program)
                    .env_remove("RESOW_ENTROPY")
                    .arg(way),
            )
        };
        assert_ne!(draw(), draw(), "{way}");
    }
}

#[test]
fn draws_are_refused_as_the_kernel_refuses_them() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "refused.c", &[]);
    printed(&mut Command::new(&program));
    printed(&mut layer.command(KEY, &program));
    printed(layer.command(KEY, &program).env_remove("RESOW_ENTROPY"));
}

#[test]
fn a_descriptor_that_was_the_devices_is_read_as_what_it_is() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "reused.c", &[]);
    let file = layer.path("file");
    fs::write(&file, "content\n").expect("a file");
    let file = file.to_str().expect("a path of text");
    assert_eq!(layer.first(KEY, program, &[file]), "content\ncontent\n");
}

#[test]
fn a_device_that_the_caller_opened_is_known() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &[]);
    let draw = || {
        layer.forget();
        let device = File::open("/dev/urandom").expect("the device");
        printed(layer.command(KEY, &program).arg("getc stdin").stdin(device))
    };
    assert_eq!(draw(), draw());
}

#[test]
fn the_device_has_no_end() {
    let layer = Layer::new();
    let sum = "head -c 200000 /dev/urandom | sha256sum; head -c 200000 < /dev/urandom | sha256sum; \
               cat /dev/urandom | head -c 200000 | wc -c; tr -dc a-z < /dev/urandom | head -c 99; \
               dd if=/dev/urandom bs=100000 count=2 status=none | sha256sum; \
               od -An -tx1 -N 200000 /dev/urandom | sha256sum";
    let printed = layer.shell(sum);
    assert_eq!(layer.shell(sum), printed);
    assert!(printed.contains("\n200000\n"), "{printed}");
}

#[test]
fn the_random_device_of_cpp_follows_the_key() {
    let layer = Layer::new();
    let program = layer.compile("g++", "devices.cpp", &[]);
    layer.assert_seeded(program, &[]);
}

#[test]
fn languages_follow_the_key() {
    let layer = Layer::new();
    let python = "import os, random, secrets, uuid, tempfile, ssl; print(os.urandom(9), random.random(), \
                  secrets.token_hex(), uuid.uuid4(), hash('text'), tempfile.mktemp(), ssl.RAND_bytes(8), \
                  open('/dev/urandom', 'rb').read(5))";
    layer.assert_seeded(
        "/usr/bin/perl",
        &["-e", "print rand(), join ',', keys %{{map {$_=>1} 1..30}}"],
    );
    let programs = [
        ("python3", vec!["-c", python]),
        (
            "ruby",
            vec![
                "-e",
                "require 'securerandom'; p SecureRandom.hex, 'text'.hash",
            ],
        ),
        ("openssl", vec!["rand", "-hex", "16"]),
    ];
    for (program, arguments) in programs {
        if exists(program) {
            layer.assert_seeded(program, &arguments);
        }
    }
}
