//! The process that reads, started and heard.

use std::fs::File;
use std::io::{self, BufReader, Seek as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use resow_verifier::content::{Arrays, Budget, ContentError, Foreign, Format, Source, receive};

use super::deadline::within;
use super::{MEMORY, READ_CONTENT, seconds, seconds_by_the_clock};

/// This program, even when its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// How long a process is waited for that has nobody to write to any more.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(5);

/// Signals that say why a process ended.
const ABORTED: i32 = 6;
const OUT_OF_TIME: i32 = 24;

/// What reads files of foreign formats.
pub(crate) fn reader() -> Option<Arc<dyn Foreign>> {
    Some(Arc::new(Reader))
}

#[derive(Debug)]
struct Reader;

impl Foreign for Reader {
    fn read(
        &self,
        format: Format,
        source: &Source,
        budget: &Budget,
    ) -> Result<Arrays, ContentError> {
        let failed = |reason: String| ContentError::ReaderFailed { format, reason };
        let (file, start) = file_of(source)?;
        let mut child = Command::new(THIS_PROGRAM)
            .arg(READ_CONTENT)
            .arg(format.kind().name())
            .args([start, source.length()].map(|number| number.to_string()))
            .env_clear()
            .current_dir("/")
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("it cannot be started: {error}")))?;
        let output = child.stdout.take().map(BufReader::new);
        let child = Mutex::new(child);
        let seconds = seconds_by_the_clock(source.length());
        let (received, is_late) = within(Duration::from_secs(seconds), &child, || match output {
            Some(mut output) => receive(format, &mut output, budget),
            None => Err(failed("it has no output".to_owned())),
        });
        let mut child = child.into_inner().unwrap_or_else(PoisonError::into_inner);
        let status = end(&mut child).map_err(|error| failed(error.to_string()))?;
        if is_late {
            return Err(failed(format!(
                "it took more than {seconds} seconds by the clock"
            )));
        }
        match (received, status) {
            (Ok(arrays), Some(status)) if status.success() => Ok(arrays),
            (Ok(_), Some(status)) => Err(failed(describe(status, source))),
            (Err(ContentError::ReaderFailed { .. } | ContentError::Truncated), Some(status))
                if !status.success() =>
            {
                Err(failed(describe(status, source)))
            }
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(failed("it did not end".to_owned())),
        }
    }
}

/// A file with the bytes, and where in it they begin.
fn file_of(source: &Source) -> io::Result<(File, u64)> {
    if let Some((file, start)) = source.file() {
        return Ok((file.try_clone()?, start));
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut source.reader(), &mut file)?;
    file.rewind()?;
    Ok((file, 0))
}

/// How the process ended by itself; `None` where it had to be ended.
fn end(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(PAUSE);
        waited += PAUSE;
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

fn describe(status: ExitStatus, source: &Source) -> String {
    match (status.code(), status.signal()) {
        (_, Some(OUT_OF_TIME)) => {
            let seconds = seconds(source.length());
            format!("it took more than {seconds} seconds")
        }
        (_, Some(ABORTED)) => {
            format!(
                "it gave up, or needed more than {} GiB of memory",
                MEMORY >> 30
            )
        }
        (_, Some(signal)) => format!("it was ended by signal {signal}"),
        (Some(code), None) => format!("it gave up with exit code {code}"),
        (None, None) => "it gave up".to_owned(),
    }
}
