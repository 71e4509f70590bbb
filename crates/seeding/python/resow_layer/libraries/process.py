"""`multiprocessing`: each process has a name by the thread that made it and the number its maker gave it.

A pool's workers are counted apart: how many it starts, and when, may be left to time.
"""

import functools
import sys

from .. import lineage
from ..named import Named


def install(process):
    _name_at_making(process.BaseProcess)
    _take_name(process.BaseProcess)


def _name_at_making(BaseProcess):
    original = BaseProcess.__init__

    @functools.wraps(original)
    def __init__(self, *arguments, **named):
        original(self, *arguments, **named)
        worker = any(isinstance(argument, Named) for argument in self._args)
        self._resow_name = lineage.current().child("worker" if worker else "process")

    BaseProcess.__init__ = __init__


def _take_name(BaseProcess):
    original = BaseProcess._bootstrap

    @functools.wraps(original)
    def _bootstrap(self, *arguments, **named):
        name = getattr(self, "_resow_name", "/other process")
        lineage.become(lineage.Lineage(name, lineage.current().task))
        self.run = _reporting(self.run)
        return original(self, *arguments, **named)

    BaseProcess._bootstrap = _bootstrap


def _reporting(run):
    """`multiprocessing` prints errors by itself: one that is about an operation is reported before."""

    @functools.wraps(run)
    def reporting():
        try:
            return run()
        except Exception as error:
            operations = sys.modules.get("resow_layer.operations")
            if operations is not None:
                operations.report(error, error.__traceback__)
            raise

    return reporting
