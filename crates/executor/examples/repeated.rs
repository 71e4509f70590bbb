//! Runs `true` in sandboxes, one after another in this one process, and says what grew: what `cargo xtask bench`
//! measures.
//!
//! Usage: `repeated ROOTS WORK TIMES`: the folder of unpacked images, of which the first is used, and an empty folder.
//! Prints `WHAT EARLY LATE` a line, in bytes or as a count, after a quarter of the runs and after all.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use resow_executor::bubblewrap::{Bubblewrap, BubblewrapSettings, LAUNCH, launch};
use resow_executor::engine::{ContainerLimits, ContainerRequest, Engine as _};
use resow_executor::interrupt::Interrupt;
use resow_executor::workspace::{WorkspaceMount, remove_tree};
use resow_manifest::identifiers::{ImageId, RunId};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    if first.as_ref().is_some_and(|word| word == LAUNCH) {
        writeln!(std::io::stderr(), "{}", launch())?;
        return Ok(ExitCode::FAILURE);
    }
    let (Some(roots), Some(work), Some(times)) = (first, arguments.next(), arguments.next()) else {
        return Err("usage: repeated ROOTS WORK TIMES".into());
    };
    let times: u64 = times.to_string_lossy().parse()?;
    let engine = Bubblewrap::open(&BubblewrapSettings {
        search_path: std::env::var_os("PATH"),
        launcher: vec![OsString::from("/proc/self/exe"), OsString::from(LAUNCH)],
        roots: PathBuf::from(&roots),
    })?;
    let image = engine.root_file_systems().images()?;
    let image = image.first().ok_or("no image is unpacked")?.id;
    let mut early = BTreeMap::new();
    for number in 1..=times {
        run(&engine, image, Path::new(&work), number)?;
        if number == times.div_ceil(4) {
            early = look(Path::new(&roots), Path::new(&work))?;
        }
    }
    for (what, late) in look(Path::new(&roots), Path::new(&work))? {
        writeln!(std::io::stdout(), "{what} {} {late}", early[what])?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run(
    engine: &Bubblewrap,
    image: ImageId,
    work: &Path,
    number: u64,
) -> Result<(), Box<dyn Error>> {
    let workspace = work.join(number.to_string());
    fs::create_dir(&workspace)?;
    let request = ContainerRequest {
        run: RunId::from_random(number),
        store: "repeated".to_owned(),
        image,
        command: vec!["true".to_owned()],
        environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
        workspace: WorkspaceMount::Folder(workspace.clone()),
        inputs: Vec::new(),
        files: Vec::new(),
        limits: ContainerLimits {
            memory: 256 << 20,
            processes: 64,
            time: Duration::from_secs(60),
            disk: 64 << 20,
            shared_memory: 16 << 20,
            temporary: 16 << 20,
            log: 1 << 20,
        },
        cpus: 1,
        fixed_addresses: false,
        host_name: ContainerRequest::HOST_NAME.to_owned(),
        load: 0,
    };
    let execution = engine.execute(&request, &mut |_| {}, &Interrupt::default(), &mut || Ok(0))?;
    if !execution.outcome.is_success() {
        return Err(execution.outcome.to_string().into());
    }
    execution.cleanup.finish()?;
    Ok(remove_tree(&workspace)?)
}

/// What could grow.
fn look(roots: &Path, work: &Path) -> Result<BTreeMap<&'static str, u64>, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let value = |key: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let groups = fs::read_to_string("/proc/cgroups")?;
    let groups = groups.lines().skip(1).filter_map(|line| {
        let count = line.split_whitespace().nth(2)?;
        count.parse::<u64>().ok()
    });
    Ok(BTreeMap::from([
        ("memory", value("RssAnon:").unwrap_or(0) * 1024),
        ("threads", value("Threads:").unwrap_or(0)),
        ("descriptors", fs::read_dir("/proc/self/fd")?.count() as u64),
        (
            "mounts",
            fs::read_to_string("/proc/self/mountinfo")?.lines().count() as u64,
        ),
        ("control-groups", groups.sum()),
        ("disk", bytes(roots)? + bytes(work)?),
    ]))
}

/// The bytes of everything beneath a folder.
fn bytes(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        sum += if metadata.is_dir() {
            bytes(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(sum)
}
