//! libFuzzer's entry to the property of the same name, past digests and checksums.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use resow_fuzz::mending;

fuzz_target!(|data: &[u8]| {
    resow_fuzz::wheel(data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    let before = data[..size].to_vec();
    let size = fuzzer_mutate(data, size, most);
    mending::in_place(&mut data[..most], size, &before, seed, mending::wheel)
});
