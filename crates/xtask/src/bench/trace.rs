//! What a trace of every step costs: a small convolutional network's training with one, against the same without.

use std::fs;

use super::figure::Figure;
use super::material::{Material, commit_all};
use crate::process::{TaskError, capture, command, root};

/// A library to train with.
struct Training {
    name: &'static str,
    recipe: &'static str,
    script: &'static str,
}

const PYTORCH: Training = Training {
    name: "PyTorch",
    recipe: "docker/torch",
    script: include_str!("cnn_torch.py"),
};

const NUMPY: Training = Training {
    name: "NumPy, by calls",
    recipe: "docker/python",
    script: include_str!("cnn_numpy.py"),
};

/// The price of a trace, with PyTorch where its image is in the engine.
///
/// # Errors
/// When a command fails.
pub(super) fn figures(material: &Material) -> Result<Vec<Figure>, TaskError> {
    let training = if is_at_hand(PYTORCH.recipe)? {
        PYTORCH
    } else {
        NUMPY
    };
    write(material, &training)?;
    let run = |name: &'static str| move || material.resow("docker", &["run", name, "--force"]);
    Ok(vec![Figure::ratio(
        &format!("a trace of every step of a small CNN ({})", training.name),
        ("resow run cnn-traced --force", &mut run("cnn-traced")),
        ("resow run cnn --force", &mut run("cnn")),
        None,
    )?])
}

/// Whether the engine has the image of a recipe.
fn is_at_hand(recipe: &str) -> Result<bool, TaskError> {
    let lock = fs::read_to_string(root().join(recipe).join("recipe.lock"))?;
    let mut lines = lock.lines().skip_while(|line| *line != "[image]");
    let image = lines.find_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    Ok(image
        .is_some_and(|image| capture(&mut command("docker", ["image", "inspect", image])).is_ok()))
}

/// Puts the training into the repository of experiments, with a trace and without.
fn write(material: &Material, training: &Training) -> Result<(), TaskError> {
    let repository = &material.repository;
    let recipe = repository.join(training.recipe);
    fs::create_dir_all(&recipe)?;
    for file in ["recipe.toml", "recipe.lock"] {
        fs::copy(root().join(training.recipe).join(file), recipe.join(file))?;
    }
    fs::write(repository.join("cnn.py"), training.script)?;
    let manifest = format!(
        "version = 1\ncommand = [\"python3\", \"cnn.py\"]\nimage.build = \"{}\"\n\
         source.include = [\"cnn.py\"]\noutputs = [{{ stream = \"stdout\" }}]\n",
        training.recipe
    );
    fs::write(repository.join("experiments/cnn.toml"), &manifest)?;
    fs::write(
        repository.join("experiments/cnn-traced.toml"),
        format!("{manifest}[trace]\n"),
    )?;
    commit_all(repository)
}
