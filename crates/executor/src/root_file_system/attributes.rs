//! Permissions, owner, time and extended attributes, and what becomes of them on this host.

use rustix::fs::{Mode, RawMode, Timespec, Timestamps};

use crate::container_user::CONTAINER_USER;
use crate::image::root::layer::FILE_TIME;

/// What an image says of a file besides its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    /// The twelve permission bits.
    pub(super) mode: u32,
    pub(super) user: u32,
    pub(super) group: u32,
    pub(super) modified: Time,
    /// Extended attributes of users: whole names (`user.…`) and values.
    pub(super) extended: Vec<(String, Vec<u8>)>,
}

/// A time since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

/// Whose the unpacked files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ownership {
    /// Those of the image's users, as only root can make them.
    Image,
    /// This user's, with the permissions that the container's user would have had.
    User,
}

impl Default for Attributes {
    /// Those of what no layer says: root's, readable by all.
    fn default() -> Self {
        Self {
            mode: 0o755,
            user: 0,
            group: 0,
            modified: Time {
                seconds: FILE_TIME.cast_signed(),
                nanoseconds: 0,
            },
            extended: Vec::new(),
        }
    }
}

impl Attributes {
    /// About how many bytes of memory they take beyond their own size.
    pub(super) fn memory(&self) -> usize {
        let pairs = self.extended.iter();
        pairs
            .map(|(name, value)| name.len() + value.len() + 64)
            .sum()
    }

    /// The permissions on this host. Set-user-id and set-group-id never act; a file's sticky bit means nothing.
    pub(super) fn mode(&self, ownership: Ownership, is_folder: bool) -> Mode {
        let kept = self.mode & if is_folder { 0o1777 } else { 0o777 };
        let mode = match ownership {
            Ownership::Image => kept,
            // A folder stays open to its owner's changes, so that a cache can be removed as any other.
            Ownership::User if is_folder => (kept & !0o500) | 0o200 | self.of_container_user() << 6,
            Ownership::User => (kept & !0o700) | self.of_container_user() << 6,
        };
        Mode::from_raw_mode(mode as RawMode)
    }

    /// What the container's user may do: the first of owner, group and others that is it counts, and no other.
    fn of_container_user(&self) -> u32 {
        if self.user == CONTAINER_USER {
            self.mode >> 6 & 7
        } else if self.group == CONTAINER_USER {
            self.mode >> 3 & 7
        } else {
            self.mode & 7
        }
    }

    /// The time of last change, for both times that can be set.
    pub(super) fn times(&self) -> Timestamps {
        let time = Timespec {
            tv_sec: self.modified.seconds,
            tv_nsec: self.modified.nanoseconds.into(),
        };
        Timestamps {
            last_access: time,
            last_modification: time,
        }
    }
}

impl Ownership {
    /// What this process can make.
    pub(super) fn of_this_process() -> Self {
        if rustix::process::geteuid().is_root() {
            Self::Image
        } else {
            Self::User
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_gets_what_the_containers_user_would_have_had() {
        for (mode, user, group, expected) in [
            (0o600, 0, 0, 0o000),
            (0o644, 0, 0, 0o444),
            (0o755, 0, 0, 0o555),
            (0o640, 0, 1000, 0o440),
            (0o604, 0, 1000, 0o004),
            (0o700, 1000, 0, 0o700),
            (0o077, 1000, 1000, 0o077),
            (0o4755, 0, 0, 0o555),
        ] {
            let attributes = Attributes {
                mode,
                user,
                group,
                ..Attributes::default()
            };
            let found = attributes.mode(Ownership::User, false);
            assert_eq!(found.as_raw_mode(), expected, "{mode:o} of {user}:{group}");
        }
    }

    #[test]
    fn privileges_are_stripped_and_a_folder_keeps_its_sticky_bit() {
        let attributes = Attributes {
            mode: 0o7755,
            ..Attributes::default()
        };
        let mode = |is_folder| attributes.mode(Ownership::Image, is_folder).as_raw_mode();
        assert_eq!(mode(false), 0o755);
        assert_eq!(mode(true), 0o1755);
    }
}
