//! The folders of one run's workspace, from its preparation to its removal.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use resow_manifest::workspace_path::WorkspacePath;
use rustix::fs::Mode;

use super::changes_walk::{Written, find_changes};
use super::copy::copy_tree;
use super::folder_walk::FOLDER;
use super::mount::{WorkspaceMount, opaque_attribute};
use super::mount_point::{finish, make_mount_points};
use super::usage::allocated_bytes;
use super::{Changes, WorkspaceError, remove_tree};
use crate::source::{CachedSource, Ownership, PathState};

/// How the container gets its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspaceStyle {
    /// The export lies below, and only what the run writes is new.
    Overlay,
    /// Every file is copied.
    Copy,
    /// Every file is copied, and everybody may write it: for an engine in which the container's user is neither this
    /// one nor given files by it. Who runs there sees other modes than elsewhere.
    OpenCopy,
}

/// The workspace of one run.
pub struct Workspace {
    folder: PathBuf,
    source: CachedSource,
    mount_points: Vec<WorkspacePath>,
    mount: WorkspaceMount,
    /// The state of each file of a copy.
    states: HashMap<WorkspacePath, PathState>,
    /// What lay there before the run, in bytes.
    bytes_before: u64,
}

impl Workspace {
    /// Its folder, in the run's.
    pub const FOLDER: &str = "workspace";

    /// Makes the workspace, in a folder `workspace` of the run's folder, with an empty file at each mount point.
    ///
    /// # Errors
    /// Where the source is in the way of a mount point, a path does not suit an overlay, or something cannot be written.
    pub fn prepare(
        run_folder: &Path,
        source: &CachedSource,
        mount_points: &[WorkspacePath],
        style: WorkspaceStyle,
    ) -> Result<Self, WorkspaceError> {
        let folder = run_folder.join(Self::FOLDER);
        let mount = match style {
            WorkspaceStyle::Overlay => WorkspaceMount::overlay(
                source.path.clone(),
                folder.join("upper"),
                folder.join("work"),
            )?,
            WorkspaceStyle::Copy | WorkspaceStyle::OpenCopy => {
                WorkspaceMount::Folder(folder.join("tree"))
            }
        };
        let ownership = match style {
            WorkspaceStyle::Overlay | WorkspaceStyle::Copy => Ownership::of_process(),
            WorkspaceStyle::OpenCopy => Ownership::of_everybody(),
        };
        let mut workspace = Self {
            folder,
            source: source.clone(),
            mount_points: mount_points.to_vec(),
            mount,
            states: HashMap::new(),
            bytes_before: 0,
        };
        let filled = workspace.fill(ownership);
        if let Err(error) = filled {
            // The first failure is the one to report.
            let _ = workspace.remove();
            return Err(error);
        }
        Ok(workspace)
    }

    fn fill(&mut self, ownership: Ownership) -> Result<(), WorkspaceError> {
        let make =
            |path: &Path| std::fs::create_dir(path).map_err(WorkspaceError::file("make", path));
        make(&self.folder)?;
        let root = self.root_of_made_files().to_owned();
        make(&root)?;
        let root_folder = open(&root)?;
        match &self.mount {
            WorkspaceMount::Overlay { work, .. } => {
                make(work)?;
                finish(&open(work)?, ".", ownership)
                    .map_err(WorkspaceError::file("finish", work))?;
            }
            WorkspaceMount::Folder(_) => {
                let source = &self.source;
                self.states = copy_tree(&source.path, &root_folder, &source.tree, ownership)?;
            }
        }
        make_mount_points(
            &root_folder,
            &self.mount_points,
            &self.source.tree,
            ownership,
        )?;
        self.bytes_before = allocated_bytes(&root)?;
        Ok(())
    }

    /// What the engine mounts.
    pub fn mount(&self) -> &WorkspaceMount {
        &self.mount
    }

    /// The folder beneath which everything lies that the run made or changed.
    pub fn root_of_made_files(&self) -> &Path {
        match &self.mount {
            WorkspaceMount::Overlay { upper, .. } => upper,
            WorkspaceMount::Folder(folder) => folder,
        }
    }

    /// What the run made, changed and deleted. To be asked when the run has ended and nothing is mounted any more.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn changes(&self) -> Result<Changes, WorkspaceError> {
        let root = self.root_of_made_files();
        let lower;
        let written = match &self.mount {
            WorkspaceMount::Overlay { .. } => {
                lower = open(&self.source.path)?;
                Written::Upper {
                    lower: &lower,
                    opaque_attribute: opaque_attribute(),
                }
            }
            WorkspaceMount::Folder(_) => Written::Copy {
                states: &self.states,
            },
        };
        find_changes(open(root)?, &written, &self.source.tree, &self.mount_points).map_err(
            |error| {
                let inner = root.join(String::from_utf8_lossy(&error.path).as_ref());
                WorkspaceError::file("read", inner)(error.source)
            },
        )
    }

    /// How many bytes the run has put on the disk so far, while it runs too.
    ///
    /// A file that was deleted and is still open does not show.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn bytes_written(&self) -> Result<u64, WorkspaceError> {
        let now = allocated_bytes(self.root_of_made_files())?;
        Ok(now.saturating_sub(self.bytes_before))
    }

    /// Removes the workspace, whatever the run left in it.
    ///
    /// # Errors
    /// Where something cannot be removed, as files of another user may be for who is not root.
    pub fn remove(&self) -> Result<(), WorkspaceError> {
        remove_tree(&self.folder)
    }
}

fn open(path: &Path) -> Result<OwnedFd, WorkspaceError> {
    rustix::fs::open(path, FOLDER, Mode::empty()).map_err(WorkspaceError::file("open", path))
}
