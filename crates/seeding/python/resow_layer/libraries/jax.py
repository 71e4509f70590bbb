"""JAX: every draw takes a key that the program makes from a number, so there is nothing to seed."""

import sys

from .. import draws, events, settings, uses


def install(jax):
    events.once("library", name="jax", version=jax.__version__)
    uses.at_exit(_devices)
    if settings.CLOCK is None:
        for name in ("PRNGKey", "key"):
            draws.watch(jax.random, name, "jax.random." + name)


def _devices():
    # Asking would start JAX's backends: only those that the program has started are looked at.
    bridge = sys.modules.get("jax._src.xla_bridge")
    for platform, backend in getattr(bridge, "_backends", {}).items():
        events.once("uses", name="jax", what="%s devices" % platform, value=str(backend.device_count()))
