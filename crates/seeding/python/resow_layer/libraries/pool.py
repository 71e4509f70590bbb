"""`multiprocessing.Pool`: each item is named by who handed it in and its place, whichever worker takes it."""

import functools
import itertools
import threading
from _thread import _local

from .. import lineage, streams
from ..named import Named, NamedNumber

_working = _local()


def install(pool):
    _name_pools(pool.Pool)
    pool.job_counter = Jobs()
    _name_items(pool)
    _take_names(pool)


def _name_pools(Pool):
    original = Pool.__init__

    @functools.wraps(original)
    def __init__(self, processes=None, initializer=None, initargs=(), *arguments, **named):
        initargs = Named(initargs, streams.origin())
        original(self, processes, initializer, initargs, *arguments, **named)

    Pool.__init__ = __init__


class Jobs:
    """Counts jobs as the library does, and names each by the thread that hands it in."""

    def __init__(self):
        self._numbers = itertools.count()

    def __iter__(self):
        return self

    def __next__(self):
        return NamedNumber(next(self._numbers), lineage.current().child("job"))


def _name_items(pool):
    """A chunk's items are counted on from the chunk before: its size follows from the number of processes."""
    get_tasks = pool.Pool._get_tasks

    @functools.wraps(get_tasks)
    def _get_tasks(function, iterable, size):
        first = 0
        for function, items in get_tasks(function, iterable, size):
            yield function, Named(items, first)
            first += len(items)

    pool.Pool._get_tasks = staticmethod(_get_tasks)
    for name in ("mapstar", "starmapstar"):
        setattr(pool, name, _in_order(getattr(pool, name)))


def _in_order(original):
    @functools.wraps(original)
    def mapped(arguments):
        function, items = arguments
        first = getattr(items, "name", None)
        if first is None:
            return original(arguments)
        return original((function, _numbered(items, first)))

    return mapped


def _numbered(items, first):
    worker = getattr(_working, "worker", None)
    for number, item in enumerate(items, first):
        if worker is not None:
            worker.begin(number)
        yield item


def _take_names(pool):
    original = pool.worker

    @functools.wraps(original)
    def worker(inqueue, outqueue, initializer=None, initargs=(), *arguments, **named):
        _working.worker = Worker(inqueue)
        if _working.worker.is_alone and hasattr(initargs, "name"):
            streams.begin_worker(*initargs.name)
        return original(_working.worker, outqueue, initializer, initargs, *arguments, **named)

    pool.worker = worker


class Worker:
    """A worker's queue, which names what the worker does by what it hands out."""

    def __init__(self, queue):
        self._queue, self._job = queue, None
        # The workers of a pool of threads share their process's generators.
        self.is_alone = threading.current_thread() is threading.main_thread()

    def __getattr__(self, name):
        return getattr(self._queue, name)

    def get(self):
        task = self._queue.get()
        if task is not None:
            self._job = getattr(task[0], "name", "/job %d" % task[0])
            self.begin(task[1])
        return task

    def begin(self, number):
        name = "%s item %s" % (self._job, number)
        if self.is_alone:
            streams.begin_task(name)
        else:
            streams.begin_task_in_thread(name)
