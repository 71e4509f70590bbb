"""Leaves what is hard to remove, and outputs that lead elsewhere."""

import os
import socket
import sys

OUTSIDE = ["/etc/passwd", "/proc/self/environ", "../../../../../../etc/passwd", sys.argv[1]]


def main():
    os.mkdir("out")
    os.chdir("out")
    open("closed", "w").close()
    os.chmod("closed", 0)
    odd = [b"new\nline", b"\xff\xfe", b"-rf", b"\x1b[2J", b"a" * 255, b" ", b"\\"]
    for name in odd:
        open(name, "w").close()
    os.mkfifo("fifo")
    os.mkfifo("fifo-closed", 0)
    socket.socket(socket.AF_UNIX).bind("socket")
    for number, target in enumerate(OUTSIDE):
        os.symlink(target, f"link-{number}")
    os.symlink(".", "round")
    os.mkdir("set-user-id")
    os.chmod("set-user-id", 0o7777)
    os.mkdir("sealed")
    for depth in range(20):
        os.mkdir("sealed/" + "/".join(["deeper"] * (depth + 1)))
    for depth in reversed(range(20)):
        os.chmod("sealed/" + "/".join(["deeper"] * (depth + 1)), 0)
    os.chmod("sealed", 0)
    for place in ("/tmp", "/dev/shm", os.environ["HOME"]):
        open(place + "/left", "w").close()
        os.chmod(place + "/left", 0)


main()
