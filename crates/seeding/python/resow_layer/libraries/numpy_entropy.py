"""NumPy's entropy: whatever is made without a seed asks one function, which the module has from `secrets`."""

import functools
import sys

from .. import streams
from ..settings import SEED


def install(bit_generator):
    original = bit_generator.randbits

    @functools.wraps(original)
    def randbits(k):
        # What the package draws for itself while it is imported is seeded anew after that, and is no draw of a task's.
        if not hasattr(sys.modules.get("numpy.random"), "default_rng"):
            return SEED
        return streams.entropy("numpy", k)

    bit_generator.randbits = randbits
