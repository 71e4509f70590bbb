//! The streams and derivations: golden values define layer 1, and other implementations agree.

use crate::derivation::{self, derive};
use crate::layer::{KEY, Layer, printed};
use crate::{chacha20, sha256};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::Digest;

fn key() -> derivation::Key {
    derivation::read(KEY.as_bytes()).expect("a key")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn first_block_of_the_zero_key_is_that_of_rfc_8439() {
    let block = chacha20::block(&[0; 32], 0);
    assert_eq!(
        hexadecimal(&block),
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
         da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
    );
}

#[test]
fn golden_values_of_layer_1() {
    let mut stream = [0; 24];
    chacha20::fill(&key(), 0, &mut stream);
    assert_eq!(
        hexadecimal(&stream),
        "39fd2b7dd9c5196a8dbd0377b8dc4a498a35d86fbcde6acc"
    );
    assert_eq!(
        hexadecimal(&derive(&key(), "thread", 0)),
        "0cd7fb96cf36ce20382b888c3628250844190772a821e7dd8fdc9e0541c65ce9"
    );
    assert_eq!(
        hexadecimal(&derive(&key(), "fork", 1)),
        "896db8cf141e29cfdd2438894862763b78cd6d291c636d2a2d70cdfe01a3d28d"
    );
    assert_eq!(
        hexadecimal(&derive(&key(), "exec", u64::MAX)),
        "3663d23ddbf4751e1b2847bebcf2a3c555c61d8d472a68a7650ff98bcdd54846"
    );
}

/// The key of a process, as the contract says it.
fn process_key(handed: &[u8], arguments: &[&str], occurrence: u64) -> [u8; 32] {
    let mut hash = sha2::Sha256::new();
    hash.update(handed);
    hash.update(b"process\0");
    for argument in arguments {
        hash.update(argument);
        hash.update([0]);
    }
    hash.update(occurrence.to_le_bytes());
    hash.finalize().into()
}

/// The key of the `number`th thing that the owner of `key` made, as the contract says it.
fn made(key: [u8; 32], label: &str, number: u64) -> [u8; 32] {
    sha2::Sha256::digest([&key, label.as_bytes(), &[0], &number.to_le_bytes()].concat()).into()
}

/// The first 16 bytes of a key's stream.
fn first_draw(key: [u8; 32]) -> String {
    let mut bytes = [0; 16];
    ChaCha20Rng::from_seed(key).fill_bytes(&mut bytes);
    hexadecimal(&bytes)
}

#[test]
fn a_process_draws_from_the_stream_that_the_contract_names() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &[]);
    let name = program.to_str().expect("a path of text");
    for occurrence in 0..3 {
        let drawn = printed(layer.command(KEY, &program).arg("getrandom"));
        let expected = process_key(&key(), &[name, "getrandom"], occurrence);
        assert_eq!(drawn.trim(), first_draw(expected));
    }
}

#[test]
fn threads_children_and_programs_draw_from_the_streams_that_the_contract_names() {
    let layer = Layer::new();
    let (draw, program) = (
        layer.compile("gcc", "draw.c", &[]),
        layer.compile("gcc", "lineage.c", &[]),
    );
    let (draw, program) = (
        draw.to_str().expect("a path"),
        program.to_str().expect("a path"),
    );
    let process = process_key(&key(), &[program, draw], 0);
    let expected = [
        process,
        made(process, "thread", 1),
        made(process, "fork", 1),
        made(made(process, "fork", 2), "thread", 0),
        process_key(&made(process, "exec", 0), &[draw, "getrandom"], 0),
    ];
    let drawn = layer.first(KEY, program, &[draw]);
    assert_eq!(drawn.lines().collect::<Vec<_>>(), expected.map(first_draw));
}

proptest! {
    #[test]
    fn the_stream_is_that_of_rand_chacha(key: [u8; 32], start in 0_usize..300, length in 0_usize..300) {
        let mut expected = vec![0; start + length];
        ChaCha20Rng::from_seed(key).fill_bytes(&mut expected);
        let mut filled = vec![0; length];
        chacha20::fill(&key, start as u64, &mut filled);
        prop_assert_eq!(&filled, &expected[start..]);
    }

    #[test]
    fn the_hash_is_that_of_sha2(pieces: Vec<Vec<u8>>) {
        let mut hash = sha256::Sha256::new();
        for piece in &pieces {
            hash.update(piece);
        }
        let expected: [u8; 32] = sha2::Sha256::digest(pieces.concat()).into();
        prop_assert_eq!(hash.finish(), expected);
    }

    #[test]
    fn a_derivation_is_the_hash_of_key_label_and_data(key: [u8; 32], number: u64) {
        let bytes = [&key[..], b"thread\0", &number.to_le_bytes()].concat();
        let expected: [u8; 32] = sha2::Sha256::digest(bytes).into();
        prop_assert_eq!(derive(&key, "thread", number), expected);
    }

    #[test]
    fn a_key_is_read_as_it_was_written(key: [u8; 32]) {
        prop_assert_eq!(derivation::read(&derivation::write(&key)), Some(key));
    }
}

#[test]
fn what_is_not_64_digits_is_no_key() {
    for text in [
        "",
        "0",
        &KEY[1..],
        &format!("{}g", &KEY[1..]),
        &format!("{KEY}0"),
    ] {
        assert_eq!(derivation::read(text.as_bytes()), None, "{text}");
    }
}
