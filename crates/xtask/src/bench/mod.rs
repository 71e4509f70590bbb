//! Measurements: whole processes, in turn with the command that they are held against, as ratios of medians.

mod bubblewrap;
mod comparing;
mod figure;
mod material;
mod report;
mod seeding;
mod trace;

use std::path::Path;
use std::process::Command;

use crate::docker_daemon::DockerDaemon;
use crate::prerequisites;
use crate::process::{TaskError, built, command, must, root, say};
use figure::Figure;
use material::Material;

/// How often each command is measured, after one run that is not counted.
const RUNS: usize = 7;

/// What a run is held against.
const DOCKER_RUN: &str = "docker run --rm --network none IMAGE true";

/// Measures everything that the README claims about speed, and writes `benchmarks/<date>.md`.
///
/// # Errors
/// When something is missing or a command that is measured fails.
pub(crate) fn bench() -> Result<(), TaskError> {
    prerequisites::ensure()?;
    let _engine = DockerDaemon::ensure()?;
    let root = root();
    must(
        command(
            "cargo",
            [
                "build",
                "--locked",
                "--release",
                "--bin",
                "resow",
                "--package",
                "resow",
                "--package",
                "resow-verifier",
                "--package",
                "resow-executor",
                "--example",
                "digest",
                "--example",
                "export",
                "--example",
                "repeated",
            ],
        )
        .current_dir(&root),
    )?;
    let release = built(&root, "release");
    let material = Material::make(&release)?;

    let mut figures = runs(&material)?;
    figures.extend(bubblewrap::figures(&release, &material)?);
    figures.extend(seeding::figures(&material)?);
    figures.extend(trace::figures(&material)?);
    figures.extend(hashing(&release, &material)?);
    figures.extend(comparing::figures(&release, &material)?);
    figures.extend(export(&release, &material)?);

    let text = report::write(&figures);
    let path = report::save(&root, &text)?;
    say(&format!("{text}\nwritten to {}", path.display()));
    Ok(())
}

fn runs(material: &Material) -> Result<Vec<Figure>, TaskError> {
    let resow = |arguments: &[&str]| material.resow("docker", arguments);
    Ok(vec![
        Figure::ratio(
            "a run of `true`",
            ("resow run true --force", &mut || {
                resow(&["run", "true", "--force"])
            }),
            (DOCKER_RUN, &mut || material.docker_run()),
            Some(0.75),
        )?,
        Figure::time(
            "a run that is already recorded",
            ("resow run true", &mut || resow(&["run", "true"])),
            0.030,
        )?,
    ])
}

fn hashing(release: &Path, material: &Material) -> Result<Vec<Figure>, TaskError> {
    let digest = |what: &Path| {
        let mut command = Command::new(release.join("examples/digest"));
        command.arg(what);
        command
    };
    let large = material.large_file.parent().unwrap_or(&material.large_file);
    let openssl_one = || {
        let mut command = command("openssl", ["dgst", "-sha256"]);
        command.arg(&material.large_file);
        command
    };
    let openssl_many = || {
        let mut command = Command::new("find");
        command.arg(&material.many_files).args([
            "-type", "f", "-exec", "openssl", "dgst", "-sha256", "{}", "+",
        ]);
        command
    };
    Ok(vec![
        Figure::ratio(
            "hashing one file of 1 GiB",
            ("digest FOLDER", &mut || digest(large)),
            ("openssl dgst -sha256 FILE", &mut || openssl_one()),
            Some(1.1),
        )?,
        Figure::ratio(
            "hashing 10,000 files of 10 KiB",
            ("digest FOLDER", &mut || digest(&material.many_files)),
            (
                "find FOLDER -type f -exec openssl dgst -sha256 {} +",
                &mut || openssl_many(),
            ),
            Some(0.7),
        )?,
        Figure::peak_memory(0, "memory of hashing 1 GiB", &mut digest(large), 64 << 20)?,
        Figure::peak_memory(
            0,
            "memory of hashing 10,000 files",
            &mut digest(&material.many_files),
            64 << 20,
        )?,
    ])
}

fn export(release: &Path, material: &Material) -> Result<Vec<Figure>, TaskError> {
    let cache = material.folder().join("export-cache");
    let resow = || {
        let mut command = Command::new(release.join("examples/export"));
        command.arg(&material.large_repository).arg(&cache);
        command
    };
    let fresh = || {
        let _ = std::fs::remove_dir_all(&cache);
        resow()
    };
    let unpacked = material.folder().join("unpacked");
    let archive = || {
        let _ = std::fs::remove_dir_all(&unpacked);
        let _ = std::fs::create_dir(&unpacked);
        let mut command = Command::new("sh");
        command
            .args(["-c", "git archive HEAD | tar x -C \"$0\""])
            .arg(&unpacked)
            .current_dir(&material.large_repository);
        command
    };
    Ok(vec![
        Figure::ratio(
            "export of a commit of 2,500 files",
            ("export COMMIT", &mut || fresh()),
            ("git archive COMMIT | tar x", &mut || archive()),
            Some(1.0),
        )?,
        Figure::time(
            "the same, cached",
            ("export COMMIT", &mut || resow()),
            0.020,
        )?,
    ])
}
