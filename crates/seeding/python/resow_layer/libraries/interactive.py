"""IPython: what the shell draws for itself before the first cell is undone, and errors in cells are looked at."""

import functools
import sys

from .. import operations, streams


def install(interactiveshell):
    _seed_first_cell(interactiveshell.InteractiveShell)
    _watch_errors(interactiveshell.InteractiveShell)


def _seed_first_cell(Shell):
    # A kernel looks for ports by `random`, and which are free is left to chance.
    original = Shell.run_cell_async

    @functools.wraps(original)
    def run_cell_async(self, raw_cell, store_history=False, silent=False, *arguments, **named):
        if not silent and not hasattr(self, "_resow_began"):
            self._resow_began = True
            streams.begin()
        return original(self, raw_cell, store_history, silent, *arguments, **named)

    Shell.run_cell_async = run_cell_async


def _watch_errors(Shell):
    original = Shell.showtraceback

    @functools.wraps(original)
    def showtraceback(self, exc_tuple=None, *arguments, **named):
        original(self, exc_tuple, *arguments, **named)
        _, error, traceback = exc_tuple or sys.exc_info()
        operations.report(error, traceback)

    Shell.showtraceback = showtraceback
