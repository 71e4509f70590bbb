//! The layer of determinism in a run: put there before, and asked afterwards what it did.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use resow_manifest::plan::Plan;
use resow_manifest::seeding_report::SeedingReport;
use resow_seeding::{files, places, report};

use super::ExecuteError;
use super::container::{READABLE, write};
use crate::engine::BoundFile;

/// The mode of a file that every process of the run may write.
const WRITABLE: u32 = 0o666;

/// The layer's files in the folder of a run.
pub(super) struct Layer {
    folder: PathBuf,
    events: PathBuf,
    occurrences: PathBuf,
}

impl Layer {
    /// Writes them. They are made anew for each run, so that nobody but this run's user could have changed them.
    pub(super) fn write(run_folder: &Path) -> Result<Self, ExecuteError> {
        let layer = Self {
            folder: run_folder.join("seeding"),
            events: run_folder.join("events"),
            occurrences: run_folder.join("occurrences"),
        };
        for file in files::all() {
            let path = layer.folder.join(&file.path);
            make_folders(&layer.folder, path.parent().unwrap_or(&path))?;
            write(&path, file.content, READABLE)?;
        }
        layer.empty_what_is_written()?;
        Ok(layer)
    }

    /// Empties what processes write: a run that begins again has said nothing yet.
    pub(super) fn empty_what_is_written(&self) -> Result<(), ExecuteError> {
        write(&self.events, b"", WRITABLE)?;
        write(&self.occurrences, b"", WRITABLE)?;
        let sized = File::options()
            .write(true)
            .open(&self.occurrences)
            .and_then(|file| file.set_len(places::OCCURRENCES_SIZE));
        sized.map_err(failed(&self.occurrences))
    }

    /// What the run sees of it.
    pub(super) fn bound(&self) -> [BoundFile; 3] {
        [
            (&self.folder, places::FOLDER, false),
            (&self.events, places::EVENTS, true),
            (&self.occurrences, places::OCCURRENCES, true),
        ]
        .map(|(source, target, is_writable)| BoundFile {
            source: source.clone(),
            target: target.to_owned(),
            is_writable,
        })
    }

    /// How many bytes processes have written to it.
    pub(super) fn bytes_written(&self) -> u64 {
        [&self.events, &self.occurrences]
            .into_iter()
            .filter_map(|path| fs::symlink_metadata(path).ok())
            .map(|status| std::os::unix::fs::MetadataExt::blocks(&status) * 512)
            .sum()
    }

    /// What the processes of the run said of their seeding.
    pub(super) fn report(&self, plan: &Plan) -> Result<SeedingReport, ExecuteError> {
        let read = || -> io::Result<(Vec<u8>, bool)> {
            let mut events = Vec::new();
            let mut file = File::open(&self.events)?;
            (&mut file)
                .take(report::MOST_BYTES)
                .read_to_end(&mut events)?;
            let is_whole = file.read(&mut [0])? == 0;
            Ok((events, is_whole))
        };
        let (events, is_whole) = read().map_err(failed(&self.events))?;
        Ok(report::read(
            &events,
            is_whole,
            &plan.command,
            &plan.determinism,
        ))
    }
}

/// Makes a folder and those above it, as far as `root`, so that the run's user may enter them.
fn make_folders(root: &Path, folder: &Path) -> Result<(), ExecuteError> {
    if folder.is_dir() {
        return Ok(());
    }
    if folder != root
        && let Some(parent) = folder.parent()
    {
        make_folders(root, parent)?;
    }
    let make = || {
        fs::create_dir(folder)?;
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
    };
    make().map_err(failed(folder))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ExecuteError + '_ {
    move |source| ExecuteError::Write {
        path: path.to_owned(),
        source,
    }
}
