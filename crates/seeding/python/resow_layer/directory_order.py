"""Directory listings in the order of the names' bytes: a file system's own order differs between machines."""

import os
import sys

from . import settings
from .replacement import Replacement

# The other way round where that is to show what the order does.
_REVERSED = settings.DIRECTORY_ORDER == "reversed"


class Entries:
    """Entries of a directory, used as the iterator of `os.scandir` is."""

    def __init__(self, entries):
        self._entries = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries = iter(())


def install():
    _replace("listdir", _listdir(os.listdir))
    _replace("scandir", _scandir(os.scandir))
    _replace_in_pathlib()


def _listdir(original):
    def listdir(*arguments, **named):
        names = original(*arguments, **named)
        names.sort(key=os.fsencode, reverse=_REVERSED)
        _count(names)
        return names

    return listdir


def _scandir(original):
    def scandir(*arguments, **named):
        with original(*arguments, **named) as entries:
            entries = sorted(entries, key=_name, reverse=_REVERSED)
        _count(entries)
        return Entries(entries)

    return scandir


def _count(entries):
    """Notes that an order was there to be met."""
    if settings.WATCHED and len(entries) > 1:
        from . import counters

        counters.count(counters.FOLDER)


def _name(entry):
    return os.fsencode(entry.name)


def _replace(name, call):
    replacement = Replacement(getattr(os, name), "os", call)
    # `shutil` asks at its import whether these take descriptors.
    if replacement.__wrapped__ in os.supports_fd:
        os.supports_fd.add(replacement)
    setattr(os, name, replacement)


def _replace_in_pathlib():
    """Before Python 3.11 `pathlib` keeps the functions that were there when it was imported."""
    accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)
    for name in ("listdir", "scandir"):
        if hasattr(accessor, name):
            setattr(accessor, name, getattr(os, name))
