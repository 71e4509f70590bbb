"""What resow asks of this process, as its environment says."""

from os import environ


def _number(name):
    value = environ.get(name)
    return None if value is None else int(value)


SEED = _number("RESOW_SEED")
PROFILE = environ.get("RESOW_PROFILE")
# `any` leaves algorithms as a library has them.
ALGORITHMS = environ.get("RESOW_ALGORITHMS")
# Threads are held where the result must not depend on the machine; elsewhere libraries take what they find.
THREADS = _number("RESOW_THREADS") if PROFILE == "portable" else None
ENTROPY = environ.get("RESOW_ENTROPY")
CLOCK = environ.get("RESOW_CLOCK")
EVENTS = environ.get("RESOW_EVENTS", "/run/resow/events")
