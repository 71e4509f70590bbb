//! What the determinism layer costs: at the start of a program, and over a training under each profile.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use resow_manifest::conditions::Conditions;
use resow_manifest::manifest::DeterminismDeclaration;
use resow_manifest::seed::Seed;
use resow_seeding::{files, places, settings};

use super::bubblewrap::{bare, root};
use super::figure::Figure;
use super::material::Material;
use crate::process::{TaskError, command};

/// The most that the layer may add to the start of Python, in seconds.
const START: f64 = 0.030;

/// The most that `fast` may take of what the bare container does.
const FAST: f64 = 1.03;

/// The figures of the determinism layer.
///
/// # Errors
/// When a command fails.
pub(super) fn figures(material: &Material) -> Result<Vec<Figure>, TaskError> {
    let root = root(material)?;
    let layer = Layer::write(&material.folder().join("layer"))?;
    let python = |mut command: Command| {
        command.args(["python3", "-c", "pass"]);
        command
    };
    let train = |experiment: &'static str| {
        move || material.resow("docker", &["run", experiment, "--force"])
    };
    let bare_training = || {
        let script = material.repository.join("training.py");
        let mut command = command("docker", ["run", "--rm", "--network", "none"]);
        command
            .args(["--cpuset-cpus", "0", "--volume"])
            .arg(format!("{}:/training.py:ro", script.display()))
            .args([material.image.as_str(), "python3", "/training.py"]);
        command
    };
    let docker = "docker run --rm --network none --cpuset-cpus 0 IMAGE python3 training.py";
    Ok(vec![
        Figure::added(
            "what the layer adds to the start of Python",
            ("bwrap … python3 -c pass, with the layer", &mut || {
                python(layer.in_sandbox(&root))
            }),
            ("bwrap … python3 -c pass", &mut || python(bare(&root))),
            Some(START),
        )?,
        Figure::ratio(
            "a training under `fast`",
            (
                "resow run training-fast --force",
                &mut train("training-fast"),
            ),
            (docker, &mut || bare_training()),
            Some(FAST),
        )?,
        Figure::ratio(
            "a training under `portable`",
            (
                "resow run training-portable --force",
                &mut train("training-portable"),
            ),
            (docker, &mut || bare_training()),
            None,
        )?,
    ])
}

/// The layer as files, and the variables that make it act.
struct Layer {
    folder: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Layer {
    fn write(folder: &Path) -> Result<Self, TaskError> {
        for file in files::all() {
            let path = folder.join("seeding").join(&file.path);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(path, file.content)?;
        }
        fs::write(folder.join("events"), "")?;
        fs::write(
            folder.join("occurrences"),
            vec![0; places::OCCURRENCES_SIZE as usize],
        )?;
        let seed = Seed::new(42);
        let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
        let mut variables = settings::variables(seed, &determinism);
        // A sandbox of bubblewrap has its addresses fixed from outside.
        variables.remove("RESOW_ADDRESSES");
        variables.extend(settings::layer(
            seed,
            &determinism,
            &Conditions::default(),
            &variables,
        ));
        Ok(Self {
            folder: folder.to_owned(),
            variables,
        })
    }

    /// A sandbox with the layer.
    fn in_sandbox(&self, root: &Path) -> Command {
        let mut command = bare(root);
        command.arg("--ro-bind").arg(self.folder.join("seeding"));
        command.arg(places::FOLDER);
        for (file, place) in [
            ("events", places::EVENTS),
            ("occurrences", places::OCCURRENCES),
        ] {
            command.arg("--bind").arg(self.folder.join(file)).arg(place);
        }
        for (name, value) in &self.variables {
            command.args(["--setenv", name, value]);
        }
        command
    }
}
