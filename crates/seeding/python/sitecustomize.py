"""Starts resow's layer in this interpreter, then makes way for the `sitecustomize` that the image has."""

import sys


def _start():
    try:
        import resow_layer

        resow_layer.start()
    except Exception as error:
        try:
            from resow_layer import events

            events.fault("python", error)
        except Exception:
            pass


def _make_way(folder):
    sys.path[:] = [entry for entry in sys.path if not isinstance(entry, str) or entry.rstrip("/") != folder]
    ours = sys.modules.pop(__name__)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if error.name != __name__:
            raise
    finally:
        # The import system takes this module from the table when its code has run.
        sys.modules.setdefault(__name__, ours)


_start()
_make_way(__file__.rpartition("/")[0])
