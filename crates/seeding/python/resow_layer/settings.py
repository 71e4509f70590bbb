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
DIRECTORY_ORDER = environ.get("RESOW_DIRECTORY_ORDER", "sorted")
OCCURRENCES = environ.get("RESOW_OCCURRENCES", "/run/resow/occurrences")
# A run that is watched has its environment filled up.
WATCHED = "RESOW_PADDING" in environ
# Where the trace is written; `None` where nothing is traced.
TRACE = environ.get("RESOW_TRACE")
TRACE_EVERY = _number("RESOW_TRACE_EVERY") or 1
TRACE_STATE = environ.get("RESOW_TRACE_STATE", "").split(",")
