"""Operations that have no deterministic version: under `warn` they are listed, under `strict` they stop the program.

A library says so by a warning or an error, whose words its part of the layer reads.
"""

import sys

from . import events, places, settings
from .replacement import Replacement

# What reads a message: the library's name, and a function that gives the operation's name or `None`.
_readers = {}


def watch(library, read):
    if not _readers:
        _watch_errors()
        _watch_exits()
        _watch_warnings()
    _readers[library] = read


def _read(text):
    for library, read in _readers.items():
        name = read(text)
        if name is not None:
            return library, name
    return None


def _watch_errors():
    import threading

    sys.excepthook = _reporting(sys.excepthook, lambda kind, error, traceback: (error, traceback))
    threading.excepthook = _reporting(
        threading.excepthook, lambda arguments: (arguments.exc_value, arguments.exc_traceback)
    )


def _watch_exits():
    """A program may catch the error and exit of its own accord, from within the handling of it."""
    original = sys.exit

    def leave(*arguments):
        _, error, traceback = sys.exc_info()
        if error is not None:
            report(error, traceback)
        return original(*arguments)

    sys.exit = Replacement(original, "sys", leave)


def _reporting(original, parts):
    def excepthook(*arguments):
        original(*arguments)
        try:
            report(*parts(*arguments))
        except Exception as error:
            events.fault("operations", error)

    return excepthook


def report(error, traceback):
    """Says which operation stopped the program, where that is what the error is about."""
    found = _read(str(error))
    if found is None or settings.ALGORITHMS != "strict":
        return
    library, name = found
    events.once("operation", library=library, name=name, stopped=True, **places.raised(traceback))
    hint = 'resow: `%s` has no deterministic version; `algorithms = "warn"` in `[determinism]` allows it\n' % name
    sys.stderr.write(hint)


def _watch_warnings():
    from . import warning_filters

    warning_filters.watch(_note)


def _note(text):
    found = _read(text)
    if found is not None:
        library, name = found
        events.once("operation", library=library, name=name, stopped=False, **places.caller())
