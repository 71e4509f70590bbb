"""`random`: its own generator is given the manifest's seed; every other one draws from the system."""

import functools
import os
import sys

from .. import draws, events, lineage, settings, streams


def install(random):
    if settings.ENTROPY is None:
        random._urandom = os.urandom
    # A function of its own even where nothing is watched: forked children are seeded by the one that was bound here.
    streams.bring_under_seed("random", random._inst.seed)
    if settings.ENTROPY is None:
        os.register_at_fork(after_in_child=functools.partial(_seed_forked, random._inst.seed))
    _watch(random)
    events.once("library", name="random", version="%d.%d.%d" % sys.version_info[:3])


def _seed_forked(reseed):
    """The library seeds forked children from the system, which here is not under the seed."""
    reseed(streams.entropy("random", 32))


def _watch(random):
    original = random.Random.seed
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def seed(self, a=None, *arguments, **named):
        if type(self) is not random.SystemRandom:
            _look(random, self, a)
        return original(self, a, *arguments, **named)

    set_state = random.Random.setstate

    @functools.wraps(set_state)
    def setstate(self, state):
        if self is random._inst:
            streams.remember("random", state)
        return set_state(self, state)

    random.Random.seed, random.Random.setstate = seed, setstate
    random.seed, random.setstate = random._inst.seed, random._inst.setstate


def _look(random, generator, seed):
    if generator is random._inst:
        streams.remember("random", seed)
    if draws.watching_seeds():
        draws.seeding("random.seed" if generator is random._inst else "random.Random", seed)
