"""NumPy: its global generator has the manifest's seed, and so has the first generator that is made without one."""

from .. import draws, settings, streams
from . import numpy_seeds


def install(random):
    streams.bring_under_seed("numpy", getattr(random.seed, "__wrapped__", random.seed))
    _watch(random)


def _watch(random):
    if hasattr(random.seed, "__wrapped__"):
        return
    for name in ("seed", "set_state"):
        watched = streams.watch_seeding("numpy", random, name, "numpy.random." + name)
        setattr(random.mtrand, name, watched)
    if settings.CLOCK is None:
        draws.watch(random, "default_rng", "numpy.random.default_rng")
        numpy_seeds.install(random)
