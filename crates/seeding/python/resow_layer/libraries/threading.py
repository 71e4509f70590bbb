"""`threading`: each thread has a name by the thread that started it, and how many that one had started."""

import functools

from .. import lineage


def install(threading):
    _name_at_start(threading.Thread)
    _take_name_at_run(threading.Thread)


def _name_at_start(Thread):
    original = Thread.start

    @functools.wraps(original)
    def start(self):
        if not hasattr(self, "_resow_name"):
            self._resow_name = lineage.current().child("thread")
        return original(self)

    Thread.start = start


def _take_name_at_run(Thread):
    # `run` is what subclasses replace; this is what calls it.
    original = Thread._bootstrap_inner

    @functools.wraps(original)
    def _bootstrap_inner(self):
        lineage.become(lineage.Lineage(getattr(self, "_resow_name", "/other thread")))
        return original(self)

    Thread._bootstrap_inner = _bootstrap_inner
