//! What delegates control groups to a user.

use super::delegation::Layout;

/// What would delegate the missing controllers, on a host of this layout.
pub(super) const fn text(layout: Layout) -> &'static str {
    match layout {
        Layout::Absent => {
            "mount control groups: `sudo mount -t cgroup2 none /sys/fs/cgroup`; in a container, ask for `/sys/fs/cgroup`"
        }
        Layout::Two => {
            "start it with `systemd-run --user --scope -p Delegate=yes resow …`; for `cpuset`, set `Delegate=cpu cpuset io memory pids` for `user@.service`"
        }
        Layout::One | Layout::Hybrid => {
            "version 1 is delegated by root alone: a folder of this user's in each of `memory`, `pids` and `cpuset`, with this shell's number in its `cgroup.procs`; or boot with `systemd.unified_cgroup_hierarchy=1`"
        }
    }
}
