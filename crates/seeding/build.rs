//! Compiles the libraries that are preloaded into a run's processes, each for the target of this build.
//!
//! They are not packages of the workspace: Cargo does not embed one package's library in another's program, and they
//! are linked without the standard library and without a C library, so that any image can load them.

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Command;

const SOURCES: &str = "entropy";
const LIBRARIES: [&str; 2] = ["entropy", "clock"];

const OPTIONS: [&str; 7] = [
    "panic=abort",
    "opt-level=2",
    "codegen-units=1",
    "strip=symbols",
    // On musl a shared object would else be refused.
    "target-feature=-crt-static",
    "link-arg=-nostdlib",
    "link-arg=-nostartfiles",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCES}");
    for library in LIBRARIES {
        compile(library)?;
    }
    Ok(())
}

fn compile(library: &str) -> Result<(), Box<dyn Error>> {
    let output = Path::new(&env::var("OUT_DIR")?).join(format!("{library}.so"));
    let mut compiler = Command::new(env::var("RUSTC")?);
    compiler.args(["--edition", "2024", "--crate-type", "cdylib"]);
    compiler.args(["--crate-name", library, "--cfg", library]);
    compiler.args(["--check-cfg", "cfg(entropy, clock)"]);
    compiler.args(["--target", &env::var("TARGET")?]);
    for option in OPTIONS {
        compiler.args(["-C", option]);
    }
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compiler.args(["-C", &format!("linker={linker}")]);
    }
    compiler
        .arg("-o")
        .arg(&output)
        .arg(format!("{SOURCES}/{library}.rs"));
    let status = compiler.status()?;
    if !status.success() {
        return Err(format!("`{library}.so` was not compiled: {status}").into());
    }
    Ok(())
}
