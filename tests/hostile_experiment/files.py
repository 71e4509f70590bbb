"""Attempts on files: the image's, the host's, the inputs."""

import os
import shutil
import stat

from attempts import Stopped, attempt, none_of, refused

IMAGE = ["/", "/etc", "/usr", "/usr/bin", "/usr/lib", "/var", "/run", "/root", "/proc", "/dev", "/sys"]
INPUT = "/workspace/input.txt"
PARAMETERS = "/run/resow/parameters.json"


def write(path, text="stolen"):
    with open(path, "w") as file:
        file.write(text)


def change(path):
    """Every way to change a file or to put another in its place."""
    write("other", "stolen")
    return [
        ("write", lambda: write(path)),
        ("append", lambda: os.open(path, os.O_WRONLY | os.O_APPEND)),
        ("truncate", lambda: os.truncate(path, 0)),
        ("remove", lambda: os.unlink(path)),
        ("replace", lambda: os.rename("other", path)),
        ("move", lambda: os.rename(path, "moved")),
        ("mode", lambda: os.chmod(path, 0o777)),
        ("times", lambda: os.utime(path, (0, 0))),
    ]


@attempt("make a file in the image's folders")
def make(facts):
    places = [place for place in IMAGE if os.path.isdir(place)]
    return refused([(place, lambda place=place: write(place + "/stolen")) for place in places])


@attempt("change the interpreter that it runs in")
def interpreter(facts):
    return refused(change(os.path.realpath("/usr/bin/python3")))


@attempt("change the program that is process 1, through `/proc/1/exe`")
def first_program(facts):
    return refused([
        ("write", lambda: os.open("/proc/1/exe", os.O_WRONLY)),
        ("truncate", lambda: os.truncate("/proc/1/exe", 0)),
    ])


@attempt("change an input")
def change_input(facts):
    return refused(change(INPUT))


@attempt("change its parameters")
def change_parameters(facts):
    return refused(change(PARAMETERS))


@attempt("change settings of the kernel in `/proc/sys`")
def settings(facts):
    names = ["kernel/core_pattern", "kernel/modprobe", "kernel/randomize_va_space", "vm/overcommit_memory",
             "net/ipv4/ip_forward", "fs/suid_dumpable", "kernel/ns_last_pid"]
    paths = [path for path in ("/proc/sys/" + name for name in names) if os.path.exists(path)]
    return refused([(path, lambda path=path: write(path, open(path).read())) for path in paths])


@attempt("press the system's keys (`/proc/sysrq-trigger`)")
def system_keys(facts):
    # `h` prints help.
    write("/proc/sysrq-trigger", "h")


@attempt("write to `/sys`")
def system(facts):
    paths = ["/sys/kernel/mm/ksm/run", "/sys/power/state", "/sys/module/kernel/parameters/panic",
             "/sys/devices/system/cpu/cpu0/online", "/sys/kernel/uevent_helper", "/sys/stolen"]
    return refused([(path, lambda path=path: write(path, "0")) for path in paths])


@attempt("read the memory of the kernel and of the machine")
def memory(facts):
    return refused([
        ("/dev/mem", lambda: os.open("/dev/mem", os.O_RDONLY)),
        ("/dev/port", lambda: os.open("/dev/port", os.O_RDONLY)),
        ("/proc/kcore", lambda: something(open("/proc/kcore", "rb").read(64))),
        ("symbols", lambda: something(addresses(open("/proc/kallsyms").readlines()[:200]))),
    ])


def addresses(lines):
    return [line for line in lines if int(line.split()[0], 16)]


def something(found):
    if not found:
        raise Stopped("nothing to see")


@attempt("make device nodes")
def make_device(facts):
    numbers = [("memory", 1, 1), ("disk", 254, 0), ("disk", 8, 0), ("null", 1, 3), ("fuse", 10, 229)]
    places = ["/workspace", "/tmp", "/dev/shm"]
    return refused([(name, lambda place=place, major=major, minor=minor, kind=kind: device(place, kind, major, minor))
                    for place in places for name, major, minor in numbers for kind in (stat.S_IFCHR, stat.S_IFBLK)])


def device(place, kind, major, minor):
    os.mknod(place + "/device", kind | 0o666, os.makedev(major, minor))


@attempt("find a device that is more than null, zero, full, random and the terminal")
def find_device(facts):
    harmless = {(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 2)}
    found = set()
    for place, _, names in os.walk("/dev"):
        for name in names:
            status = os.stat(os.path.join(place, name)) if os.path.exists(os.path.join(place, name)) else None
            if status and (stat.S_ISBLK(status.st_mode) or stat.S_ISCHR(status.st_mode)):
                number = (os.major(status.st_rdev), os.minor(status.st_rdev))
                if number not in harmless:
                    found.add(os.path.join(place, name))
    return none_of(found, "none there")


@attempt("find the host's files by `..`, by links, through `/proc/1/root`, `/proc/1/cwd` and `/proc/self/fd`")
def host_files(facts):
    wanted = facts["file"]
    os.symlink(wanted, "to-host")
    ways = [wanted, "/workspace" + "/.." * 20 + wanted, "to-host", "/proc/1/root" + wanted,
            "/proc/1/cwd" + "/.." * 20 + wanted, "/proc/self/task/1/root" + wanted]
    ways += [f"/proc/self/fd/{number}{'/..' * 20}{wanted}" for number in range(3)]
    return refused([(way, lambda way=way: os.open(way, os.O_RDONLY)) for way in ways])


@attempt("see the repository, the store or the home of who runs it")
def repository(facts):
    found = [path for path in (facts["repository"], facts["repository"] + "/.resow", facts["home"])
             if os.path.exists(path)]
    return none_of(found, "not there")


@attempt("link the image's files into the workspace, so that they can be changed")
def hard_link(facts):
    return refused([
        ("program", lambda: os.link("/usr/bin/env", "linked")),
        ("input", lambda: os.link(INPUT, "linked")),
        ("parameters", lambda: os.link(PARAMETERS, "linked")),
    ])


@attempt("move the image's files away, or its own over them")
def move(facts):
    shutil.copy("/bin/true", "mine")
    return refused([
        ("away", lambda: os.rename("/usr/bin/env", "/workspace/env")),
        ("over", lambda: os.rename("mine", "/usr/bin/env")),
        ("root", lambda: os.rename("/etc", "/etc2")),
    ])


@attempt("make its own file immutable, so that nobody can remove it")
def immutable(facts):
    import fcntl
    write("stone")
    file = os.open("stone", os.O_RDONLY)
    # FS_IOC_SETFLAGS with FS_IMMUTABLE_FL and with FS_APPEND_FL
    return refused([
        ("immutable", lambda: fcntl.ioctl(file, 0x40086602, (0x10).to_bytes(8, "little"))),
        ("append", lambda: fcntl.ioctl(file, 0x40086602, (0x20).to_bytes(8, "little"))),
    ])


@attempt("leave its control group, or change its limits")
def control_group(facts):
    found = []
    for place, _, names in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(place, name) for name in names
                  if name in ("cgroup.procs", "tasks", "release_agent", "memory.limit_in_bytes", "memory.max",
                              "pids.max", "cgroup.subtree_control", "cpuset.cpus")]
    if not found:
        raise Stopped("not there")
    return refused([(path, lambda path=path: write(path, "0")) for path in found]
                   + [("a new one", lambda: os.mkdir("/sys/fs/cgroup/stolen"))])
