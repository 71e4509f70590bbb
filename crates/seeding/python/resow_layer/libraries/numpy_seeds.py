"""NumPy's types of generators: what a program makes one from is looked at in the functions that they call for it.

The types themselves stay: programs derive from them, pickle them and ask what is one.
"""

import functools
import sys
import types

from .. import draws, places


def install(random):
    """Watches `SeedSequence` with what is made of it, and the older `RandomState`."""
    for module, name, call in (
        (random.bit_generator, "_coerce_to_uint32_array", "numpy.random.SeedSequence"),
        (_replaceable(getattr(random, "_mt19937", None), "operator"), "index", "numpy.random.RandomState"),
    ):
        original = getattr(module, name, None)
        if original is not None and not hasattr(original, "__wrapped__"):
            setattr(module, name, _watched(original, call))


def _watched(original, call):
    @functools.wraps(original)
    def watched(seed):
        # What the layer seeds, and what it has looked at by another name, is called from its own code.
        if not places.is_layer(sys._getframe(1).f_code.co_filename):
            draws.seeding_from_clock(call, seed)
        return original(seed)

    return watched


def _replaceable(module, name):
    """A module's own copy of a module that it imported, so that others keep theirs."""
    imported = getattr(module, name, None)
    if imported is None or hasattr(getattr(imported, "index", None), "__wrapped__"):
        return None
    own = types.ModuleType(name)
    own.__dict__.update(vars(imported))
    setattr(module, name, own)
    return own
