"""Where in the experiment's own code a call came from: not in the standard library, in a package or in the layer."""

import os
import sys

_STANDARD = os.path.dirname(os.__file__) + "/"
_LAYER = os.path.dirname(os.path.dirname(__file__)) + "/"
_PACKAGES = ("/site-packages/", "/dist-packages/")


def caller():
    """`file` and `line` of the nearest frame of the experiment's own."""
    frame = sys._getframe(1)
    while frame is not None:
        if is_own(frame.f_code.co_filename):
            return place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return {}


def raised(traceback):
    """`file` and `line` of the innermost frame of the experiment's own that an exception went through."""
    found = {}
    while traceback is not None:
        if is_own(traceback.tb_frame.f_code.co_filename):
            found = place(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def is_own(file):
    return not (
        file.startswith(("<frozen", "<__array_function__", _STANDARD, _LAYER))
        or any(packages in file for packages in _PACKAGES)
    )


def is_layer(file):
    return file.startswith(_LAYER)


def place(file, line):
    try:
        here = os.getcwd().rstrip("/") + "/"
    except OSError:
        return {"file": file, "line": line}
    return {"file": file[len(here) :] if file.startswith(here) else file, "line": line}
