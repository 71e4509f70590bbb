//! Who the launcher is, before and after it mounts.

use std::fs;
use std::io;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::mount::{MountPropagationFlags, mount_change};

use super::order::LaunchIdentity;
use crate::container_user::CONTAINER_USER;

/// Enters the namespaces in which mounts are made; nothing that is mounted in them is seen elsewhere.
pub(super) fn enter_namespaces(identity: LaunchIdentity) -> io::Result<()> {
    match identity {
        LaunchIdentity::Caller => return Ok(()),
        LaunchIdentity::Container => unshare(CloneFlags::CLONE_NEWNS)?,
        LaunchIdentity::OwnNamespace => {
            let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)?;
            // Without giving up `setgroups`, the kernel takes no map of groups from an ordinary user
            // (user_namespaces(7)).
            fs::write("/proc/self/setgroups", "deny")?;
            fs::write(
                "/proc/self/uid_map",
                format!("{CONTAINER_USER} {} 1", user.as_raw()),
            )?;
            fs::write(
                "/proc/self/gid_map",
                format!("{CONTAINER_USER} {} 1", group.as_raw()),
            )?;
        }
    }
    let flags = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    Ok(mount_change("/", flags)?)
}

/// Gives up root for good.
pub(super) fn become_container_user(identity: LaunchIdentity) -> io::Result<()> {
    if identity == LaunchIdentity::Container {
        let (user, group) = (Uid::from_raw(CONTAINER_USER), Gid::from_raw(CONTAINER_USER));
        setgroups(&[group])?;
        setresgid(group, group, group)?;
        setresuid(user, user, user)?;
    }
    Ok(())
}
