//! libFuzzer's entry to the property of the same name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    resow_fuzz::columns(data);
});
