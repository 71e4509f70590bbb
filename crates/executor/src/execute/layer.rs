//! The layer of determinism in a run: put there before, and asked afterwards what it did.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use resow_manifest::plan::Plan;
use resow_manifest::seeding_report::SeedingReport;
use resow_seeding::counters::Counters;
use resow_seeding::{places, report};

use super::container::write;
use super::{ExecuteError, layer_folder};
use crate::engine::BoundFile;

/// The mode of a file that every process of the run may write.
const WRITABLE: u32 = 0o666;

/// The layer's files.
pub(super) struct Layer {
    folder: PathBuf,
    events: PathBuf,
    occurrences: PathBuf,
    /// Whether the run counts what it meets.
    is_watched: bool,
    trace: Option<PathBuf>,
}

impl Layer {
    /// Puts them in place: what no run writes is kept in `cache` and looked at byte by byte, the rest is this run's own.
    pub(super) fn write(
        run_folder: &Path,
        cache: &Path,
        is_watched: bool,
        is_traced: bool,
    ) -> Result<Self, ExecuteError> {
        let layer = Self {
            folder: layer_folder::ensure(cache, &run_folder.join("seeding"))?,
            events: run_folder.join("events"),
            occurrences: run_folder.join("occurrences"),
            is_watched,
            trace: is_traced.then(|| run_folder.join("trace")),
        };
        layer.empty_what_is_written()?;
        Ok(layer)
    }

    /// Empties what processes write: a run that begins again has said nothing yet.
    pub(super) fn empty_what_is_written(&self) -> Result<(), ExecuteError> {
        write(&self.events, b"", WRITABLE)?;
        write(&self.occurrences, b"", WRITABLE)?;
        if let Some(trace) = &self.trace {
            write(trace, b"", WRITABLE)?;
        }
        let sized = File::options()
            .write(true)
            .open(&self.occurrences)
            .and_then(|file| file.set_len(self.occurrences_size()));
        sized.map_err(failed(&self.occurrences))
    }

    fn occurrences_size(&self) -> u64 {
        let counters = if self.is_watched {
            places::COUNTERS_SIZE
        } else {
            0
        };
        places::OCCURRENCES_SIZE + counters
    }

    /// What the processes of the run counted; nothing where it was not watched.
    pub(super) fn counters(&self) -> Result<Counters, ExecuteError> {
        if !self.is_watched {
            return Ok(Counters::default());
        }
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.occurrences)?;
            file.seek(SeekFrom::Start(places::OCCURRENCES_SIZE))?;
            let mut page = Vec::new();
            file.take(places::COUNTERS_SIZE).read_to_end(&mut page)?;
            Ok(page)
        };
        let page = read().map_err(failed(&self.occurrences))?;
        Ok(Counters::read(&page))
    }

    /// What the run sees of it.
    pub(super) fn bound(&self) -> impl Iterator<Item = BoundFile> {
        let always = [
            (&self.folder, places::FOLDER, false),
            (&self.events, places::EVENTS, true),
            (&self.occurrences, places::OCCURRENCES, true),
        ];
        let trace = self.trace.iter().map(|path| (path, places::TRACE, true));
        let bound = always.into_iter().chain(trace);
        bound.map(|(source, target, is_writable)| BoundFile {
            source: source.clone(),
            target: target.to_owned(),
            is_writable,
        })
    }

    /// The file with what processes traced, where they were told to.
    pub(super) fn trace(&self) -> Option<&Path> {
        self.trace.as_deref()
    }

    /// How many bytes processes have written to it.
    pub(super) fn bytes_written(&self) -> u64 {
        [&self.events, &self.occurrences]
            .into_iter()
            .chain(&self.trace)
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

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ExecuteError + '_ {
    move |source| ExecuteError::Write {
        path: path.to_owned(),
        source,
    }
}
