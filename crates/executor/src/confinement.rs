//! A process that has one thing to do with hostile bytes, and nothing else: no other file, no process, little memory and
//! time.

use std::fs;
use std::io;

use rustix::process::{Resource, Rlimit, Signal};

/// What a process may still use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Bytes of addresses.
    pub memory: u64,
    /// Seconds of the processor's time, from its start on.
    pub seconds: u64,
    /// The one descriptor that stays open, besides those of the standard streams.
    pub descriptor: i32,
}

/// Confines this process, for good. To be called in a process that was started for this alone, and has one thread.
///
/// # Errors
/// When the system refuses a limit: then nothing hostile should be read.
pub fn confine(confinement: &Confinement) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    close_others(&[confinement.descriptor])?;
    // No number is left for another file: a limit is one more than the highest.
    let files = u64::try_from(confinement.descriptor.max(2)).unwrap_or(2) + 1;
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, files),
        (Resource::As, confinement.memory),
    ] {
        limit(resource, most, most)?;
    }
    let seconds = confinement.seconds;
    limit(Resource::Cpu, seconds, seconds.saturating_add(1))
}

/// Sets a limit, to no more than the process had.
fn limit(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let before = rustix::process::getrlimit(resource).maximum;
    let maximum = before.map_or(maximum, |before| before.min(maximum));
    let limit = Rlimit {
        current: Some(current.min(maximum)),
        maximum: Some(maximum),
    };
    Ok(rustix::process::setrlimit(resource, limit)?)
}

/// What the caller's caller left open would be open here too.
pub(crate) fn close_others(kept: &[i32]) -> io::Result<()> {
    let open: Vec<i32> = fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for descriptor in open {
        if descriptor > 2 && !kept.contains(&descriptor) {
            // One of them was the list itself and is closed already.
            let _ = nix::unistd::close(descriptor);
        }
    }
    Ok(())
}
