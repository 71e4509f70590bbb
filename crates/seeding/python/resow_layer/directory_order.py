"""Directory listings in the order of the names' bytes: a file system's own order differs between machines."""

import os
import sys

from .replacement import Replacement


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
        names.sort(key=os.fsencode)
        return names

    return listdir


def _scandir(original):
    def scandir(*arguments, **named):
        with original(*arguments, **named) as entries:
            return Entries(sorted(entries, key=_name))

    return scandir


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
