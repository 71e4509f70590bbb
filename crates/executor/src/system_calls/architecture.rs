//! Calls that only one architecture has.

use super::call::Call;
#[cfg(target_arch = "x86_64")]
use super::call::calls;

/// The return from a probe that the kernel itself has put into the program (`syscall_64.tbl` of Linux); the C library's
/// headers do not name it.
#[cfg(target_arch = "x86_64")]
pub(super) const UNNAMED: &[Call] = &[Call::new("uretprobe", 335)];

#[cfg(not(target_arch = "x86_64"))]
pub(super) const UNNAMED: &[Call] = &[];

/// Allowed whatever their arguments: what newer architectures do with the calls that take a folder, and threads' own
/// memory.
#[cfg(target_arch = "x86_64")]
pub(super) const ALLOWED: &[Call] = calls![
    SYS_open,
    SYS_creat,
    SYS_access,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_link,
    SYS_unlink,
    SYS_symlink,
    SYS_readlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_stat,
    SYS_lstat,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_getdents,
    SYS_dup2,
    SYS_pipe,
    SYS_select,
    SYS_poll,
    SYS_epoll_create,
    SYS_epoll_wait,
    SYS_eventfd,
    SYS_signalfd,
    SYS_inotify_init,
    SYS_fork,
    SYS_vfork,
    SYS_pause,
    SYS_alarm,
    SYS_time,
    SYS_getpgrp,
    SYS_arch_prctl,
    SYS_set_thread_area,
    SYS_get_thread_area,
];

/// Known and denied: ports of the machine, segment tables, and what nobody has called for decades.
#[cfg(target_arch = "x86_64")]
pub(super) const DENIED: &[Call] = calls![
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_sysfs,
    SYS_ustat,
    SYS_uselib,
    SYS__sysctl,
];

/// Allowed whatever their arguments.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const ALLOWED: &[Call] = &[];

/// Known and denied.
#[cfg(not(target_arch = "x86_64"))]
pub(super) const DENIED: &[Call] = &[];
