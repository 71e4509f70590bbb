//! Digests of many files, several at once.

use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::progress::{CheckError, Progress, Watch};
use super::survey::{Entry, open_file};

/// How much is read at once.
const PIECE: usize = 256 << 10;

/// More would only make the disk seek.
const MOST_THREADS: usize = 8;

enum Message {
    Read(u64),
    Digested(usize, io::Result<Sha256Digest>),
}

/// The digest of each file, in their order.
pub(super) fn digests(
    files: &[Entry],
    activity: &str,
    watch: &mut Watch<'_>,
) -> Result<Vec<io::Result<Sha256Digest>>, CheckError> {
    let total = files.iter().map(|file| file.size).sum();
    let threads = thread::available_parallelism()
        .map_or(1, NonZeroUsize::get)
        .min(MOST_THREADS);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut found: Vec<_> = files.iter().map(|_| None).collect();
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || work(files, next, stop, &sender));
        }
        drop(sender);
        let mut done = 0;
        for message in receiver {
            match message {
                Message::Read(bytes) => done += bytes,
                Message::Digested(index, digest) => found[index] = Some(digest),
            }
            let progress = Progress {
                activity,
                done,
                total,
            };
            if watch(progress).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    if stop.into_inner() {
        return Err(CheckError::Interrupted);
    }
    Ok(found.into_iter().flatten().collect())
}

fn work(files: &[Entry], next: &AtomicUsize, stop: &AtomicBool, sender: &Sender<Message>) {
    let mut buffer = vec![0; PIECE];
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(file) = files.get(index) else { return };
        let digest = digest(&file.path, &mut buffer, |bytes| {
            let told = sender.send(Message::Read(bytes));
            told.is_ok() && !stop.load(Ordering::Relaxed)
        });
        if stop.load(Ordering::Relaxed) || sender.send(Message::Digested(index, digest)).is_err() {
            return;
        }
    }
}

/// The digest of one file, nobody being told how far it is.
pub(crate) fn digest_of(path: &Path) -> io::Result<Sha256Digest> {
    digest(path, &mut vec![0; PIECE], |_| true)
}

fn digest(
    path: &Path,
    buffer: &mut [u8],
    mut goes_on: impl FnMut(u64) -> bool,
) -> io::Result<Sha256Digest> {
    let mut file = open_file(path)?;
    let mut hasher = Sha256::new();
    loop {
        match file.read(buffer) {
            Ok(0) => return Ok(Sha256Digest::from_bytes(hasher.finalize().into())),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                if !goes_on(read as u64) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
