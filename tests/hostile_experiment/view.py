"""What a run sees of its own limits and rights, as an object."""

import json
import os
import resource


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return None


def size(path):
    status = os.statvfs(path)
    return status.f_blocks * status.f_frsize


def main():
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    with open("/proc/mounts") as mounts:
        root = next(line.split()[3] for line in mounts if line.split()[1] == "/")
    print(json.dumps({
        "capabilities": [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
        "no_new_privileges": status["NoNewPrivs"].strip() == "1",
        "filtered": status["Seccomp"].strip() == "2",
        "user": f"{os.geteuid()}:{os.getegid()}",
        "groups": [group for group in os.getgroups() if group not in (1000, 65534)],
        "processors": sorted(os.sched_getaffinity(0)),
        "process_limit": resource.getrlimit(resource.RLIMIT_NPROC)[1],
        "core": list(resource.getrlimit(resource.RLIMIT_CORE)),
        "group_memory": read("/sys/fs/cgroup/memory/memory.limit_in_bytes") or read("/sys/fs/cgroup/memory.max"),
        "group_processes": read("/sys/fs/cgroup/pids/pids.max") or read("/sys/fs/cgroup/pids.max"),
        "shared_memory": size("/dev/shm"),
        "temporary": [size("/tmp"), size(os.environ["HOME"])],
        "read_only_root": "ro" in root.split(","),
        "devices": sorted(line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]),
        "routes": len(open("/proc/net/route").readlines()) - 1,
    }))


main()
