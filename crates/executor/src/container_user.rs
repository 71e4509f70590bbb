//! The user that every container runs as, and what of the host's files that user may read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The user and the group of every container, by number.
pub(crate) const CONTAINER_USER: u32 = 1000;

/// Whether a container may read a file that is mounted into it. The folders above do not matter: it does not pass
/// through them.
pub(crate) fn may_read(path: &Path, metadata: &Metadata) -> bool {
    modes_allow(metadata.mode(), metadata.uid(), metadata.gid()) || has_access_list(path)
}

/// The kernel asks the modes of the first of owner, group and others that applies, and of no other.
fn modes_allow(mode: u32, owner: u32, group: u32) -> bool {
    let readable = if owner == CONTAINER_USER {
        0o400
    } else if group == CONTAINER_USER {
        0o040
    } else {
        0o004
    };
    mode & readable != 0
}

/// Whether the file has an access list, which may allow more than its modes show: the run will tell.
fn has_access_list(path: &Path) -> bool {
    let mut nothing = [0; 0];
    rustix::fs::getxattr(path, "system.posix_acl_access", &mut nothing[..])
        .is_ok_and(|length| length > 0)
}

#[cfg(test)]
mod tests {
    use super::modes_allow;

    #[test]
    fn the_first_of_owner_group_and_others_counts() {
        for (mode, owner, group, expected) in [
            (0o644, 0, 0, true),
            (0o600, 0, 0, false),
            (0o640, 0, 0, false),
            (0o640, 0, 1000, true),
            (0o604, 0, 1000, false),
            (0o600, 1000, 0, true),
            (0o400, 1000, 1000, true),
            (0o044, 1000, 1000, false),
            (0o004, 1001, 1001, true),
            (0o000, 0, 0, false),
        ] {
            let found = modes_allow(mode, owner, group);
            assert_eq!(found, expected, "{mode:o} of {owner}:{group}");
        }
    }
}
