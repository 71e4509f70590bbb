"""Says where a program draws from what is not under the seed: the clock, or the host's entropy."""

import os
import sys

from . import events, import_hook, places, settings
from .replacement import Replacement

CLOCK = "the clock"
ENTROPY = "the operating system's entropy"
DAY = 86400
# Parts of the standard library that draw for names and keys of their own, which no result holds.
_PRIVATE = {
    *("asyncio", "concurrent", "email", "http", "importlib", "multiprocessing", "socket", "ssl", "subprocess"),
    *("joblib", "loky"),
}


def install():
    """Watches the function behind `secrets`, `uuid4` and `SystemRandom`; called where entropy is the host's."""
    original = os.urandom

    def urandom(*arguments, **named):
        draw("os.urandom", ENTROPY)
        return original(*arguments, **named)

    os.urandom = Replacement(original, "os", urandom)


def draw(call, reason):
    """Says that a call draws, under the name by which the experiment's own code called for it."""
    try:
        if not import_hook.loading:
            _say(call, reason)
    except Exception as error:
        events.fault(call, error)


def _say(call, reason):
    frame = sys._getframe(2)
    while frame is not None and not places.is_own(frame.f_code.co_filename):
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in _PRIVATE:
            return
        if not places.is_layer(frame.f_code.co_filename):
            function = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
            call = "%s.%s" % (module, function.replace(".__init__", ""))
        frame = frame.f_back
    where = {} if frame is None else places.place(frame.f_code.co_filename, frame.f_lineno)
    events.once("draw", call=call, reason=reason, **where)


def watching_seeds():
    """Whether a seed may come from what is not under the seed."""
    return settings.CLOCK is None or settings.ENTROPY is None


def seeding(call, seed):
    """Looks at what a program seeds a generator with that asks the system where it is given nothing."""
    if seed is None and settings.ENTROPY is None:
        draw(call, ENTROPY)
    else:
        seeding_from_clock(call, seed)


def seeding_from_clock(call, seed):
    """Looks at what a program seeds a generator with."""
    try:
        if settings.CLOCK is None and is_time(seed):
            events.once("draw", call=call, reason=CLOCK, **places.caller())
    except Exception as error:
        events.fault(call, error)


def is_time(seed):
    """Whether a number is evidently the present, in seconds, thousandths, millionths or billionths."""
    import time

    # Nothing else is turned into a number: an array that is traced, or on a GPU, would notice.
    if not (isinstance(seed, (int, float, str, bytes)) or type(seed).__module__ == "numpy"):
        return False
    try:
        seed, now = int(float(seed)), time.time()
    except (TypeError, ValueError, OverflowError):
        return False
    if any(abs(seed - now * unit) <= DAY * unit for unit in (1, 10**3, 10**6, 10**9)):
        return True
    # Thousandths, as they are made to fit what NumPy takes.
    return abs(seed - now * 1000 % 2**32) <= 60_000


def watch(module, name, call, look=seeding_from_clock):
    """Has what a module's function seeds with looked at each time it is called."""
    import functools

    original = getattr(module, name)

    @functools.wraps(original)
    def watched(*arguments, **named):
        look(call, arguments[0] if arguments else _seed(named))
        return original(*arguments, **named)

    if watched.__module__ is None:
        watched.__module__, watched.__qualname__ = module.__name__, name
    # Wherever the function is known by name, `pickle` asks that it be this one.
    for home in (module, sys.modules.get(original.__module__)):
        if getattr(home, name, None) is original:
            setattr(home, name, watched)
    return watched


def _seed(named):
    return named.get("seed", named.get("state"))
