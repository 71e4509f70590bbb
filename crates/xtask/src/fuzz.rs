//! Every fuzz target for a while, with cargo-fuzz on the stable toolchain.

use std::fs;
use std::path::Path;

use crate::process::{TaskError, command, must, root};

/// How long each target runs, where nothing else is asked for.
pub(crate) const SECONDS: u32 = 60;
/// The largest input, in bytes: seeds are smaller, and longer ones cost time alone.
const LONGEST: u32 = 16 << 10;
/// The most memory of a target, in MiB.
const MEMORY: u32 = 2048;

/// Runs each target for so many seconds, one after another.
///
/// # Errors
/// When cargo-fuzz cannot be had, or a target finds something.
pub(crate) fn fuzz(seconds: u32) -> Result<(), TaskError> {
    let root = root();
    let tools = root.join("target/tools");
    if !tools.join("bin/cargo-fuzz").is_file() {
        must(command("cargo", ["install", "cargo-fuzz", "--locked", "--root"]).arg(&tools))?;
    }
    for target in targets(&root)? {
        let grown = root.join("target/fuzz/corpus").join(&target);
        fs::create_dir_all(&grown)?;
        run(&root, &target, &grown, seconds)?;
    }
    Ok(())
}

/// The names of the targets: the folders of the corpus, sorted.
fn targets(root: &Path) -> Result<Vec<String>, TaskError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("fuzz/corpus"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// What is new goes to the first folder, and seeds are only read.
fn run(root: &Path, target: &str, grown: &Path, seconds: u32) -> Result<(), TaskError> {
    let tool = root.join("target/tools/bin/cargo-fuzz");
    let options = "fuzz run --dev --sanitizer none --no-cfg-fuzzing --features libfuzzer";
    let mut fuzz = command(&tool.to_string_lossy(), options.split(' '));
    fuzz.arg(target)
        .arg(grown)
        .arg(root.join("fuzz/corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-rss_limit_mb={MEMORY}"))
        .args(["-timeout=60", "-print_final_stats=1"])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root);
    must(&mut fuzz)
}
