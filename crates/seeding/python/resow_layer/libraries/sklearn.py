"""scikit-learn: where it is given no `random_state` it draws from NumPy's global generator."""

from .. import events, uses


def install(sklearn):
    # Nothing to seed, yet a record names it.
    events.once("library", name="sklearn", version=sklearn.__version__)
    uses.at_exit(uses.pools)
