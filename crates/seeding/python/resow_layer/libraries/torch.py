"""PyTorch: the manifest's seed on the CPU and every GPU, deterministic algorithms, and threads held."""

import functools
import sys

from .. import draws, events, operations, settings, streams, uses
from ..replacement import Replacement


def install(torch):
    # GPUs that are not started yet are seeded when they are.
    streams.bring_under_seed("torch", torch.manual_seed)
    events.once("library", name="torch", version=torch.__version__)
    uses.at_exit(functools.partial(_report, torch))
    _watch(torch)
    if "numpy" in sys.modules:
        # Seeded here once, rather than in each worker of a `DataLoader`.
        import numpy.random  # noqa: F401
    if settings.ALGORITHMS in ("strict", "warn"):
        _choose_algorithms(torch)
    if settings.THREADS is not None:
        torch.set_num_threads(settings.THREADS)
        _hold_threads_between_operations(torch)
    if settings.TRACE is not None:
        from . import torch_trace

        torch_trace.install()


def _hold_threads_between_operations(torch):
    """PyTorch lets their number be set once: a program may still do so, and has what the profile says."""
    original = torch.set_num_interop_threads
    original(settings.THREADS)
    asked = []

    def set_num_interop_threads(*arguments):
        if asked or len(arguments) != 1 or type(arguments[0]) is not int or arguments[0] < 1:
            return original(*arguments)
        asked.append(arguments[0])
        if arguments[0] != settings.THREADS:
            uses.say("torch", "threads between operations, asked for and not taken", arguments[0])
        return None

    torch.set_num_interop_threads = Replacement(original, "torch", set_num_interop_threads)


def _choose_algorithms(torch):
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=settings.ALGORITHMS == "warn")
    operations.watch("torch", _operation)


def _operation(text):
    """The operation that a message of PyTorch says has no deterministic version."""
    if "this operation is not deterministic because it uses CuBLAS" in text:
        return "CuBLAS"
    name, found, _ = text.partition(" does not have a deterministic implementation")
    # An error that came from another process stands below its traceback.
    return name.rpartition("\n")[2].replace("RuntimeError: ", "", 1) if found else None


def _watch(torch):
    if hasattr(torch.manual_seed, "__wrapped__"):
        return
    streams.watch_seeding("torch", torch, "manual_seed", "torch.manual_seed")
    if settings.ENTROPY is None:
        draws.watch(torch, "seed", "torch.seed", draws.seeding)


def _report(torch):
    uses.say("torch", "threads", torch.get_num_threads())
    capability = getattr(torch.backends, "cpu", None)
    if capability is not None:
        uses.say("torch", "instruction sets", capability.get_cpu_capability())
    # Below its libraries stand the flags that it was compiled with.
    for line in torch.__config__.show().partition("  - Build settings")[0].splitlines()[1:]:
        uses.say("torch", "built with", line.strip(" -"))
    uses.pools()
