//! Who owns the files that a container sees, and what it may do with them.

use rustix::fs::{Gid, Mode, Uid};

use crate::container_user::CONTAINER_USER;

/// The owner and modes of files that the container's user must be able to read, and to write where it may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ownership {
    /// Whom files are given to; `None` where this process cannot, or need not.
    pub(crate) owner: Option<(Uid, Gid)>,
    pub(crate) file: Mode,
    pub(crate) executable: Mode,
    pub(crate) folder: Mode,
}

impl Ownership {
    /// As root, files become the container user's; as any other they are this user's, whom the container's user is.
    pub(crate) fn of_process() -> Self {
        let mode = Mode::from_raw_mode;
        let owner = (Uid::from_raw(CONTAINER_USER), Gid::from_raw(CONTAINER_USER));
        Self {
            owner: rustix::process::geteuid().is_root().then_some(owner),
            file: mode(0o644),
            executable: mode(0o755),
            folder: mode(0o755),
        }
    }

    /// Everybody may write them: the container's user is another than this one, who cannot give them away.
    pub(crate) fn of_everybody() -> Self {
        let mode = Mode::from_raw_mode;
        Self {
            owner: None,
            file: mode(0o666),
            executable: mode(0o777),
            folder: mode(0o777),
        }
    }
}
