//! Calls that only one architecture has.

/// The return from a probe that the kernel itself has put into the program (`syscall_64.tbl` of Linux).
#[cfg(target_arch = "x86_64")]
const URETPROBE: i64 = 335;

/// Allowed whatever their arguments: what newer architectures do with the calls that take a folder, and threads' own
/// memory.
#[cfg(target_arch = "x86_64")]
pub(super) const ALLOWED: &[i64] = &[
    URETPROBE,
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_access,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_link,
    libc::SYS_unlink,
    libc::SYS_symlink,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_mknod,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_getdents,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_select,
    libc::SYS_poll,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_signalfd,
    libc::SYS_inotify_init,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_pause,
    libc::SYS_alarm,
    libc::SYS_time,
    libc::SYS_getpgrp,
    libc::SYS_arch_prctl,
    libc::SYS_set_thread_area,
    libc::SYS_get_thread_area,
];

/// Known and denied: ports of the machine, segment tables, and what nobody has called for decades.
#[cfg(target_arch = "x86_64")]
pub(super) const DENIED: &[i64] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_sysfs,
    libc::SYS_ustat,
    libc::SYS_uselib,
    libc::SYS__sysctl,
];

/// Allowed whatever their arguments.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const ALLOWED: &[i64] = &[];

/// Known and denied.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const DENIED: &[i64] = &[];
