//! The filter, loaded by bubblewrap for programs that call what they may not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use libc::{EINVAL, ENOSYS, EPERM};
use resow_manifest::digest::Sha256Digest;
use tempfile::TempDir;

use super::{NAME, filters, programs};
use crate::test_program;

/// An errno that no call of these tests gives by itself: with it, the answer can only be the filter's.
const MARK: i32 = 3000;

/// The bit that makes a number one of the x32 calls (`__X32_SYSCALL_BIT`).
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// A call by its number and arguments, and its name in messages.
struct Call(&'static str, i64, &'static [i64]);

const DENIED: &[Call] = &[
    Call("mount", libc::SYS_mount, &[]),
    Call("umount2", libc::SYS_umount2, &[]),
    Call("pivot_root", libc::SYS_pivot_root, &[]),
    Call("chroot", libc::SYS_chroot, &[]),
    Call("unshare", libc::SYS_unshare, &[libc::CLONE_NEWUSER as i64]),
    Call("unshare of nothing", libc::SYS_unshare, &[0]),
    Call("setns", libc::SYS_setns, &[-1]),
    Call("open_tree", libc::SYS_open_tree, &[]),
    Call("move_mount", libc::SYS_move_mount, &[]),
    Call("fsopen", libc::SYS_fsopen, &[]),
    Call("fsconfig", libc::SYS_fsconfig, &[]),
    Call("fsmount", libc::SYS_fsmount, &[]),
    Call("fspick", libc::SYS_fspick, &[]),
    Call("mount_setattr", libc::SYS_mount_setattr, &[]),
    Call("open_by_handle_at", libc::SYS_open_by_handle_at, &[]),
    Call("fanotify_init", libc::SYS_fanotify_init, &[]),
    Call("pidfd_getfd", libc::SYS_pidfd_getfd, &[-1]),
    Call("kcmp", libc::SYS_kcmp, &[1, 1]),
    Call("process_madvise", libc::SYS_process_madvise, &[-1]),
    Call("move_pages", libc::SYS_move_pages, &[]),
    Call("migrate_pages", libc::SYS_migrate_pages, &[]),
    Call("bpf", libc::SYS_bpf, &[]),
    Call("perf_event_open", libc::SYS_perf_event_open, &[]),
    Call("userfaultfd", libc::SYS_userfaultfd, &[1]),
    Call("io_uring_setup", libc::SYS_io_uring_setup, &[8]),
    Call("io_uring_enter", libc::SYS_io_uring_enter, &[-1]),
    Call("io_uring_register", libc::SYS_io_uring_register, &[-1]),
    Call("add_key", libc::SYS_add_key, &[]),
    Call("request_key", libc::SYS_request_key, &[]),
    Call("keyctl", libc::SYS_keyctl, &[0, -3, 1]),
    Call("memfd_secret", libc::SYS_memfd_secret, &[0]),
    Call("mbind", libc::SYS_mbind, &[]),
    Call("get_mempolicy", libc::SYS_get_mempolicy, &[]),
    Call("set_mempolicy", libc::SYS_set_mempolicy, &[]),
    Call("init_module", libc::SYS_init_module, &[]),
    Call("finit_module", libc::SYS_finit_module, &[-1]),
    Call("delete_module", libc::SYS_delete_module, &[]),
    Call("kexec_load", libc::SYS_kexec_load, &[]),
    Call("kexec_file_load", libc::SYS_kexec_file_load, &[-1, -1]),
    Call("reboot", libc::SYS_reboot, &[]),
    Call("syslog", libc::SYS_syslog, &[10]),
    Call("acct", libc::SYS_acct, &[]),
    Call("sethostname", libc::SYS_sethostname, &[]),
    Call("setdomainname", libc::SYS_setdomainname, &[]),
    Call("settimeofday", libc::SYS_settimeofday, &[]),
    Call("clock_settime", libc::SYS_clock_settime, &[]),
    Call("swapon", libc::SYS_swapon, &[]),
    Call("swapoff", libc::SYS_swapoff, &[]),
    Call("quotactl", libc::SYS_quotactl, &[]),
    Call("quotactl_fd", libc::SYS_quotactl_fd, &[-1]),
    Call("vhangup", libc::SYS_vhangup, &[]),
    Call("socket of AF_VSOCK", libc::SYS_socket, &[40, 1]),
    Call("socket of AF_ALG", libc::SYS_socket, &[38, 5]),
    Call("socket of AF_PACKET", libc::SYS_socket, &[17, 3]),
    Call("socket of AF_BLUETOOTH", libc::SYS_socket, &[31, 3]),
    Call(
        "socket of AF_ALG, upper bits set",
        libc::SYS_socket,
        &[(1 << 32) | 38, 5],
    ),
    Call("socketpair of AF_TIPC", libc::SYS_socketpair, &[30, 1]),
    Call("ioctl TIOCSTI", libc::SYS_ioctl, &[-1, 0x5412]),
    Call(
        "ioctl TIOCSTI, upper bits set",
        libc::SYS_ioctl,
        &[-1, (1 << 32) | 0x5412],
    ),
    Call("ioctl TIOCLINUX", libc::SYS_ioctl, &[-1, 0x541c]),
    Call("ioctl TIOCSETD", libc::SYS_ioctl, &[-1, 0x5423]),
    Call("personality PER_BSD", libc::SYS_personality, &[6]),
    Call(
        "personality ADDR_NO_RANDOMIZE",
        libc::SYS_personality,
        &[0x0004_0000],
    ),
    Call(
        "personality READ_IMPLIES_EXEC",
        libc::SYS_personality,
        &[0x0040_0000],
    ),
    Call(
        "clone with a user namespace",
        libc::SYS_clone,
        &[0x1000_0000 | 17],
    ),
    Call(
        "clone with a network namespace",
        libc::SYS_clone,
        &[0x4000_0000 | 17],
    ),
    Call(
        "clone with a mount namespace",
        libc::SYS_clone,
        &[0x0002_0000 | 17],
    ),
    Call(
        "clone with a control group namespace",
        libc::SYS_clone,
        &[0x0200_0000 | 17],
    ),
];

/// What nobody knows: what is newer than the table, too.
const UNKNOWN: &[Call] = &[
    Call("clone3", libc::SYS_clone3, &[]),
    Call("a call that does not exist", 9999, &[]),
    Call("listmount", 458, &[]),
    Call("lsm_get_self_attr", 459, &[]),
];

/// Allowed, with the errno that the kernel itself gives.
const ALLOWED: &[(Call, i32)] = &[
    (Call("getpid", libc::SYS_getpid, &[]), 0),
    (Call("socket of AF_UNIX", libc::SYS_socket, &[1, 1]), 0),
    (Call("socket of AF_INET", libc::SYS_socket, &[2, 1]), 0),
    (Call("socket of AF_INET6", libc::SYS_socket, &[10, 2]), 0),
    (Call("socket of AF_NETLINK", libc::SYS_socket, &[16, 3]), 0),
    (
        Call(
            "the question for the personality",
            libc::SYS_personality,
            &[0xffff_ffff],
        ),
        0,
    ),
    (
        Call("ioctl of no descriptor", libc::SYS_ioctl, &[-1, 0x5401]),
        libc::EBADF,
    ),
    (
        Call("ptrace of nobody", libc::SYS_ptrace, &[16, 0x003f_ffff]),
        libc::ESRCH,
    ),
    (
        Call(
            "process_vm_readv",
            libc::SYS_process_vm_readv,
            &[0x003f_ffff, 0, 0, 0, 0, 1],
        ),
        EINVAL,
    ),
    (Call("eventfd2", libc::SYS_eventfd2, &[0, 0]), 0),
    (Call("epoll_create1", libc::SYS_epoll_create1, &[0]), 0),
    (Call("semget", libc::SYS_semget, &[0, 1, 0o600]), 0),
    (Call("shmget", libc::SYS_shmget, &[0, 4096, 0o1600]), 0),
    (Call("inotify_init1", libc::SYS_inotify_init1, &[0]), 0),
    (Call("timerfd_create", libc::SYS_timerfd_create, &[1, 0]), 0),
    (Call("sched_yield", libc::SYS_sched_yield, &[]), 0),
    (
        Call("futex_waitv of nothing", libc::SYS_futex_waitv, &[]),
        EINVAL,
    ),
    (
        Call("close of nothing", libc::SYS_close, &[-1]),
        libc::EBADF,
    ),
];

/// A sandbox over the host's own files, with the filter written to its folder.
struct Sandbox(TempDir);

impl Sandbox {
    fn new(filters: &[Vec<u8>]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        for (number, filter) in filters.iter().enumerate() {
            fs::write(folder.path().join(number.to_string()), filter).expect("a new file");
        }
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, command: &[&str]) -> Output {
        let filtered = "exec bwrap --unshare-all --uid 1000 --gid 1000 --die-with-parent --new-session \
             --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp --ro-bind \"$0\" \"$0\" --chdir /tmp \
             --add-seccomp-fd 3 --add-seccomp-fd 4 -- \"$@\" 3< \"$0/0\" 4< \"$0/1\"";
        Command::new("sh")
            .args(["-c", filtered])
            .arg(self.path())
            .args(command)
            .output()
            .expect("a shell")
    }

    /// The standard output of a command that succeeds.
    fn text(&self, command: &[&str]) -> String {
        let output = self.run(command);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The errno of each call, 0 for success, made one after the other by one program.
    fn calls<'a>(&self, calls: impl Iterator<Item = &'a Call>) -> BTreeMap<&'a str, i32> {
        let calls: Vec<_> = calls.collect();
        let script: String = calls.iter().map(|call| perl(call)).collect();
        let printed = self.text(&["perl", "-e", &script]);
        let numbers = printed.lines().map(|line| line.parse().expect("a number"));
        let names = calls.iter().map(|call| call.0);
        let answers: BTreeMap<_, _> = names.zip(numbers).collect();
        assert_eq!(answers.len(), calls.len(), "{printed}");
        answers
    }
}

/// A statement that makes the call and prints its errno.
fn perl(Call(_, number, arguments): &Call) -> String {
    let arguments: String = (0..6)
        .map(|at| format!(", 0+{}", arguments.get(at).unwrap_or(&0)))
        .collect();
    format!("$! = 0; print syscall({number}{arguments}) == -1 ? 0+$! : 0, \"\\n\";\n")
}

fn assert_all(answers: &BTreeMap<&str, i32>, expected: i32) {
    let others: Vec<_> = answers
        .iter()
        .filter(|(_, errno)| **errno != expected)
        .collect();
    assert!(others.is_empty(), "not {expected}: {others:?}");
}

#[test]
fn what_is_denied_is_answered_with_permission_denied() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    assert!(DENIED.len() >= 60);
    assert_all(&sandbox.calls(DENIED.iter()), EPERM);
}

#[test]
fn it_is_the_filter_that_denies_and_not_the_kernel_for_want_of_capabilities() {
    let sandbox = Sandbox::new(&programs(MARK, ENOSYS).expect("a table for this processor"));
    assert_all(&sandbox.calls(DENIED.iter()), MARK);
}

#[test]
fn what_is_unknown_does_not_exist() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    assert_all(&sandbox.calls(UNKNOWN.iter()), ENOSYS);
    let sandbox = Sandbox::new(&programs(EPERM, MARK).expect("a table for this processor"));
    assert_all(&sandbox.calls(UNKNOWN.iter()), MARK);
}

#[test]
fn what_is_allowed_reaches_the_kernel() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    let answers = sandbox.calls(ALLOWED.iter().map(|(call, _)| call));
    for (Call(name, ..), errno) in ALLOWED {
        assert_eq!(answers[name], *errno, "{name}");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn calls_of_x32_do_not_exist() {
    let calls = [
        Call("getpid of x32", X32 | libc::SYS_getpid, &[]),
        Call("mount of x32", X32 | libc::SYS_mount, &[]),
        Call("ptrace of x32", X32 | 521, &[]),
        Call("unshare of x32", X32 | libc::SYS_unshare, &[0x1000_0000]),
    ];
    let sandbox = Sandbox::new(&programs(EPERM, MARK).expect("a table for this processor"));
    assert_all(&sandbox.calls(calls.iter()), MARK);
}

/// A static program: `mov eax, 20` (getpid of i386), `int 0x80`; `mov eax, 60`, `xor edi, edi`, `syscall` (exit 0).
#[cfg(target_arch = "x86_64")]
fn program_of_two_architectures() -> Vec<u8> {
    let code = [
        0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05,
    ];
    let (base, headers) = (0x0040_0000_u64, 64 + 56_u64);
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for address in [base + headers, 64, 0] {
        file.extend(address.to_le_bytes());
    }
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let length = headers + code.len() as u64;
    for value in [0, base, base, length, length, 0x1000] {
        file.extend(value.to_le_bytes());
    }
    file.extend(code);
    file
}

#[cfg(target_arch = "x86_64")]
#[test]
fn a_call_of_the_older_architecture_kills_the_program() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    let program = sandbox.path().join("program");
    test_program::write(&program, &program_of_two_architectures());
    let output = sandbox.run(&[program.to_str().expect("a plain path")]);
    let killed_by = 128 + libc::SIGSYS;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(killed_by), "{errors}");
}

#[test]
fn ordinary_work_goes_on() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    let script = include_str!("ordinary_work.py");
    assert_eq!(sandbox.text(&["python3", "-c", script]), "done\n");
}

#[test]
fn a_shell_works_with_files_links_pipes_and_signals() {
    let sandbox = Sandbox::new(&filters().expect("a table for this processor"));
    let script = "set -e; mkdir a; echo one > a/b; ln a/b a/c; ln -s b a/d; mv a/c a/e; chmod 600 a/b; cp -a a f; \
        tar cf - f | tar tf - | sort | wc -l; find a -type l; touch -d @0 a/b; stat -c %Y a/b; \
        sleep 60 & kill $!; wait $! || echo killed; rm -r a f";
    assert_eq!(sandbox.text(&["sh", "-c", script]), "4\na/d\n0\nkilled\n");
}

#[test]
fn no_call_is_both_allowed_and_denied() {
    let allowed = super::allowed_calls().expect("rules");
    let both: Vec<_> = super::denied()
        .filter(|call| allowed.contains_key(&call.number))
        .collect();
    assert!(both.is_empty(), "{both:?}");
    assert!(!allowed.contains_key(&libc::SYS_clone3));
}

/// What changes this digest changes what is allowed, or how it is said: then the name must change as well.
#[cfg(target_arch = "x86_64")]
#[test]
fn the_name_stands_for_these_programs() {
    let programs = filters().expect("a table for this processor").concat();
    assert_eq!(
        (NAME, Sha256Digest::of(&programs).to_string().as_str()),
        (
            "resow 1",
            "sha256:e16c1fec0af1d1210b6ad8af30afc7a3780df7279d70df18e09eb2522ab77f31"
        )
    );
}
