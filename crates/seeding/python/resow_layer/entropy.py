"""The operating system's entropy in a task: its thread draws from a stream of the task's own, whichever thread it is."""

from . import settings
from .derivation import sha256

# The program that names the tasks of this process, by the first digits of its key: what one program calls its tasks,
# another may call its own.
_program = (settings.ENTROPY or "")[:16]
_set_key = None


def program():
    return _program


def become_part_of(other):
    """This process becomes a worker of a program, which may have been started from another."""
    global _program
    _program = other


def begin_task(name):
    global _set_key
    if settings.ENTROPY is None:
        return
    if _set_key is None:
        _set_key = _find()
    first = sha256(b"resow layer 1 entropy\0" + settings.SEED.to_bytes(8, "little")).digest()
    _set_key(sha256(first + b"task\0" + (_program + name).encode("utf-8", "surrogateescape")).digest())


def _find():
    try:
        import ctypes

        found = ctypes.CDLL(None).resow_begin_task
        found.argtypes, found.restype = [ctypes.c_char_p], None
        return found
    except (ImportError, OSError, AttributeError):
        # The library is not in every process: its absence is an event of its own.
        return lambda key: None
