"""What libraries say they use: instruction sets, kernels, threads."""

import os
import sys

from . import events

_exit = []


def say(name, what, value):
    events.once("uses", name=name, what=what, value=str(value))


def at_exit(report):
    """Has a report made when this process ends; a process that is forked from it leaves that to it."""
    if report not in _exit:
        import atexit

        _exit.append(report)
        # One by one, so that each comes before what its library does at the end.
        atexit.register(_end, report, os.getpid())


def _end(report, process):
    if os.getpid() != process:
        return
    try:
        report()
    except Exception as error:
        events.fault("uses", error)


def numpy():
    """Instruction sets now; the matrix kernels when the process ends, since SciPy brings some of its own."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        core = sys.modules.get(name)
        if hasattr(core, "__cpu_features__"):
            say("numpy", "instruction sets", " ".join(_targets(core)))
            break
    at_exit(pools)


def _targets(core):
    """What NumPy was compiled for and uses: its list of features tells what the processor has beside that, too."""
    enabled = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    return sorted(set(core.__cpu_baseline__) | set(enabled))


def pools():
    """Asks each library of threads that this process has mapped by itself: `threadpoolctl` need not be there."""
    for path in sorted(_mapped("openblas")):
        _say_answer("openblas", "kernels", path, "openblas_get_corename", "text")
        _say_answer("openblas", "threads", path, "openblas_get_num_threads", "number")
    for path in sorted(_mapped("libgomp") | _mapped("libiomp") | _mapped("libomp")):
        _say_answer("openmp", "threads", path, "omp_get_max_threads", "number")


def _say_answer(name, what, path, function, kind):
    value = _ask(path, function, kind)
    if value is not None:
        say(name, what, value)


def _mapped(part):
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        paths = {line.split(None, 5)[5].rstrip("\n") for line in maps if "/" in line}
    return {path for path in paths if part in os.path.basename(path).lower()}


def _ask(path, function, kind):
    import ctypes

    library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
    for prefix in ("", "scipy_"):
        for suffix in ("", "64_", "_64"):
            ask = getattr(library, prefix + function + suffix, None)
            if ask is not None:
                ask.restype = ctypes.c_char_p if kind == "text" else ctypes.c_int
                found = ask()
                return found.decode() if kind == "text" else found
    return None
