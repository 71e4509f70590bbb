//! A plan's image: what it is, without having it; and having it in the engine.

use resow_executor::engine::ImageSelector;
use resow_executor::event::Event;
use resow_executor::image::archive;
use resow_executor::image::building::build;
use resow_executor::image::identity::ImageIdentity;
use resow_executor::image::lock::{Lock, LockFileError};
use resow_executor::image::recipe::Recipe;
use resow_manifest::identifiers::{CommitId, ImageId};
use resow_manifest::manifest::ImageDeclaration;
use resow_manifest::workspace_path::WorkspacePath;

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::progress::Progress;
use crate::report::terminal::{self, shell_word};

/// A recipe with its lock, as a commit or the work tree has them.
pub(crate) struct LockedRecipe {
    pub(crate) recipe: Recipe,
    pub(crate) lock: Lock,
}

/// What a declared image is. A recipe's lock says so without building; the others are asked for in engine and store.
pub(crate) fn identify(
    project: &Project,
    declaration: &ImageDeclaration,
    commit: &CommitId,
) -> Result<ImageIdentity, Failure> {
    match declaration {
        ImageDeclaration::Build(folder) => Ok(locked_recipe(project, folder, commit)?.lock.image),
        ImageDeclaration::Id(id) => match find(project, &ImageSelector::Id(*id))? {
            Some(identity) => Ok(identity),
            None => match project.store()?.image(id)? {
                Some(archive) => Ok(archive::read_identity(&archive)?),
                None => Err(absent(&id.to_string())
                    .with_hint("`resow image load FILE` takes it out of a file")),
            },
        },
        ImageDeclaration::Reference(reference) => {
            match find(project, &ImageSelector::Reference(reference.clone()))? {
                Some(identity) => Ok(identity),
                None => with_progress(project, |events| {
                    Ok(project
                        .engine()?
                        .pull(reference, events, &project.interrupt)?)
                })
                .map_err(|failure| cannot_pull(&reference.to_string(), failure)),
            }
        }
    }
}

/// Sees to it that the engine has the image, and returns what the engine calls it.
///
/// It is looked for in the engine, then in the store, then built where it is a recipe's; each time, what comes must be
/// the image that was asked for.
pub(crate) fn ensure(
    project: &Project,
    declaration: &ImageDeclaration,
    wanted: &ImageIdentity,
    commit: &CommitId,
) -> Result<ImageId, Failure> {
    if let Some(id) = in_engine(project, wanted)? {
        return Ok(id);
    }
    if let Some(archive) = project.store()?.image(&wanted.id)? {
        let found = archive::read_identity(&archive)?;
        if found != *wanted {
            return Err(Failure::new(
                Exit::Damaged,
                format!("the store's image `{}` is another: {}", wanted.id, found.id),
            ));
        }
        load(project, &archive)?;
    } else if let ImageDeclaration::Build(folder) = declaration {
        let recipe = locked_recipe(project, folder, commit)?;
        if recipe.lock.image != *wanted {
            return Err(absent(&wanted.id.to_string()).with_hint(format!(
                "the recipe `{folder}` is locked to another image now; `--accept image` compares in spite of that"
            )));
        }
        build_and_load(project, folder, &recipe)?;
    } else {
        return Err(absent(&wanted.id.to_string())
            .with_hint("`resow image load FILE` takes it out of a file"));
    }
    in_engine(project, wanted)?.ok_or_else(|| {
        Failure::new(
            Exit::Unavailable,
            format!(
                "the engine has no image `{}` after it was loaded",
                wanted.id
            ),
        )
    })
}

/// The recipe of a folder, and its lock, as a commit has them.
pub(crate) fn locked_recipe(
    project: &Project,
    folder: &WorkspacePath,
    commit: &CommitId,
) -> Result<LockedRecipe, Failure> {
    let recipe = recipe_of_commit(project, folder, commit)?;
    let path = format!("{folder}/recipe.lock");
    let text = committed_text(project, &path, commit)?;
    LockedRecipe::new(recipe, &text, &path)
}

impl LockedRecipe {
    /// A recipe with the text of its lock, which must be the recipe's own.
    pub(crate) fn new(recipe: Recipe, lock: &str, path: &str) -> Result<Self, Failure> {
        let refused = |error: LockFileError| {
            let folder = path.trim_end_matches("/recipe.lock");
            let hint = error.hint();
            let failure = Failure::from(error).at(path);
            match hint {
                // The library does not know which folder it is.
                Some(hint) => failure.with_hint(hint.replace(
                    "`resow image lock`",
                    &format!("`resow image lock {folder}`"),
                )),
                None => failure,
            }
        };
        let lock = Lock::parse(lock).map_err(refused)?;
        lock.check_recipe(&recipe).map_err(refused)?;
        Ok(Self { recipe, lock })
    }
}

fn recipe_of_commit(
    project: &Project,
    folder: &WorkspacePath,
    commit: &CommitId,
) -> Result<Recipe, Failure> {
    let path = format!("{folder}/recipe.toml");
    let text = committed_text(project, &path, commit)?;
    Recipe::parse(&text).map_err(|error| Failure::from(error).at(&path))
}

fn committed_text(project: &Project, path: &str, commit: &CommitId) -> Result<String, Failure> {
    let Some(bytes) = project.repository.read_file(commit, path)? else {
        let failure = Failure::new(Exit::Usage, format!("`{path}` is not tracked by git"));
        return Err(if project.root().join(path).exists() {
            failure.with_hint(format!("git add {}", shell_word(path)))
        } else if path.ends_with(".lock") {
            let folder = path.trim_end_matches("/recipe.lock");
            failure.with_hint(format!("`resow image lock {folder}` writes it"))
        } else {
            failure.with_hint("`[image] build` names a folder with a `recipe.toml`")
        });
    };
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Usage, format!("`{path}` is not UTF-8")))
}

/// Builds a recipe into a file of the store's temporary folder and loads it into the engine.
pub(crate) fn build_and_load(
    project: &Project,
    folder: &WorkspacePath,
    locked: &LockedRecipe,
) -> Result<(), Failure> {
    with_archive(project, folder, locked, |archive| load(project, archive))
}

/// Builds a recipe into a temporary file and hands that to `use_archive`.
pub(crate) fn with_archive<T>(
    project: &Project,
    folder: &WorkspacePath,
    locked: &LockedRecipe,
    use_archive: impl FnOnce(&std::path::Path) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let store = project.store()?;
    let work = store.temporary_folder()?;
    let archive = work.path().join("archive");
    terminal::note(&format!("building the image of `{folder}`"));
    with_progress(project, |events| {
        build(
            &locked.recipe,
            &locked.lock,
            &store.downloads(),
            &archive,
            events,
            &project.interrupt,
        )
        .map_err(Failure::from)
    })?;
    use_archive(&archive)
}

/// Loads an archive into the engine.
pub(crate) fn load(project: &Project, archive: &std::path::Path) -> Result<(), Failure> {
    with_progress(project, |events| {
        Ok(project
            .engine()?
            .load_image(archive, events, &project.interrupt)?)
    })
}

/// What the engine calls an image with these layers, where it has it.
pub(crate) fn in_engine(
    project: &Project,
    wanted: &ImageIdentity,
) -> Result<Option<ImageId>, Failure> {
    if let Some(found) = find(project, &ImageSelector::Id(wanted.id))?
        && found.planned() == wanted.planned()
    {
        return Ok(Some(found.id));
    }
    let by_layers = find(project, &ImageSelector::Layers(wanted.layers.clone()))?;
    Ok(by_layers
        .filter(|found| found.planned() == wanted.planned())
        .map(|found| found.id))
}

fn find(project: &Project, selector: &ImageSelector) -> Result<Option<ImageIdentity>, Failure> {
    Ok(project.engine()?.find_image(selector)?)
}

fn cannot_pull(image: &str, failure: Failure) -> Failure {
    if failure.exit != Exit::Unavailable {
        return failure;
    }
    failure
        .about(format!("image `{image}` cannot be had"))
        .with_hint(
            "no other image takes its place: see to it that its registry has it and can be reached",
        )
}

fn absent(image: &str) -> Failure {
    Failure::new(
        Exit::Unavailable,
        format!("image `{image}` is neither in the engine nor in the store"),
    )
}

/// Does something that tells its progress, and shows it.
pub(crate) fn with_progress<T>(
    project: &Project,
    work: impl FnOnce(&mut dyn FnMut(Event<'_>)) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut progress = Progress::new(!project.common.json);
    work(&mut |event| progress.take(event))
}
