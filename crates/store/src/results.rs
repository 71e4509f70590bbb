//! `results/NAME/`: copies of the last run's outputs, for people to look at and change.
//!
//! The folder `results` is resow's where it holds the file `.resow`; one that is not empty and lacks it is a user's own
//! and left alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::RunId;
use resow_verifier::digesting::{Content, DigestError, DigestOptions, HashOnly, digest_folder};
use resow_verifier::outputs::{OutputName, Outputs};
use resow_verifier::record::Record;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::error::{About as _, StoreError};
use crate::store::Store;
use crate::temporary::TemporaryFolder;
use crate::writing::ensure_folder;

/// The folder with one file an experiment, which names the run whose outputs are there.
pub(crate) const RUNS: &str = ".runs";

const MARKER: &str = ".resow";
const MARKER_TEXT: &[u8] =
    b"resow keeps copies of the last outputs here, and replaces them with each run\n";

impl Store {
    /// Replaces `results/NAME/` by copies of the record's outputs, which need not be one of that experiment, with `stdout.log` and `stderr.log` where no output
    /// has that name; the folder.
    ///
    /// # Errors
    /// When content is missing or damaged, or the folder cannot be written or is not resow's.
    pub fn publish_results(
        &self,
        name: &ExperimentName,
        record: &Record,
    ) -> Result<PathBuf, StoreError> {
        refuse_nested(&record.outputs)?;
        let results = self.root().join("results");
        prepare(&results)?;
        let waiting = results.join(".tmp");
        ensure_folder(&waiting)?;
        let temporary = TemporaryFolder::create(&waiting)?;
        let fresh = temporary.path().join("new");
        fs::create_dir(&fresh).writing(&fresh)?;
        self.fill(&fresh, record)?;
        let place = results.join(name.as_str());
        put(&fresh, &place, &temporary.path().join("old"))?;
        let note = self.published_note(name);
        ensure_folder(&results.join(RUNS))?;
        let noted = temporary.path().join("run");
        fs::write(&noted, record.run.as_str()).writing(&noted)?;
        fs::rename(&noted, &note).writing(&note)?;
        Ok(place)
    }

    /// The run whose outputs were last put into `results/NAME/`, where that folder is still there.
    pub fn published(&self, name: &ExperimentName) -> Option<RunId> {
        let place = self.root().join("results").join(name.as_str());
        let run = fs::read_to_string(self.published_note(name)).ok()?;
        place.is_dir().then(|| run.parse().ok()).flatten()
    }

    fn published_note(&self, name: &ExperimentName) -> PathBuf {
        self.root().join("results").join(RUNS).join(name.as_str())
    }

    /// Refuses a folder `results` that is not resow's, so that nobody waits for a run whose outputs have no place.
    ///
    /// # Errors
    /// When the folder is a user's own.
    pub fn check_results(&self) -> Result<(), StoreError> {
        let results = self.root().join("results");
        match fs::read_dir(&results) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).reading(&results),
            Ok(entries) => refuse_foreign(&results, entries),
        }
    }

    /// Copies everything, then reads the copies, several at once, and checks them.
    fn fill(&self, folder: &Path, record: &Record) -> Result<(), StoreError> {
        let expected = copies(record);
        for (path, content) in &expected {
            self.place(&folder.join(path), content)?;
        }
        check(folder, &expected)
    }

    fn place(&self, path: &Path, content: &Content) -> Result<(), StoreError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).writing(parent)?;
        }
        match content {
            Content::Link { target } => symlink(target, path).writing(path),
            Content::EmptyFolder => fs::create_dir(path).writing(path),
            Content::File {
                digest, executable, ..
            } => self.copy(path, digest, *executable),
        }
    }

    fn copy(&self, path: &Path, digest: &Sha256Digest, executable: bool) -> Result<(), StoreError> {
        let blob = self.blob_path(digest);
        let mut source = match File::open(&blob) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::MissingBlob { digest: *digest });
            }
            opened => opened.reading(&blob)?,
        };
        let mut copy = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(if executable { 0o777 } else { 0o666 })
            .open(path)
            .writing(path)?;
        // Shares blocks between the two files where the file system can.
        io::copy(&mut source, &mut copy).writing(path)?;
        Ok(())
    }
}

/// What is published of a record: each file's path in the folder, and its content; sorted.
fn copies(record: &Record) -> Vec<(String, Content)> {
    let outputs = record.outputs.iter().filter_map(|(name, entry)| {
        let path = name.path()?;
        Some((path.as_str().to_owned(), entry.content.clone()))
    });
    let mut copies: Vec<_> = outputs.collect();
    let streams = [("stdout.log", record.stdout), ("stderr.log", record.stderr)];
    for (name, stream) in streams {
        let taken = record.outputs.keys().any(|output| {
            let path = output.path().map(|path| path.as_str());
            path.is_some_and(|path| path.split('/').next() == Some(name))
        });
        if !taken {
            let content = Content::File {
                digest: stream.digest,
                size: stream.size,
                executable: false,
            };
            copies.push((name.to_owned(), content));
        }
    }
    copies.sort_by(|a, b| a.0.cmp(&b.0));
    copies
}

/// The first file of published results that is not as the record has it; files besides are a user's own.
pub(crate) fn first_difference(folder: &Path, record: &Record) -> Option<String> {
    let digested = digest_folder(folder, &HashOnly, &DigestOptions::default()).ok()?;
    let files = digested.files.iter();
    let got: BTreeMap<_, _> = files.map(|it| (it.path.as_str(), &it.content)).collect();
    let mut expected = copies(record).into_iter();
    let differs = expected.find(|(path, content)| got.get(path.as_str()) != Some(&content));
    differs.map(|(path, _)| path)
}

/// Makes `results` resow's, or refuses where it is somebody's.
fn prepare(results: &Path) -> Result<(), StoreError> {
    ensure_folder(results)?;
    let marker = results.join(MARKER);
    if fs::symlink_metadata(&marker).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(());
    }
    refuse_foreign(results, fs::read_dir(results).reading(results)?)?;
    write_new(&results.join(".gitignore"), b"*\n")?;
    write_new(&marker, MARKER_TEXT)
}

/// Writes a file where nothing stands; another resow may have been faster, with the same bytes.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made
            .and_then(|mut file| file.write_all(bytes))
            .writing(path),
    }
}

fn refuse_foreign(results: &Path, mut entries: fs::ReadDir) -> Result<(), StoreError> {
    let foreign = entries.any(|entry| {
        // Another resow may be about to make its first files.
        entry.is_ok_and(|entry| {
            let ours = entry.file_name() == MARKER || entry.file_name() == ".gitignore";
            !ours || !entry.file_type().is_ok_and(|kind| kind.is_file())
        })
    });
    let marker = fs::symlink_metadata(results.join(MARKER));
    if foreign && !marker.is_ok_and(|metadata| metadata.is_file()) {
        let path = results.to_owned();
        return Err(StoreError::ForeignResults { path });
    }
    Ok(())
}

/// Puts `fresh` at `place` in one step. What stood there goes away with its temporary folder.
fn put(fresh: &Path, place: &Path, old: &Path) -> Result<(), StoreError> {
    loop {
        match renameat_with(CWD, fresh, CWD, place, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            Err(Errno::NOENT) => {}
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                return put_in_two_steps(fresh, place, old);
            }
            Err(errno) => return Err(StoreError::writing(place, errno.into())),
        }
        match renameat_with(CWD, fresh, CWD, place, RenameFlags::NOREPLACE) {
            // Another run of the experiment was faster: exchange with its folder.
            Err(Errno::EXIST) => {}
            renamed => return renamed.writing(place),
        }
    }
}

/// For file systems that cannot exchange: between the two steps there is no folder.
fn put_in_two_steps(fresh: &Path, place: &Path, old: &Path) -> Result<(), StoreError> {
    match fs::rename(place, old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        renamed => renamed.writing(place)?,
    }
    fs::rename(fresh, place).writing(place)
}

/// Checks that the copies are what the record says.
fn check(folder: &Path, expected: &[(String, Content)]) -> Result<(), StoreError> {
    let digested = digest_folder(folder, &HashOnly, &DigestOptions::default());
    let digested = digested.map_err(|error| match error {
        DigestError::Folder { path, source } => StoreError::Read { path, source },
        DigestError::Sink(never) => match never {},
    })?;
    let mut got = digested.files.iter();
    for (path, content) in expected {
        let found = got.find(|file| file.path.as_str() == path);
        if found.is_none_or(|file| file.content != *content) {
            let found = found.map(|file| file.content.to_string());
            return Err(StoreError::Damaged {
                what: format!("the stored content of `{path}`"),
                expected: content.to_string(),
                got: found.unwrap_or_else(|| "nothing that can be read".to_owned()),
            });
        }
    }
    Ok(())
}

/// An output beneath a link would be written to where the link leads.
fn refuse_nested(outputs: &Outputs) -> Result<(), StoreError> {
    for path in outputs.keys().filter_map(OutputName::path) {
        let text = path.as_str();
        for (index, _) in text.match_indices('/') {
            let outer = text[..index].parse::<OutputName>();
            if outer.is_ok_and(|outer| outputs.contains_key(&outer)) {
                return Err(StoreError::NestedOutputs {
                    inner: text.to_owned(),
                    outer: text[..index].to_owned(),
                });
            }
        }
    }
    Ok(())
}
