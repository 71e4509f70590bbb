//! Everything that a sandbox is made of, as descriptors, paths and an order to the launcher.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::pipe::{PipeFlags, pipe_with};

use super::arguments::{BoundPlace, Places, options};
use super::engine::Bubblewrap;
use super::launch::{LaunchIdentity, LaunchOrder, OverlayMount, STAGE, Staged};
use super::launched::Inherited;
use crate::engine::{ContainerRequest, EngineError, WORKSPACE, refuse_links};
use crate::root_file_system::HeldRoot;
use crate::system_calls;
use crate::workspace::WorkspaceMount;

/// A sandbox that is ready to be made.
pub(super) struct Preparation {
    pub(super) order: LaunchOrder,
    pub(super) inherited: Inherited,
    /// Where bubblewrap says that it made the sandbox.
    pub(super) status: OwnedFd,
    /// What the sandbox waits for.
    pub(super) go: OwnedFd,
}

impl Preparation {
    /// # Errors
    /// When something is not there, or the system gives no descriptor.
    pub(super) fn new(
        engine: &Bubblewrap,
        root: &HeldRoot,
        request: &ContainerRequest,
        processors: &[usize],
        process_limit: Option<u64>,
    ) -> Result<Self, EngineError> {
        let identity = identity(&request.workspace);
        let overlay = overlay(&request.workspace)?;
        let mut sources = Sources::new(identity);
        let mut inherited = Inherited::default();
        let workspace = match (&overlay, &request.workspace) {
            (Some(overlay), _) => overlay.target.clone(),
            (None, WorkspaceMount::Folder(folder)) => folder.clone(),
            (None, WorkspaceMount::Overlay { upper, .. }) => upper.clone(),
        };
        let mut places = Places {
            root: sources.add(&root.path(), "root")?,
            workspace: sources.add(&workspace, "workspace")?,
            bound: bound(request, root, &mut sources)?,
            written: Vec::new(),
        };
        let describe = EngineError::sandbox("describe the sandbox");
        let descriptors = || -> io::Result<(Vec<String>, OwnedFd, OwnedFd)> {
            places.written = written(root, &request.host_name, &mut inherited)?;
            let options = options(request, &places).join("\0");
            let mut arguments = vec![
                "--args".to_owned(),
                inherited
                    .add_bytes("options", options.as_bytes())?
                    .to_string(),
            ];
            for filter in system_calls::filters().map_err(io::Error::other)? {
                let number = inherited.add_bytes("filter", &filter)?;
                arguments.extend(["--add-seccomp-fd".to_owned(), number.to_string()]);
            }
            let (status, status_end) = pipe_with(PipeFlags::CLOEXEC)?;
            let (go_end, go) = pipe_with(PipeFlags::CLOEXEC)?;
            // Whoever waits is a writer too: that resow is gone is no leave to go.
            let go_end = fs::File::options()
                .read(true)
                .write(true)
                .open(format!("/proc/self/fd/{}", go_end.as_raw_fd()))?
                .into();
            for (option, end) in [("--json-status-fd", status_end), ("--block-fd", go_end)] {
                arguments.extend([option.to_owned(), inherited.add(end)?.to_string()]);
            }
            arguments.push("--".to_owned());
            arguments.extend(request.command.iter().cloned());
            Ok((arguments, status, go))
        };
        let (arguments, status, go) = { descriptors }().map_err(describe)?;
        Ok(Self {
            order: LaunchOrder {
                parent: rustix::process::getpid().as_raw_pid(),
                identity,
                overlay,
                staged: sources.staged,
                processors: processors.to_vec(),
                process_limit,
                fixed_addresses: request.fixed_addresses,
                program: program(engine.program.path()),
                arguments,
                descriptors: inherited.numbers(),
            },
            inherited,
            status,
            go,
        })
    }
}

/// Where the program itself is: a link to it may lie below the stage, which hides what is there.
fn program(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// As root, bubblewrap runs as the container's user; as another, it runs as that one, in a namespace of its own where
/// something is to be mounted before.
fn identity(workspace: &WorkspaceMount) -> LaunchIdentity {
    if rustix::process::geteuid().is_root() {
        return LaunchIdentity::Container;
    }
    match workspace {
        WorkspaceMount::Overlay { .. } => LaunchIdentity::OwnNamespace,
        WorkspaceMount::Folder(_) => LaunchIdentity::Caller,
    }
}

/// The overlay, mounted on an empty folder beside its upper one.
fn overlay(workspace: &WorkspaceMount) -> Result<Option<OverlayMount>, EngineError> {
    let WorkspaceMount::Overlay { upper, options, .. } = workspace else {
        return Ok(None);
    };
    let target = upper.with_file_name("merged");
    fs::create_dir(&target).map_err(EngineError::sandbox("make the workspace"))?;
    Ok(Some(OverlayMount {
        target,
        options: options.clone(),
    }))
}

/// The host's files and folders, and where bubblewrap finds them.
struct Sources {
    identity: LaunchIdentity,
    staged: Vec<Staged>,
}

impl Sources {
    fn new(identity: LaunchIdentity) -> Self {
        Self {
            identity,
            staged: Vec::new(),
        }
    }

    fn add(&mut self, source: &Path, name: &str) -> Result<PathBuf, EngineError> {
        // Without links, so that what is mounted is what was looked at.
        let source = fs::canonicalize(source).map_err(|error| EngineError::Mount {
            path: source.to_owned(),
            source: error,
        })?;
        if source.to_str().is_none() {
            return Err(EngineError::MountPath { path: source });
        }
        if self.identity != LaunchIdentity::Container {
            return Ok(source);
        }
        self.staged.push(Staged {
            source,
            name: name.to_owned(),
        });
        Ok(Path::new(STAGE).join(name))
    }
}

fn bound(
    request: &ContainerRequest,
    root: &HeldRoot,
    sources: &mut Sources,
) -> Result<Vec<BoundPlace>, EngineError> {
    let mut places = Vec::new();
    for (number, input) in request.inputs.iter().enumerate() {
        refuse_links(&request.workspace, &input.at)?;
        let place = sources.add(&input.source, &format!("input-{number}"))?;
        places.push(BoundPlace {
            source: place,
            target: format!("{WORKSPACE}/{}", input.at),
            is_writable: false,
        });
    }
    for (number, file) in request.files.iter().enumerate() {
        if !root.has_mount_point(&file.target) {
            continue;
        }
        let place = sources.add(&file.source, &format!("file-{number}"))?;
        places.push(BoundPlace {
            source: place,
            target: file.target.clone(),
            is_writable: file.is_writable,
        });
    }
    Ok(places)
}

/// The files that say where the sandbox is, where the image lets them be put.
fn written(
    root: &HeldRoot,
    host_name: &str,
    inherited: &mut Inherited,
) -> io::Result<Vec<(i32, String)>> {
    let host_name = format!("{host_name}\n");
    [
        ("/etc/hostname", host_name.as_str()),
        ("/etc/resolv.conf", ""),
    ]
    .into_iter()
    .filter(|(path, _)| root.has_mount_point(path))
    .map(|(path, text)| Ok((inherited.add_bytes(path, text.as_bytes())?, path.to_owned())))
    .collect()
}
