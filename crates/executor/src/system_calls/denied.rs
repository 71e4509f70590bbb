//! Calls that are known, and denied whatever their arguments. What is in no table at all is unknown.

use super::call::{Call, calls};

/// All of them that every architecture has.
pub(super) const CALLS: &[Call] = calls![
    // Mounts and namespaces.
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    // Ways around the permissions of a path.
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_lookup_dcookie,
    // Other processes' descriptors, memory and identity.
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_process_madvise,
    SYS_move_pages,
    SYS_migrate_pages,
    // Large parts of the kernel that have opened many a sandbox.
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    // Key rings: they belong to the user, not to the sandbox.
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    // Memory that no count shows, and its place in the machine.
    SYS_memfd_secret,
    SYS_mbind,
    SYS_get_mempolicy,
    SYS_set_mempolicy,
    SYS_set_mempolicy_home_node,
    // The kernel itself.
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_syslog,
    SYS_acct,
    SYS_nfsservctl,
    // The machine's name, clock, swap, quotas and terminals.
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_quotactl_fd,
    SYS_vhangup,
];
