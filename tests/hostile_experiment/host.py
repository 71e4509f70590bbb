"""Attempts on other processes, and on what they share."""

import ctypes
import errno
import fcntl
import glob
import os
import resource
import signal
import socket
import stat
import struct
import termios
import time

from attempts import Stopped, attempt, buffer, none_of, refused
from kernel import call


@attempt("see processes of the host")
def processes(facts):
    known = {1, os.getpid()}
    seen = {int(name) for name in os.listdir("/proc") if name.isdigit()}
    return none_of([str(number) for number in seen - known], "only its own")


@attempt("signal the process that started it")
def signal_test(facts):
    return refused([
        ("kill", lambda: os.kill(facts["process"], 0)),
        ("parent of process 1", lambda: parent_of_first()),
    ])


def parent_of_first():
    with open("/proc/1/status") as text:
        parent = next(int(line.split()[1]) for line in text if line.startswith("PPid:"))
    if parent == 0:
        raise OSError(errno.ESRCH, "outside")


@attempt("signal all processes there are")
def signal_all(facts):
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    os.kill(-1, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.path.exists("/proc/1"):
        raise Stopped("reaches only its own")
    return "who knows"


@attempt("trace, or read the memory of, a process of the host")
def trace(facts):
    number = facts["process"]
    return refused([
        ("attach", lambda: call("ptrace", 16, number, 0, 0)),
        ("seize", lambda: call("ptrace", 0x4206, number, 0, 0)),
        ("read", lambda: read_memory(number)),
        ("/proc", lambda: os.open(f"/proc/{number}/mem", os.O_RDONLY)),
        ("descriptor", lambda: os.pidfd_open(number)),
    ])


def read_memory(number):
    own = buffer(16)
    place = ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(own), 16))
    call("process_vm_readv", number, place, 1, place, 1, 0)


@attempt("find descriptors that were left open: of files, folders, sockets")
def descriptors(facts):
    found = []
    for name in os.listdir("/proc/1/fd"):
        try:
            mode = os.stat(f"/proc/1/fd/{name}").st_mode
            target = os.readlink(f"/proc/1/fd/{name}")
        except FileNotFoundError:
            continue
        harmless = stat.S_ISFIFO(mode) or target == "/dev/null" or target.startswith("/workspace/")
        if int(name) > 2 and not harmless or stat.S_ISDIR(mode) or stat.S_ISSOCK(mode):
            found.append(target)
    return none_of(found, "only the standard streams")


@attempt("read something of the terminal or of who runs it from the standard input")
def standard_input(facts):
    if os.isatty(0):
        return "a terminal"
    return none_of([text for text in [os.read(0, 100).decode()] if text], "nothing to read")


@attempt("find a secret variable of who runs it, in any process and in any command line")
def secret(facts):
    found = []
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        with open(path, "rb") as file:
            if facts["secret"][::-1].encode() in file.read():
                found.append(path)
    return none_of(found, "not there")


@attempt("type into the terminal")
def inject(facts):
    ways = [(f"descriptor {number}", lambda number=number: fcntl.ioctl(number, termios.TIOCSTI, b"x"))
            for number in range(3)]
    return refused(ways + [("/dev/tty", lambda: os.open("/dev/tty", os.O_RDWR))])


@attempt("open the terminal of who runs it")
def terminal(facts):
    os.open(facts["terminal"], os.O_RDWR)


@attempt("be called as the host is")
def host_name(facts):
    return none_of({socket.gethostname()} & {facts["host name"]}, "another name")


@attempt("find shared memory of System V that the host has")
def system_v(facts):
    return refused([
        ("segment", lambda: call("shmget", facts["segment"], 0, 0)),
        ("list", lambda: listed("/proc/sysvipc/shm")),
    ])


def listed(path):
    with open(path) as text:
        if len(text.readlines()) < 2:
            raise OSError(errno.ENOENT, "none")


@attempt("find shared memory of the host in `/dev/shm`")
def shared_memory(facts):
    return refused([("open", lambda: os.open("/dev/shm/" + facts["shared"], os.O_RDONLY)),
                    ("list", lambda: other_names())])


def other_names():
    if not os.listdir("/dev/shm"):
        raise OSError(errno.ENOENT, "none")


@attempt("raise its own limits")
def limits(facts):
    kinds = [("processes", resource.RLIMIT_NPROC), ("files", resource.RLIMIT_NOFILE), ("core", resource.RLIMIT_CORE),
             ("locked memory", resource.RLIMIT_MEMLOCK)]
    ways = []
    for name, kind in kinds:
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            ways.append((name, lambda kind=kind, hard=hard: raise_limit(kind, hard + 1)))
    return refused(ways)


def raise_limit(kind, value):
    try:
        resource.setrlimit(kind, (value, value))
    except ValueError:  # So Python calls EPERM here.
        raise OSError(errno.EPERM, "refused") from None
