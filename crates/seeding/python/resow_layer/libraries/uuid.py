"""`uuid`: identifiers made of the time; those made of entropy come from the system's."""

import functools

from .. import draws, settings


def install(uuid):
    original = uuid.uuid1
    if settings.CLOCK is not None or hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def uuid1(*arguments, **named):
        draws.draw("uuid.uuid1", draws.CLOCK)
        return original(*arguments, **named)

    uuid.uuid1 = uuid1
