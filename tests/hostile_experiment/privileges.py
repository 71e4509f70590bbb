"""Attempts to become more than an ordinary user without capabilities."""

import ctypes
import os
import shutil
import signal
import subprocess
import time

from attempts import Stopped, attempt, buffer, none_of, refused
from kernel import (AT_FDCWD, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, SIGCHLD, call, numbered,
                    of_32_bits)


def status(name, process="self"):
    with open(f"/proc/{process}/status") as text:
        return next(line.split(":")[1].strip() for line in text if line.startswith(name + ":"))


@attempt("have a capability in any set")
def capabilities(facts):
    sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
    return none_of([name for name in sets if int(status(name), 16)], "all sets are empty")


@attempt("take a capability, and hand it to programs")
def take(facts):
    header = ctypes.create_string_buffer((0x20080522).to_bytes(4, "little") + bytes(4))
    every = ctypes.create_string_buffer(b"\xff" * 24)
    return refused([
        ("capset", lambda: call("capset", header, every)),
        ("ambient", lambda: call("prctl", 47, 2, 21, 0, 0)),
    ])


@attempt("become root, or another user or group")
def become(facts):
    return refused([
        ("setuid", lambda: os.setuid(0)),
        ("setresuid", lambda: os.setresuid(0, 0, 0)),
        ("another", lambda: os.setuid(1)),
        ("setgid", lambda: os.setgid(0)),
    ])


@attempt("join another group")
def join(facts):
    return refused([("root's", lambda: os.setgroups([0])), ("none", lambda: os.setgroups([]))])


@attempt("give a file to root")
def give(facts):
    open("gift", "w").close()
    return refused([("user", lambda: os.chown("gift", 0, -1)), ("group", lambda: os.chown("gift", -1, 0))])


@attempt("give a program capabilities by an attribute of its file")
def file_capabilities(facts):
    shutil.copy("/bin/true", "capable")
    # VFS_CAP_REVISION_2 with the effective bit, CAP_SYS_ADMIN among the permitted.
    value = (0x02000001).to_bytes(4, "little") + (1 << 21).to_bytes(4, "little") + bytes(12)
    os.setxattr("capable", "security.capability", value)


@attempt("gain by a program that is set-user-id, of the image or its own")
def set_user_id(facts):
    programs = ["./sly"]
    shutil.copy("/bin/cat", "sly")
    os.chmod("sly", 0o6755)
    for folder in ("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local"):
        for place, _, names in os.walk(folder):
            paths = [os.path.join(place, name) for name in names]
            programs += [path for path in paths if os.lstat(path).st_mode & 0o6000 and not os.path.islink(path)]
    for program in programs:
        process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.05)
            users = set(status("Uid", process.pid).split()) | set(status("Gid", process.pid).split())
        finally:
            process.kill()
            process.wait()
        if users - {"1000"}:
            return f"{program} runs as {users}"
    raise Stopped("none gains")


@attempt("take back that it can gain no privileges")
def no_new_privileges(facts):
    if status("NoNewPrivs") != "1":
        return "privileges can be gained"
    call("prctl", 38, 0, 0, 0, 0)


@attempt("take the filter of system calls off")
def filter_off(facts):
    seen = subprocess.run(["grep", "^Seccomp:", "/proc/self/status"], capture_output=True, text=True).stdout
    if seen.split() != ["Seccomp:", "2"]:
        return "no filter"
    return refused([("prctl", lambda: call("prctl", 22, 0, 0, 0, 0)), ("ptrace", disable_by_tracing)])


def disable_by_tracing():
    # PTRACE_SEIZE with PTRACE_O_SUSPEND_SECCOMP
    child = os.fork()
    if child == 0:
        time.sleep(60)
    try:
        call("ptrace", 0x4206, child, 0, 1 << 21)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@attempt("go around the filter by the calls of 32-bit programs")
def narrow(facts):
    of_32_bits(310, CLONE_NEWUSER)


@attempt("go around the filter by the calls of x32 programs")
def half_narrow(facts):
    return refused([
        ("unshare", lambda: numbered(0x40000000 | 272, CLONE_NEWUSER)),
        ("getpid", lambda: numbered(0x40000000 | 39)),
    ])


@attempt("mount: a file system in memory, `/proc`, a control group, a bind, by the old calls and the new")
def mount(facts):
    os.makedirs("there", exist_ok=True)
    kinds = [(kind, lambda kind=kind: call("mount", b"none", b"there", kind.encode(), 0, 0))
             for kind in ("tmpfs", "proc", "cgroup", "cgroup2", "sysfs", "devtmpfs", "overlay")]
    return refused(kinds + [
        ("bind", lambda: call("mount", b"/proc", b"there", 0, 4096, 0)),
        ("fsopen", lambda: call("fsopen", b"tmpfs", 0)),
        ("open_tree", lambda: call("open_tree", AT_FDCWD, b"/", 1)),
    ])


@attempt("unmount what hides and what holds: parameters, `/proc`, the workspace, `/`")
def unmount(facts):
    places = ["/run/resow/parameters.json", "/workspace/input.txt", "/proc/keys", "/proc", "/workspace", "/"]
    return refused([(place, lambda place=place: call("umount2", place.encode(), 2)) for place in places])


@attempt("mount the root file system anew, writable")
def remount(facts):
    # MS_REMOUNT | MS_BIND; mount_setattr clears MOUNT_ATTR_RDONLY.
    attributes = ctypes.create_string_buffer(bytes(8) + (1).to_bytes(8, "little") + bytes(16))
    return refused([
        ("mount", lambda: call("mount", b"none", b"/", 0, 0x1020, 0)),
        ("mount_setattr", lambda: call("mount_setattr", AT_FDCWD, b"/", 0, attributes, 32)),
    ])


@attempt("change the root folder")
def change_root(facts):
    return refused([
        ("chroot", lambda: os.chroot("/workspace")),
        ("pivot_root", lambda: call("pivot_root", b"/workspace", b"/workspace")),
    ])


@attempt("make a user namespace, in which it is root")
def user_namespace(facts):
    arguments = ctypes.create_string_buffer(CLONE_NEWUSER.to_bytes(8, "little") + bytes(24)
                                            + SIGCHLD.to_bytes(8, "little") + bytes(24))
    return refused([
        ("unshare", lambda: call("unshare", CLONE_NEWUSER)),
        ("clone", lambda: child_of(lambda: call("clone", CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))),
        ("clone3", lambda: child_of(lambda: call("clone3", arguments, 64))),
    ])


def child_of(make):
    if make() == 0:
        os._exit(0)


@attempt("make other namespaces")
def namespaces(facts):
    kinds = [CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, 0x02000000, 0x04000000, 0x08000000, 0x80]
    return refused([(hex(kind), lambda kind=kind: call("unshare", kind)) for kind in kinds])


@attempt("enter the namespaces of another process")
def enter(facts):
    names = ["user", "mnt", "net", "pid", "uts", "ipc", "cgroup"]
    return refused([(name, lambda name=name: enter_one(name)) for name in names])


def enter_one(name):
    descriptor = os.open(f"/proc/1/ns/{name}", os.O_RDONLY)
    call("setns", descriptor, 0)


@attempt("map other users into its namespace")
def map_users(facts):
    return refused([
        ("users", lambda: write("/proc/self/uid_map", "0 0 1")),
        ("groups", lambda: write("/proc/self/gid_map", "0 0 1")),
    ])


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


@attempt("open a file by its handle, around every folder")
def by_handle(facts):
    # An inode number of 2 is the root of most file systems.
    handle = ctypes.create_string_buffer((8).to_bytes(4, "little") + (1).to_bytes(4, "little")
                                         + (2).to_bytes(8, "little"))
    folder = os.open("/workspace", os.O_RDONLY)
    call("open_by_handle_at", folder, handle, 0)


@attempt("change how programs are run (`personality`)")
def personality(facts):
    return refused([
        ("readable is executable", lambda: call("personality", 0x0400000)),
    ])


@attempt("name the machine otherwise")
def rename_host(facts):
    return refused([
        ("sethostname", lambda: call("sethostname", b"stolen", 6)),
        ("/proc/sys", lambda: write("/proc/sys/kernel/hostname", "stolen")),
    ])


@attempt("set the clock")
def clock(facts):
    adjust = ctypes.create_string_buffer((0x0002).to_bytes(8, "little") + bytes(200))
    return refused([
        ("clock_settime", lambda: call("clock_settime", 0, buffer(16))),
        ("settimeofday", lambda: call("settimeofday", buffer(16), 0)),
        ("adjtimex", lambda: call("adjtimex", adjust)),
    ])


@attempt("load or remove a kernel module, or start another kernel")
def modules(facts):
    file = os.open("/bin/true", os.O_RDONLY)
    return refused([
        ("init_module", lambda: call("init_module", buffer(64), 64, b"")),
        ("finit_module", lambda: call("finit_module", file, b"", 0)),
        ("delete_module", lambda: call("delete_module", b"loop", 0)),
        ("kexec_load", lambda: call("kexec_load", 0, 0, 0, 0)),
    ])


@attempt("restart the machine")
def restart(facts):
    # LINUX_REBOOT_CMD_CAD_OFF: harmless where it is not refused.
    call("reboot", 0xFEE1DEAD, 672274793, 0, 0)


@attempt("speak to hardware ports")
def ports(facts):
    return refused([("ioperm", lambda: call("ioperm", 0x70, 2, 1)), ("iopl", lambda: call("iopl", 3))])


@attempt("load a program into the kernel (`bpf`)")
def kernel_program(facts):
    attributes = ctypes.create_string_buffer((2).to_bytes(4, "little") + (4).to_bytes(4, "little")
                                             + (4).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(104))
    call("bpf", 0, attributes, 120)


@attempt("watch the processors (`perf_event_open`)")
def performance(facts):
    attributes = ctypes.create_string_buffer((1).to_bytes(4, "little") + (112).to_bytes(4, "little") + bytes(104))
    call("perf_event_open", attributes, 0, -1, -1, 0)


@attempt("use `userfaultfd`")
def page_faults(facts):
    # UFFD_USER_MODE_ONLY, which the kernel itself gives to everybody.
    call("userfaultfd", 1)


@attempt("use `io_uring`, which no filter sees into")
def rings(facts):
    call("io_uring_setup", 8, buffer(120))


@attempt("use the key ring of the user: add, ask for, read")
def keys(facts):
    return refused([
        ("add_key", lambda: call("add_key", b"user", b"stolen", b"x", 1, -5)),
        ("request_key", lambda: call("request_key", b"user", facts["key"].encode(), 0, 0)),
        ("keyctl", lambda: call("keyctl", 0, -4, 0)),
    ])


@attempt("see key rings in `/proc/keys`")
def list_keys(facts):
    with open("/proc/keys") as text:
        return none_of([line.split()[0] for line in text], "nothing to see")


@attempt("read the kernel's log")
def kernel_log(facts):
    return refused([
        ("syslog", lambda: call("syslog", 3, buffer(256), 256)),
        ("/dev/kmsg", lambda: os.open("/dev/kmsg", os.O_RDONLY)),
        ("/proc/kmsg", lambda: os.open("/proc/kmsg", os.O_RDONLY)),
    ])


@attempt("watch every file of a mount (`fanotify`), account, swap, set quotas")
def administer(facts):
    return refused([
        ("fanotify", lambda: call("fanotify_init", 0x04, 0)),
        ("acct", lambda: call("acct", b"/workspace/account")),
        ("swapon", lambda: call("swapon", b"/workspace/account", 0)),
        ("quotactl", lambda: call("quotactl", 0x80000100, b"/dev/vda", 0, buffer(64))),
    ])


@attempt("be scheduled before all others, and killed after them")
def priority(facts):
    return refused([
        ("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)),
        ("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))),
        ("out of memory", lambda: write("/proc/self/oom_score_adj", "-1000")),
    ])
