"""joblib: each item of work is named as it is made, since batches are sized by time and workers take what comes.

Under `strict`, work that threads must do in shared memory is done by one: what they add up, they add in any order.
"""

import functools
import os
from _thread import _local

from .. import events, lineage, places, settings, streams

_dispatching = _local()


def install(parallel):
    _name_calls(parallel.Parallel)
    _name_items(parallel.BatchedCalls)
    _hold_shared_memory(parallel.Parallel)
    from joblib import __version__

    events.once("library", name="joblib", version=__version__)


def _name_calls(Parallel):
    call, dispatch = Parallel.__call__, Parallel.dispatch_one_batch

    @functools.wraps(call)
    def __call__(self, iterable):
        self._resow_origin = streams.origin()
        self._resow_numbers = lineage.Lineage(lineage.current().child("parallel"))
        return call(self, iterable)

    @functools.wraps(dispatch)
    def dispatch_one_batch(self, iterator):
        _dispatching.numbers, _dispatching.origin = self._resow_numbers, self._resow_origin
        return dispatch(self, iterator)

    Parallel.__call__, Parallel.dispatch_one_batch = __call__, dispatch_one_batch


def _name_items(BatchedCalls):
    initialise, reduce, call = BatchedCalls.__init__, BatchedCalls.__reduce__, BatchedCalls.__call__

    @functools.wraps(initialise)
    def __init__(self, *arguments, **named):
        initialise(self, *arguments, **named)
        numbers = getattr(_dispatching, "numbers", None)
        if numbers is not None:
            self._resow_names = [numbers.child("item") for _ in self.items]
            self._resow_origin = _dispatching.origin
            self._resow_maker = os.getpid()

    @functools.wraps(reduce)
    def __reduce__(self):
        # Names travel as attributes: a worker without the layer can read them too.
        names = {name: value for name, value in self.__dict__.items() if name.startswith("_resow_")}
        return reduce(self) + (names,)

    @functools.wraps(call)
    def __call__(self):
        if not hasattr(self, "_resow_names"):
            return call(self)
        in_worker = self._resow_maker != os.getpid()
        if in_worker:
            # loky keeps its workers from one call to the next, whatever was seeded in between.
            streams.begin_worker(*self._resow_origin)
        items, self.items = self.items, _named(self.items, self._resow_names, in_worker)
        try:
            return call(self)
        finally:
            self.items = items

    BatchedCalls.__init__, BatchedCalls.__reduce__, BatchedCalls.__call__ = __init__, __reduce__, __call__


def _named(items, names, in_worker):
    """The items, each handed out once what runs has its name."""
    for name, item in zip(names, items):
        if in_worker:
            streams.begin_task(name)
            yield item
        else:
            with streams.in_thread_of(name):
                yield item


def _hold_shared_memory(Parallel):
    original = Parallel.__init__

    @functools.wraps(original)
    def __init__(self, *arguments, **named):
        shared = named.get("require") == "sharedmem"
        if shared and settings.ALGORITHMS == "strict":
            arguments = arguments[1:]
            named["n_jobs"] = 1
        original(self, *arguments, **named)
        if shared and settings.ALGORITHMS != "any" and self.n_jobs not in (None, 1):
            name = 'Parallel(require="sharedmem")'
            events.once("operation", library="joblib", name=name, stopped=False, **places.caller())

    Parallel.__init__ = __init__
