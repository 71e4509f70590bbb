//! `resow image`: locks, builds, and images as files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use resow_executor::engine::ImageSelector;
use resow_executor::image::archive;
use resow_executor::image::identity::ImageIdentity;
use resow_executor::image::lock::Lock;
use resow_executor::image::locking::lock as lock_recipe;
use resow_executor::image::recipe::Recipe;
use resow_manifest::identifiers::ImageId;
use resow_manifest::workspace_path::WorkspacePath;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Image;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::images::{self, LockedRecipe, with_progress};
use crate::project::Project;
use crate::report::table::table;
use crate::report::terminal;
use crate::work_file::{self, cannot_read};

/// Does what the subcommand says.
pub(crate) fn image(project: &Project, command: &Image) -> Result<Answer, Failure> {
    match command {
        Image::Lock { folder } => lock(project, folder),
        Image::Build { folder } => build(project, folder),
        Image::Save { image, output } => save(project, image, output.as_deref()),
        Image::Load { file } => load(project, file),
        Image::List => list(project),
    }
}

fn lock(project: &Project, folder: &WorkspacePath) -> Result<Answer, Failure> {
    let recipe = recipe(project, folder)?;
    let path = format!("{folder}/recipe.lock");
    let before = Lock::parse(&read(project, &path).unwrap_or_default()).ok();
    let store = project.store()?;
    let lock = with_progress(project, |events| {
        lock_recipe(&recipe, &store.downloads(), events, &project.interrupt).map_err(Failure::from)
    })?;
    let text = lock.to_text();
    project.replace_file(&path, |file| file.write_all(text.as_bytes()))?;
    let changes = changes(before.as_ref(), &lock);
    let mut lines = changes.clone();
    let verb = match &before {
        Some(before) if before.image == lock.image => "the same image as before",
        Some(_) => "another image than before: every plan with it is another plan",
        None => "a first lock",
    };
    lines.push(format!("wrote {path}: image {}, {verb}", lock.image.id));
    Ok(Answer::new(
        Exit::Done,
        lines.join("\n"),
        json!({ "path": path, "image": lock.image, "changes": changes }),
    ))
}

/// What a new lock changed, a line each.
fn changes(before: Option<&Lock>, after: &Lock) -> Vec<String> {
    let old = before.map(versions).unwrap_or_default();
    let new = versions(after);
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => Some(format!("  {name} {old} -> {new}")),
            (None, Some(new)) => Some(format!("+ {name} {new}")),
            (Some(old), None) => Some(format!("- {name} {old}")),
            (None, None) => None,
        })
        .collect()
}

/// The version of each package and wheel.
fn versions(lock: &Lock) -> BTreeMap<&str, &str> {
    let packages = lock
        .packages
        .iter()
        .map(|package| (&*package.name, &*package.version));
    let wheels = lock
        .wheels
        .iter()
        .map(|wheel| (&*wheel.name, &*wheel.version));
    packages.chain(wheels).collect()
}

fn build(project: &Project, folder: &WorkspacePath) -> Result<Answer, Failure> {
    let locked = work_tree_recipe(project, folder)?;
    let identity = locked.lock.image.clone();
    let present = images::in_engine(project, &identity)?.is_some();
    if !present {
        images::build_and_load(project, folder, &locked)?;
    }
    let text = if present {
        format!("the engine has image {} already", identity.id)
    } else {
        format!("built image {} and loaded it into the engine", identity.id)
    };
    Ok(Answer::new(
        Exit::Done,
        text,
        json!({ "image": identity, "built": !present }),
    ))
}

fn save(project: &Project, text: &str, output: Option<&Path>) -> Result<Answer, Failure> {
    let store = project.store()?;
    let id = kept(project, text)?;
    let Some(kept) = store.image(&id)? else {
        return Err(Failure::new(
            Exit::Damaged,
            format!("the store lost image `{id}`"),
        ));
    };
    let place = match output {
        None => kept.clone(),
        Some(output) => {
            copy(&kept, output)?;
            output.to_owned()
        }
    };
    Ok(Answer::new(
        Exit::Done,
        format!("image {id} is in {}", place.display()),
        json!({ "image": id, "file": place }),
    ))
}

/// Sees to it that the store keeps the image, and says which it is.
fn kept(project: &Project, text: &str) -> Result<ImageId, Failure> {
    let store = project.store()?;
    if let Ok(id) = text.parse::<ImageId>() {
        if store.image(&id)?.is_none() {
            keep_from_engine(project, &id)?;
        }
        return Ok(id);
    }
    let neither = || {
        let text = terminal::visible(text);
        let message = format!("`{text}` is neither an image nor a recipe's folder");
        Failure::new(Exit::Usage, message).with_hint("name a folder, or `sha256:` and 64 digits")
    };
    if text.starts_with("sha256:") {
        return Err(neither());
    }
    let folder: WorkspacePath = text.parse().map_err(|_| neither())?;
    let locked = work_tree_recipe(project, &folder)?;
    let id = locked.lock.image.id;
    if store.image(&id)?.is_none() {
        // Where no engine answers, or it has no archives, a recipe can be built all the same.
        let in_engine = match project.engine() {
            Ok(engine) if !engine.gives_images_back() => false,
            Ok(engine) => engine.find_image(&ImageSelector::Id(id))?.is_some(),
            Err(failure) if failure.exit == Exit::Unavailable => false,
            Err(failure) => return Err(failure),
        };
        if in_engine {
            keep_from_engine(project, &id)?;
        } else {
            images::with_archive(project, &folder, &locked, |archive| {
                store.add_image(archive, &id)?;
                Ok(())
            })?;
        }
    }
    Ok(id)
}

/// Takes an image out of the engine into the store, as the same image.
fn keep_from_engine(project: &Project, id: &ImageId) -> Result<(), Failure> {
    let store = project.store()?;
    let engine = project.engine()?;
    if engine.find_image(&ImageSelector::Id(*id))?.is_none() {
        return Err(Failure::new(
            Exit::Unavailable,
            format!("image `{id}` is neither in the engine nor in the store"),
        )
        .with_hint("`resow image load FILE` takes it out of a file"));
    }
    let work = store.temporary_folder()?;
    let exported = work.path().join("exported");
    let mut file = File::create(&exported).map_err(cannot_write(&exported))?;
    with_progress(project, |events| {
        Ok(engine.export_image(id, &mut file, events, &project.interrupt)?)
    })?;
    let identity = convert(work.path(), &exported)?;
    if identity.id != *id {
        return Err(Failure::new(
            Exit::Damaged,
            format!("the engine gave image `{}` for `{id}`", identity.id),
        ));
    }
    store.add_image(&work.path().join("archive"), id)?;
    Ok(())
}

/// Turns what an engine wrote into an archive of ours, as `archive` in the folder.
fn convert(folder: &Path, exported: &Path) -> Result<ImageIdentity, Failure> {
    let target = folder.join("archive");
    let mut source = File::open(exported).map_err(cannot_read(&exported.display().to_string()))?;
    let mut file = File::create(&target).map_err(cannot_write(&target))?;
    let identity = archive::from_engine_export(&mut source, &mut file, folder)?;
    file.sync_all().map_err(cannot_write(&target))?;
    Ok(identity)
}

fn load(project: &Project, file: &Path) -> Result<Answer, Failure> {
    let store = project.store()?;
    if !file.is_file() {
        return Err(Failure::new(
            Exit::Unavailable,
            format!("there is no file `{}`", file.display()),
        )
        .with_hint("`resow image save IMAGE --output FILE` writes one"));
    }
    let work = store.temporary_folder()?;
    // What is kept is always written anew from what was checked, whoever wrote the file.
    let identity = convert(work.path(), file)?;
    let archive = work.path().join("archive");
    store.add_image(&archive, &identity.id)?;
    let loaded = match project.engine() {
        Ok(_) => {
            images::load(project, &archive)?;
            true
        }
        // The store has it: the next run loads it.
        Err(failure) => {
            terminal::warning(
                &format!("it is kept, and not loaded: {}", failure.message),
                None,
            );
            false
        }
    };
    Ok(Answer::new(
        Exit::Done,
        format!("image {} is kept in the store", identity.id),
        json!({ "image": identity, "loaded": loaded }),
    ))
}

fn list(project: &Project) -> Result<Answer, Failure> {
    let store = project.store_or_make()?;
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for id in store.images()? {
        let Some(path) = store.image(&id)? else {
            continue;
        };
        let size = fs::metadata(&path)
            .map_err(cannot_read(&path.display().to_string()))?
            .len();
        rows.push(vec![id.to_string(), format!("{} MiB", size >> 20)]);
        objects.push(json!({ "image": id, "size": size, "file": path }));
    }
    let text = if rows.is_empty() {
        "the store keeps no image: `resow image save` puts one into it".to_owned()
    } else {
        table(&["image", "size"], rows)
    };
    Ok(Answer::new(Exit::Done, text, json!({ "images": objects })))
}

/// The recipe and lock of a folder of the work tree.
fn work_tree_recipe(project: &Project, folder: &WorkspacePath) -> Result<LockedRecipe, Failure> {
    let recipe = recipe(project, folder)?;
    let path = format!("{folder}/recipe.lock");
    let text = read(project, &path)
        .map_err(|failure| failure.with_hint(format!("`resow image lock {folder}` writes it")))?;
    LockedRecipe::new(recipe, &text, &path)
}

fn recipe(project: &Project, folder: &WorkspacePath) -> Result<Recipe, Failure> {
    let path = format!("{folder}/recipe.toml");
    let text = read(project, &path).map_err(|failure| match seen_from_root(project, folder) {
        Some(path) => failure.with_hint(format!(
            "paths are relative to the repository's root: `{path}`"
        )),
        None => failure,
    })?;
    Recipe::parse(&text).map_err(|error| Failure::from(error).at(&path))
}

/// Where a folder is in the repository that was named as seen from where the command works; `None` where that is the
/// root, or there is no such folder.
fn seen_from_root(project: &Project, folder: &WorkspacePath) -> Option<String> {
    let here = project.common.directory.join(folder.as_str());
    let path = here.canonicalize().ok().filter(|path| path.is_dir())?;
    let root = project.root().canonicalize().ok()?;
    let relative = path.strip_prefix(root).ok()?.to_str()?;
    let is_another = !relative.is_empty() && relative != folder.as_str();
    is_another.then(|| terminal::visible(relative))
}

fn read(project: &Project, path: &str) -> Result<String, Failure> {
    let content = work_file::read(project.root(), path)?.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("there is no `{path}`"))
            .with_hint("name a folder that has a `recipe.toml`, relative to the repository's root")
    })?;
    String::from_utf8(content)
        .map_err(|_| Failure::new(Exit::Usage, format!("`{path}` is not UTF-8")))
}

/// Copies beside the target, then renames: a copy that is cut short leaves nothing.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let folder = to
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let copy = || {
        let mut file = tempfile::Builder::new()
            .prefix(".resow-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        std::io::copy(&mut File::open(from)?, file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(to).map_err(|error| error.error)?;
        Ok(())
    };
    copy().map_err(cannot_write(to))
}

fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| {
        Failure::from_error(Exit::Unavailable, &error, None).about(format!("cannot write `{path}`"))
    }
}
