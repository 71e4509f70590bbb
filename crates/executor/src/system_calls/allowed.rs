//! Calls that are allowed whatever their arguments, on every architecture, by purpose.

use super::call::{Call, calls};

/// All of them.
pub(super) const GROUPS: &[&[Call]] = &[
    FILES,
    NAMES,
    ATTRIBUTES,
    MEMORY,
    PROCESSES,
    TRACING,
    CONFINEMENT,
    SIGNALS,
    WAITING,
    ASYNCHRONOUS,
    SCHEDULING,
    TIME,
    IDENTITY,
    LIMITS,
    SOCKETS,
    SHARED,
];

/// Opening, reading, writing, and what a descriptor is.
const FILES: &[Call] = calls![
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_preadv,
    SYS_pwritev,
    SYS_preadv2,
    SYS_pwritev2,
    SYS_openat,
    SYS_openat2,
    SYS_close,
    SYS_close_range,
    SYS_lseek,
    SYS_dup,
    SYS_dup3,
    SYS_fcntl,
    SYS_flock,
    SYS_pipe2,
    SYS_sendfile,
    SYS_splice,
    SYS_tee,
    SYS_vmsplice,
    SYS_copy_file_range,
    SYS_readahead,
    SYS_fadvise64,
    SYS_fallocate,
    SYS_truncate,
    SYS_ftruncate,
    SYS_sync,
    SYS_syncfs,
    SYS_fsync,
    SYS_fdatasync,
    SYS_sync_file_range,
    SYS_name_to_handle_at,
];

/// Folders, names, links and what is known of files.
const NAMES: &[Call] = calls![
    SYS_getcwd,
    SYS_chdir,
    SYS_fchdir,
    SYS_getdents64,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_newfstatat,
    SYS_fstat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_utimensat,
    SYS_umask,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
];

/// Extended attributes.
const ATTRIBUTES: &[Call] = calls![
    SYS_getxattr,
    SYS_lgetxattr,
    SYS_fgetxattr,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_listxattr,
    SYS_llistxattr,
    SYS_flistxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
];

/// Memory of the process. `memfd_secret` is missing: its pages show in no count of a process's memory.
const MEMORY: &[Call] = calls![
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_mincore,
    SYS_msync,
    SYS_mlock,
    SYS_mlock2,
    SYS_munlock,
    SYS_mlockall,
    SYS_munlockall,
    SYS_remap_file_pages,
    SYS_membarrier,
    SYS_memfd_create,
    SYS_pkey_alloc,
    SYS_pkey_free,
    SYS_pkey_mprotect,
];

/// Making, running and awaiting processes and threads.
const PROCESSES: &[Call] = calls![
    SYS_execve,
    SYS_execveat,
    SYS_exit,
    SYS_exit_group,
    SYS_wait4,
    SYS_waitid,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getpgid,
    SYS_setpgid,
    SYS_getsid,
    SYS_setsid,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_restart_syscall,
    SYS_prctl,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
    SYS_process_mrelease,
];

/// Looking into other processes of the sandbox: the kernel asks for the same user and as few capabilities.
const TRACING: &[Call] = calls![SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,];

/// A process confines itself further.
const CONFINEMENT: &[Call] = calls![
    SYS_seccomp,
    SYS_landlock_create_ruleset,
    SYS_landlock_add_rule,
    SYS_landlock_restrict_self,
];

/// Signals.
const SIGNALS: &[Call] = calls![
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigpending,
    SYS_rt_sigreturn,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_sigaltstack,
    SYS_signalfd4,
];

/// Waiting for descriptors and for each other.
const WAITING: &[Call] = calls![
    SYS_futex,
    SYS_futex_waitv,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_epoll_pwait2,
    SYS_ppoll,
    SYS_pselect6,
    SYS_eventfd2,
];

/// Asynchronous input and output of the old kind; io_uring is denied.
const ASYNCHRONOUS: &[Call] = calls![
    SYS_io_setup,
    SYS_io_destroy,
    SYS_io_submit,
    SYS_io_cancel,
    SYS_io_getevents,
];

/// Scheduling and priorities.
const SCHEDULING: &[Call] = calls![
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_setaffinity,
    SYS_sched_getattr,
    SYS_sched_setattr,
    SYS_sched_getparam,
    SYS_sched_setparam,
    SYS_sched_getscheduler,
    SYS_sched_setscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_sched_rr_get_interval,
    SYS_getpriority,
    SYS_setpriority,
    SYS_ioprio_get,
    SYS_ioprio_set,
    SYS_getcpu,
];

/// Reading clocks, sleeping, timers. The adjusting calls read, too; to set, they want a capability.
const TIME: &[Call] = calls![
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_times,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_getitimer,
    SYS_setitimer,
    SYS_timer_create,
    SYS_timer_delete,
    SYS_timer_gettime,
    SYS_timer_settime,
    SYS_timer_getoverrun,
    SYS_timerfd_create,
    SYS_timerfd_gettime,
    SYS_timerfd_settime,
];

/// Users, groups and capabilities: nothing can be gained by them in a sandbox.
const IDENTITY: &[Call] = calls![
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getresuid,
    SYS_getresgid,
    SYS_getgroups,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capget,
    SYS_capset,
];

/// Limits, and facts of the system.
const LIMITS: &[Call] = calls![
    SYS_getrlimit,
    SYS_setrlimit,
    SYS_prlimit64,
    SYS_getrusage,
    SYS_sysinfo,
    SYS_uname,
    SYS_getrandom,
];

/// Sockets, once made: making them is in `arguments`.
const SOCKETS: &[Call] = calls![
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_connect,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
];

/// System V's and POSIX' ways of talking, all within the sandbox's namespace.
const SHARED: &[Call] = calls![
    SYS_shmget,
    SYS_shmat,
    SYS_shmdt,
    SYS_shmctl,
    SYS_semget,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_mq_timedsend,
    SYS_mq_timedreceive,
    SYS_mq_notify,
    SYS_mq_getsetattr,
];
