//! What is measured on: a file of 1 GiB, 10,000 files, a repository of 2,500 files, and an experiment that runs `true`.
//!
//! All of it is the same on every machine: the bytes are a ChaCha8 stream.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use std::process::Command;

use crate::process::{TaskError, capture, command, must, root, say};

/// The material and where it lies.
pub(crate) struct Material {
    /// The binary that is measured.
    pub(crate) resow: PathBuf,
    /// A repository with the experiment `true`, recorded once.
    pub(crate) repository: PathBuf,
    /// The experiment's image.
    pub(crate) image: String,
    /// One file of 1 GiB, alone in its folder.
    pub(crate) large_file: PathBuf,
    /// A folder with 100 folders of 100 files of 10 KiB.
    pub(crate) many_files: PathBuf,
    /// A packed repository with one commit of 2,500 files, 37 MB.
    pub(crate) large_repository: PathBuf,
    folder: tempfile::TempDir,
}

const EXPERIMENT: &str = r#"version = 1
command = ["true"]

[image]
build = "docker/python"

[source]
include = ["README"]

[[outputs]]
stream = "stdout"
"#;

/// An experiment that trains under a profile.
fn training(profile: &str) -> String {
    format!(
        r#"version = 1
profile = "{profile}"
command = ["python3", "training.py"]

[image]
build = "docker/python"

[source]
include = ["training.py"]

[[outputs]]
stream = "stdout"
"#
    )
}

impl Material {
    /// Makes everything in a temporary folder, which goes with this value.
    ///
    /// # Errors
    /// When something cannot be written, or the image cannot be built.
    pub(crate) fn make(release: &Path) -> Result<Self, TaskError> {
        let folder = tempfile::tempdir()?;
        say("making what is measured on");
        let mut bytes = ChaCha8Rng::seed_from_u64(0);
        let large_file = folder.path().join("large/file");
        fs::create_dir(folder.path().join("large"))?;
        write_random(&large_file, 1 << 30, &mut bytes)?;
        let many_files = folder.path().join("many");
        write_tree(&many_files, 100, 100, 10 << 10, &mut bytes)?;
        let large_repository = folder.path().join("large-repository");
        write_tree(&large_repository, 50, 50, 15_000, &mut bytes)?;
        commit_all(&large_repository)?;
        must(command("git", ["gc", "--quiet"]).current_dir(&large_repository))?;

        let resow = release.join("resow");
        let repository = folder.path().join("repository");
        let image = experiment(&repository, &resow, folder.path())?;
        Ok(Self {
            resow,
            repository,
            image,
            large_file,
            many_files,
            large_repository,
            folder,
        })
    }

    /// resow in the repository, on this engine.
    pub(crate) fn resow(&self, engine: &str, arguments: &[&str]) -> Command {
        resow_on(
            &self.resow,
            &self.repository,
            self.folder(),
            engine,
            arguments,
        )
    }

    /// The engine's own command for a run.
    pub(crate) fn docker_run(&self) -> Command {
        let image = self.image.as_str();
        command(
            "docker",
            ["run", "--rm", "--network", "none", image, "true"],
        )
    }

    /// Where images are unpacked.
    pub(crate) fn roots(&self) -> PathBuf {
        self.folder().join("cache/roots")
    }

    /// The folder that goes when the measurements are done.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// resow on this engine, with a cache in the folder of the measurements.
fn resow_on(
    resow: &Path,
    repository: &Path,
    folder: &Path,
    engine: &str,
    arguments: &[&str],
) -> Command {
    let mut command = Command::new(resow);
    command
        .args(arguments)
        .current_dir(repository)
        .env("RESOW_ENGINE", engine)
        .env("RESOW_CACHE", folder.join("cache"));
    command
}

fn experiment(repository: &Path, resow: &Path, folder: &Path) -> Result<String, TaskError> {
    let recipe = repository.join("docker/python");
    fs::create_dir_all(&recipe)?;
    for file in ["recipe.toml", "recipe.lock"] {
        fs::copy(root().join("docker/python").join(file), recipe.join(file))?;
    }
    fs::create_dir(repository.join("experiments"))?;
    fs::write(repository.join("experiments/true.toml"), EXPERIMENT)?;
    fs::write(repository.join("README"), "runs `true`\n")?;
    fs::write(repository.join("training.py"), include_str!("training.py"))?;
    for profile in ["fast", "portable"] {
        let path = format!("experiments/training-{profile}.toml");
        fs::write(repository.join(path), training(profile))?;
    }
    commit_all(repository)?;
    for engine in ["docker", "bubblewrap"] {
        let arguments = ["run", "true", "--force"];
        must(&mut resow_on(resow, repository, folder, engine, &arguments))?;
    }
    let lock = fs::read_to_string(recipe.join("recipe.lock"))?;
    lock.lines()
        .skip_while(|line| *line != "[image]")
        .find_map(|line| {
            line.strip_prefix("id = \"")?
                .strip_suffix('"')
                .map(str::to_owned)
        })
        .ok_or_else(|| TaskError::new("the lock of `docker/python` names no image"))
}

/// Commits everything in a folder, which becomes a repository where it is none.
pub(super) fn commit_all(repository: &Path) -> Result<(), TaskError> {
    let git = |arguments: &[&str]| {
        capture(
            command(
                "git",
                ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
                    .iter()
                    .chain(arguments),
            )
            .current_dir(repository),
        )
    };
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "--message=material"])?;
    Ok(())
}

fn write_tree(
    folder: &Path,
    folders: u32,
    files: u32,
    size: u64,
    bytes: &mut ChaCha8Rng,
) -> Result<(), TaskError> {
    for outer in 0..folders {
        let inner = folder.join(format!("{outer:03}"));
        fs::create_dir_all(&inner)?;
        for file in 0..files {
            write_random(&inner.join(format!("{file:03}")), size, bytes)?;
        }
    }
    Ok(())
}

fn write_random(path: &Path, size: u64, bytes: &mut ChaCha8Rng) -> Result<(), TaskError> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut left = size;
    let mut block = [0; 1 << 12];
    while left > 0 {
        let length = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        bytes.fill_bytes(&mut block[..length]);
        file.write_all(&block[..length])?;
        left -= length as u64;
    }
    file.flush()?;
    Ok(())
}
