//! Hashes everything beneath a folder and prints how many files it has: for timing against other programs.

use std::error::Error;
use std::path::PathBuf;

use resow_verifier::digesting::{DigestOptions, HashOnly, digest_folder};

#[expect(clippy::print_stdout, reason = "an example tells what it found")]
fn main() -> Result<(), Box<dyn Error>> {
    let root: PathBuf = std::env::args_os().nth(1).ok_or("name a folder")?.into();
    let threads = std::env::args().nth(2).and_then(|text| text.parse().ok());
    let options = DigestOptions {
        threads,
        ..DigestOptions::default()
    };
    let digested = digest_folder(&root, &HashOnly, &options)?;
    println!(
        "{} hashed, {} refused",
        digested.files.len(),
        digested.refused.len()
    );
    Ok(())
}
