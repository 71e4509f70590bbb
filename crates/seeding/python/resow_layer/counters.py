"""Counts of what a watched run meets, in a page behind the file of occurrences. Nothing here raises into the program."""

from posix import O_CLOEXEC, O_RDWR, close, fstat, open, pread, pwrite

from .settings import OCCURRENCES

# The places that this layer counts in.
FOLDER = 3

_OFFSET = 16 << 20
_LENGTH = 4096
_STEP = 64
# How many a process counts.
_left = 1000


def count(counter):
    global _left
    if _left == 0:
        return
    _left -= 1
    try:
        descriptor = open(OCCURRENCES, O_RDWR | O_CLOEXEC)
        try:
            if fstat(descriptor).st_size >= _OFFSET + _LENGTH:
                _add(descriptor, _OFFSET + counter * _STEP)
        finally:
            close(descriptor)
    except Exception:
        pass


def _add(descriptor, place):
    number = int.from_bytes(pread(descriptor, 8, place), "little")
    pwrite(descriptor, (number + 1).to_bytes(8, "little"), place)
