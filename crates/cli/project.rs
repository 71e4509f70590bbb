//! The repository that a command works in, and what belongs to it: its store, its cache of sources, its engine.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use resow_executor::engine::Engine;
use resow_executor::interrupt::Interrupt;
use resow_executor::source::{Repository, SourceCache};
use resow_executor::workspace::remove_tree;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::RunId;
use resow_manifest::manifest::IncludePattern;
use resow_store::{RunFolder, Store};

use crate::arguments::Common;
use crate::engine_choice::{self, EngineChoice};
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::report::terminal;
use crate::work_file::{self, cannot_read};

/// The file of a run's folder that names its engine.
const ENGINE_MARK: &str = "engine";

/// The repository that a command works in.
pub(crate) struct Project {
    pub(crate) common: Common,
    pub(crate) interrupt: Interrupt,
    pub(crate) repository: Repository,
    store: OnceCell<Store>,
    sources: OnceCell<SourceCache>,
    engine: OnceCell<(EngineChoice, Box<dyn Engine>)>,
}

impl Project {
    /// Finds the repository. The store and the engine are opened when they are asked for.
    pub(crate) fn open(common: &Common, interrupt: Interrupt) -> Result<Self, Failure> {
        refuse_missing(&common.directory)?;
        Ok(Self {
            repository: Repository::discover(&common.directory)?,
            common: common.clone(),
            interrupt,
            store: OnceCell::new(),
            sources: OnceCell::new(),
            engine: OnceCell::new(),
        })
    }

    /// The root of the work tree.
    pub(crate) fn root(&self) -> &Path {
        self.repository.root()
    }

    /// The store, made on first use.
    pub(crate) fn store(&self) -> Result<&Store, Failure> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        self.refuse_tracked_store()?;
        let store = Store::open(self.root())?;
        Ok(self.store.get_or_init(|| store))
    }

    /// The store for a command that only reads: nothing is made or written. `None` where there is none yet.
    pub(crate) fn store_to_read(&self) -> Result<Option<&Store>, Failure> {
        if let Some(store) = self.store.get() {
            return Ok(Some(store));
        }
        self.refuse_tracked_store()?;
        let store = Store::open_to_read(self.root())?;
        Ok(store.map(|store| self.store.get_or_init(|| store)))
    }

    /// The store as it is; where there is none yet, it is made.
    pub(crate) fn store_or_make(&self) -> Result<&Store, Failure> {
        match self.store_to_read()? {
            Some(store) => Ok(store),
            None => self.store(),
        }
    }

    /// A store that came with a commit holds whatever its author liked: records of runs that never were, links that lead
    /// elsewhere. It is nobody's evidence here.
    pub(crate) fn refuse_tracked_store(&self) -> Result<(), Failure> {
        let folder = Store::FOLDER;
        if !self.repository.tracks(folder)? {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Damaged,
            format!(
                "git tracks `{folder}`, which is this machine's own: what came with a commit is no evidence"
            ),
        )
        .with_hint(format!(
            "`git rm -r --cached {folder}`, then remove the folder"
        )))
    }

    /// The cache of exported sources.
    pub(crate) fn sources(&self) -> Result<&SourceCache, Failure> {
        if let Some(sources) = self.sources.get() {
            return Ok(sources);
        }
        let sources = SourceCache::open(&self.store()?.sources())?;
        Ok(self.sources.get_or_init(|| sources))
    }

    /// The engine, with what earlier runs of this repository left behind removed.
    pub(crate) fn engine(&self) -> Result<&dyn Engine, Failure> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine.1.as_ref());
        }
        let (choice, engine) = engine_choice::open(&self.common)?;
        self.sweep(choice, engine.as_ref())?;
        Ok(self.engine.get_or_init(|| (choice, engine)).1.as_ref())
    }

    /// Says in a run's folder which engine runs it, for whoever tidies up after it.
    pub(crate) fn mark_engine(&self, folder: &RunFolder) -> Result<(), Failure> {
        self.engine()?;
        let name = self.engine.get().map_or("", |(choice, _)| choice.name());
        let path = folder.path().join(ENGINE_MARK);
        fs::write(&path, name).map_err(|error| {
            Failure::from_error(Exit::Unavailable, &error, None)
                .about(format!("cannot write `{}`", path.display()))
        })
    }

    /// Removes what runs left behind whose process is gone: containers first, then their folders.
    fn sweep(&self, choice: EngineChoice, engine: &dyn Engine) -> Result<(), Failure> {
        let store = self.store()?;
        let dead = store.dead_runs()?;
        self.sweep_engine(engine)?;
        let mut swept = vec![choice];
        for run in dead {
            let other = self.engine_of(&run).filter(|other| !swept.contains(other));
            if let Some(other) = other {
                // Its folder may be in use there: it is left until that engine answers.
                let Ok(engine) = other.open(&self.common) else {
                    continue;
                };
                self.sweep_engine(engine.as_ref())?;
                swept.push(other);
            }
            // Of two that start at once, one takes it.
            if let Some(folder) = store.take_over(&run)? {
                terminal::note(&format!(
                    "removing what run {run} left behind when it was killed"
                ));
                let removed = remove_tree(folder.path()).map_err(Failure::from);
                match removed.and_then(|()| Ok(folder.finish()?)) {
                    // It was being made when it was taken for dead, and its resow begins anew.
                    Err(_) if store.is_alive(&run).unwrap_or(false) => {}
                    removed => removed?,
                }
            }
        }
        Ok(())
    }

    fn sweep_engine(&self, engine: &dyn Engine) -> Result<(), Failure> {
        let store = self.store()?;
        // A run of which nothing can be said is left alone.
        engine.sweep(&store.owner()?, &mut |run| {
            store.is_alive(run).unwrap_or(true)
        })?;
        Ok(())
    }

    /// The engine that a dead run was in, where its folder says so.
    fn engine_of(&self, run: &RunId) -> Option<EngineChoice> {
        let path = self.store().ok()?.run_folder(run).join(ENGINE_MARK);
        EngineChoice::named(&fs::read_to_string(path).ok()?)
    }

    /// The experiments of the work tree, sorted by name.
    pub(crate) fn experiments(&self) -> Result<Vec<ExperimentName>, Failure> {
        Ok(self.manifest_files()?.experiments)
    }

    /// What `experiments/` of the work tree holds.
    pub(crate) fn manifest_files(&self) -> Result<ManifestFiles, Failure> {
        let folder = self.root().join("experiments");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(ManifestFiles::default());
            }
            Err(error) => return Err(cannot_read("experiments")(error)),
        };
        let files = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(cannot_read("experiments"))?;
        Ok(ManifestFiles::among(&files))
    }

    /// Whether the work tree has a manifest of this experiment.
    pub(crate) fn declares(&self, name: &ExperimentName) -> bool {
        self.root().join(name.manifest_path()).exists()
    }

    /// The text of an experiment's manifest in the work tree.
    pub(crate) fn manifest_text(&self, name: &ExperimentName) -> Result<String, Failure> {
        let path = name.manifest_path();
        let content = work_file::read(self.root(), &path)?;
        text_of_manifest(&path, content.ok_or_else(|| self.no_such_experiment(name))?)
    }

    /// Says that there is no such experiment, and which one may have been meant.
    fn no_such_experiment(&self, name: &ExperimentName) -> Failure {
        let failure = Failure::new(
            Exit::Usage,
            format!(
                "there is no experiment `{name}`: `{}` is missing",
                name.manifest_path()
            ),
        );
        let names = self.experiments().unwrap_or_default();
        let known: Vec<_> = names.iter().map(ExperimentName::as_str).collect();
        match resow_manifest::suggestion::did_you_mean(name.as_str(), known.iter().copied()) {
            Some(meant) => failure.with_hint(meant),
            None if known.is_empty() => failure.with_hint("`resow init` writes a first one"),
            None => failure.with_hint(format!("there are: {}", known.join(", "))),
        }
    }

    /// Untracked files that `include` would cover.
    pub(crate) fn untracked_covered(
        &self,
        include: &[IncludePattern],
    ) -> Result<Vec<String>, Failure> {
        Ok(self.repository.untracked_covered(include)?)
    }

    /// Replaces a file of the work tree as a whole: beside it, synced, renamed.
    pub(crate) fn replace_file(
        &self,
        relative: &str,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), Failure> {
        work_file::refuse_links(self.root(), relative)?;
        let target = self.root().join(relative);
        let folder = target.parent().unwrap_or(self.root());
        let replace = || {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new()
                .prefix(".resow-")
                .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
                .tempfile_in(folder)?;
            write(file.as_file_mut())?;
            file.as_file().sync_all()?;
            file.persist(&target).map_err(|error| error.error)?;
            Ok(())
        };
        replace().map_err(|error: io::Error| {
            Failure::from_error(Exit::Unavailable, &error, None)
                .about(format!("cannot write `{relative}`; nothing was changed"))
        })
    }
}

/// Says so where there is no folder to work in: git would say that it is no repository.
fn refuse_missing(folder: &Path) -> Result<(), Failure> {
    let problem = match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => format!("`{}` is not a folder", folder.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("there is no folder `{}`", folder.display())
        }
        Err(error) => {
            return Err(cannot_read(&folder.display().to_string())(error));
        }
    };
    Err(Failure::new(Exit::Usage, terminal::visible(&problem))
        .with_hint("`-C` names the folder of a repository, or one in it"))
}

/// What a folder `experiments/` holds.
#[derive(Debug, Default)]
pub(crate) struct ManifestFiles {
    /// The experiments, sorted by name.
    pub(crate) experiments: Vec<ExperimentName>,
    /// Files that look like manifests and whose names no experiment can have, sorted by path, each with what is wrong.
    pub(crate) misnamed: Vec<(String, Failure)>,
}

impl ManifestFiles {
    /// The manifests among these files of `experiments/`.
    pub(crate) fn among(files: &[String]) -> Self {
        let mut found = Self::default();
        for file in files {
            match manifest_name(file) {
                Some(Ok(name)) => found.experiments.push(name),
                Some(Err(failure)) => {
                    let path = format!("experiments/{}", terminal::visible(file));
                    found.misnamed.push((path, failure));
                }
                None => {}
            }
        }
        found.experiments.sort();
        found.misnamed.sort_by(|left, right| left.0.cmp(&right.0));
        found
    }
}

/// The text of a manifest; other bytes than UTF-8 are refused with their line.
pub(crate) fn text_of_manifest(path: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let right = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = right.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::new(
            Exit::Usage,
            format!("`{path}` is not UTF-8: line {line} has other bytes"),
        )
        .with_hint("save it as UTF-8")
    })
}

/// The experiment of a file in `experiments/`; `None` for what is no manifest, an error for a name that none can have.
fn manifest_name(file: &str) -> Option<Result<ExperimentName, Failure>> {
    let stem = file.strip_suffix(".toml")?;
    if stem.ends_with(".claim") || stem.starts_with('.') {
        return None;
    }
    Some(stem.parse().map_err(|error| {
        Failure::from_error(Exit::Usage, &error, None)
            .with_hint(format!("rename `experiments/{}`", terminal::visible(file)))
    }))
}
