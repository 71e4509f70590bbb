//! The mounts that the launcher makes.

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::CWD;
use rustix::mount::{MountFlags, MoveMountFlags, OpenTreeFlags, mount, move_mount, open_tree};

use super::order::{OverlayMount, STAGE, Staged};

/// Mounts the workspace.
pub(super) fn mount_overlay(overlay: &OverlayMount) -> io::Result<()> {
    let options = CString::new(overlay.options.as_str())?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    Ok(mount(
        "overlay",
        &overlay.target,
        "overlay",
        flags,
        Some(options.as_c_str()),
    )?)
}

/// Shows each source below the stage, to users who could not come to it by its own path.
pub(super) fn put_on_stage(staged: &[Staged]) -> io::Result<()> {
    if staged.is_empty() {
        return Ok(());
    }
    // Taken before the stage hides what lies below it. What is mounted beneath a source does not come along.
    let sources = staged
        .iter()
        .map(|staged| take(&staged.source).map(|tree| (staged, tree)))
        .collect::<io::Result<Vec<_>>>()?;
    mount(
        "tmpfs",
        STAGE,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        Some(c"mode=0755"),
    )?;
    for (staged, tree) in sources {
        let target = Path::new(STAGE).join(&staged.name);
        if rustix::fs::fstat(&tree)?.st_mode & 0o170_000 == 0o040_000 {
            fs::create_dir(&target)?;
        } else {
            File::create(&target)?;
        }
        move_mount(
            &tree,
            c"",
            CWD,
            &target,
            MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH,
        )?;
    }
    Ok(())
}

fn take(source: &Path) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
    Ok(open_tree(CWD, source, flags)?)
}
