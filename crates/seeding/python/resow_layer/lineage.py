"""The name of what runs: first thread, or how it came about, from thread to thread, fork to fork, task to task.

Counted by the maker, so that a name does not depend on which thread or process came first.
"""

import os
import sys
from _thread import _local, get_ident


class Lineage:
    """A name, how often each kind of thing was made under it, and the name of the task that it is in, if it is in one."""

    __slots__ = ("name", "counts", "task")

    def __init__(self, name, task=None):
        self.name = name
        self.counts = {}
        self.task = task

    def count(self, what):
        """How many of these were made before this one."""
        number = self.counts.get(what, 0)
        self.counts[what] = number + 1
        return number

    def child(self, what):
        """The name of the next of these."""
        return "%s/%s %d" % (self.name, what, self.count(what))


_here = _local()


def _first_thread():
    threading = sys.modules.get("threading")
    return get_ident() if threading is None else threading.main_thread().ident


_FIRST = _first_thread()


def current():
    try:
        return _here.lineage
    except AttributeError:
        # A thread that was started around `threading` cannot be told from its like.
        become(Lineage("" if get_ident() == _FIRST else "/other thread"))
        return _here.lineage


def become(lineage):
    _here.lineage = lineage


def before_fork():
    _here.forked = current().child("fork")


def after_fork():
    become(Lineage(_here.forked, current().task))


os.register_at_fork(before=before_fork, after_in_child=after_fork)
