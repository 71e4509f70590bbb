"""`concurrent.futures` and loky: work for processes is named by who hands it in, whichever worker takes it."""

import functools
from _thread import RLock

from .. import lineage, streams
from ..named import Named, NamedNumber


def install(process):
    _name_executors(process)
    _take_names(process)


_submitting = RLock()


def _name_executors(process):
    Executor = process.ProcessPoolExecutor
    original = Executor.__init__

    @functools.wraps(original)
    def __init__(self, *arguments, **named):
        original(self, *arguments, **named)
        # The processes are started at the first submission, with what has been seeded by then.
        self._initargs = Named(self._initargs or (), [])

    submit = Executor.submit

    @functools.wraps(submit)
    def submit_named(self, *arguments, **named):
        # The number, by which the library counts on, is what comes to the worker with the work.
        with _submitting:
            origin = getattr(self._initargs, "name", None)
            if origin == []:
                origin += streams.origin()
            self._queue_count = NamedNumber(self._queue_count, lineage.current().child("task"))
            return submit(self, *arguments, **named)

    Executor.__init__, Executor.submit = __init__, submit_named


def _take_names(process):
    original = process._process_worker

    @functools.wraps(original)
    def _process_worker(call_queue, result_queue, initializer, initargs, *arguments, **named):
        if getattr(initargs, "name", None):
            streams.begin_worker(*initargs.name)
        queue = Worker(call_queue)
        return original(queue, result_queue, initializer, initargs, *arguments, **named)

    process._process_worker = _process_worker


class Worker:
    """A worker's queue, which names what the worker does by what it hands out."""

    def __init__(self, queue):
        self._queue = queue

    def __getattr__(self, name):
        return getattr(self._queue, name)

    def get(self, *arguments, **named):
        call = self._queue.get(*arguments, **named)
        if call is not None:
            streams.begin_task(getattr(call.work_id, "name", "/task %s" % call.work_id))
        return call
