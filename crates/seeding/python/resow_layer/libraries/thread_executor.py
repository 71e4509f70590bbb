"""`concurrent.futures`: work for threads is named as it is handed in, not by the thread that takes it."""

import functools

from .. import lineage, streams


def install(thread):
    _name_work(thread.ThreadPoolExecutor)
    _leave_threads_uncounted(thread.ThreadPoolExecutor)


def _name_work(Executor):
    original = Executor.submit

    @functools.wraps(original)
    def submit(self, fn, /, *arguments, **named):
        return original(self, _run, lineage.current().child("task"), fn, *arguments, **named)

    Executor.submit = submit


def _run(name, fn, /, *arguments, **named):
    with streams.in_thread_of(name):
        return fn(*arguments, **named)


def _leave_threads_uncounted(Executor):
    # How many threads are started depends on whether the earlier ones are idle by then.
    original = Executor._adjust_thread_count

    @functools.wraps(original)
    def _adjust_thread_count(self):
        caller = lineage.current()
        lineage.become(lineage.Lineage(caller.name + "/executor's thread"))
        try:
            return original(self)
        finally:
            lineage.become(caller)

    Executor._adjust_thread_count = _adjust_thread_count
