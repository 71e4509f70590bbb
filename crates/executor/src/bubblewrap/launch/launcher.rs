//! From the order to bubblewrap, step by step.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::personality::{self, Persona};
use rustix::fs::Mode;
use rustix::process::{Pid, Resource, Rlimit, Signal};
use rustix::thread::CpuSet;

use super::identity::{become_container_user, enter_namespaces};
use super::order::LaunchOrder;
use super::stage::{mount_overlay, put_on_stage};
use crate::confinement::close_others;

/// The argument by which a program that uses this library is asked to be the launcher.
pub const LAUNCH: &str = "launch-sandbox";

/// More than an order has.
const LONGEST_ORDER: u64 = 16 << 20;

/// Limits that a run does not inherit from whoever started resow.
const NOT_THE_CALLERS: [Resource; 7] = [
    Resource::As,
    Resource::Cpu,
    Resource::Data,
    Resource::Fsize,
    Resource::Memlock,
    Resource::Rss,
    Resource::Locks,
];

/// The size of a stack, as Linux has it where nobody says otherwise.
const STACK: u64 = 8 << 20;

/// How many files a run may have open where the host allows it: what Docker gives.
const OPEN_FILES: u64 = 1 << 20;

/// Carries out the order on the standard input. Returns only when that failed, with what to say on the standard error.
///
/// To be called first thing in a process that was started for this alone, and has one thread.
pub fn launch() -> String {
    let failed = |action: &'static str| move |error: io::Error| format!("cannot {action}: {error}");
    let steps = || -> Result<LaunchOrder, String> {
        let order = read_order().map_err(failed("read the order"))?;
        enter_namespaces(order.identity).map_err(failed(NAMESPACES))?;
        if let Some(overlay) = &order.overlay {
            mount_overlay(overlay).map_err(failed(OVERLAY))?;
        }
        put_on_stage(&order.staged).map_err(failed("mount what the sandbox is made of"))?;
        settle(&order).map_err(failed("set the limits of the sandbox"))?;
        become_container_user(order.identity).map_err(failed("become user 1000"))?;
        die_with(order.parent).map_err(failed("be bound to resow"))?;
        close_others(&order.descriptors).map_err(failed("close descriptors"))?;
        Ok(order)
    };
    match steps() {
        Err(message) => message,
        Ok(order) => {
            failed("start bubblewrap")(Command::new(&order.program).args(&order.arguments).exec())
        }
    }
}

/// What a failure to mount the workspace is called; a copy takes its place.
pub(in crate::bubblewrap) const OVERLAY: &str = "mount the overlay of the workspace";

/// What a failure to enter namespaces is called.
pub(in crate::bubblewrap) const NAMESPACES: &str = "enter a mount namespace";

fn read_order() -> io::Result<LaunchOrder> {
    let mut text = Vec::new();
    io::stdin()
        .lock()
        .take(LONGEST_ORDER)
        .read_to_end(&mut text)?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(serde_json::from_slice(&text)?)
}

/// What the run inherits: its processors, and limits that do not follow the caller's shell.
fn settle(order: &LaunchOrder) -> io::Result<()> {
    let mut processors = CpuSet::new();
    for processor in &order.processors {
        processors.set(*processor);
    }
    rustix::thread::sched_setaffinity(None, &processors)?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    // A core file would be an output that the host's settings decide about.
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none)?;
    if let Some(limit) = order.process_limit {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        rustix::process::setrlimit(Resource::Nproc, limit)?;
    }
    for resource in NOT_THE_CALLERS {
        raise(resource, None)?;
    }
    raise(Resource::Stack, Some(STACK))?;
    raise(Resource::Nofile, Some(OPEN_FILES))?;
    let personality = if order.fixed_addresses {
        Persona::ADDR_NO_RANDOMIZE
    } else {
        Persona::empty()
    };
    personality::set(personality)?;
    forget_ignored_signals();
    Ok(())
}

/// Sets a limit to what it should be, or to as much of it as the host allows; `None` is no limit.
fn raise(resource: Resource, wanted: Option<u64>) -> io::Result<()> {
    let mut limit = rustix::process::getrlimit(resource);
    limit.current = match (wanted, limit.maximum) {
        (Some(wanted), Some(most)) => Some(wanted.min(most)),
        (wanted, most) => wanted.or(most),
    };
    Ok(rustix::process::setrlimit(resource, limit)?)
}

/// A signal that the caller ignores would be ignored by the run. A signal with a handler gets its default back when the
/// process becomes another program (execve(2)).
fn forget_ignored_signals() {
    let nothing = Arc::new(AtomicBool::new(false));
    for signal in 1..=31 {
        // Some cannot have a handler, and so cannot be ignored either.
        if !signal_hook::consts::FORBIDDEN.contains(&signal) {
            let _ = signal_hook::flag::register(signal, Arc::clone(&nothing));
        }
    }
}

/// Asks the kernel to end this process with resow, and what it becomes.
///
/// A change of the user would take that back: it comes last. Where resow ended before it was asked, another process is
/// the parent by now.
fn die_with(parent: i32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid().map(Pid::as_raw_pid) != Some(parent) {
        return Err(io::Error::other("it has ended"));
    }
    Ok(())
}
