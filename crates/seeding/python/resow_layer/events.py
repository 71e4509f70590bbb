"""Lines of JSON that say what the layer did and saw. Nothing here raises into the program."""

from posix import O_APPEND, O_CLOEXEC, O_WRONLY, close, getpid, open, write

from .settings import EVENTS

LONGEST = 4096
_said = set()


def emit(kind, **fields):
    """Appends one event. A field that is `None` is left out."""
    try:
        record = {"kind": kind, "pid": getpid()}
        record.update((name, value) for name, value in fields.items() if value is not None)
        _append(_line(record))
    except Exception:
        pass


def once(kind, **fields):
    """Appends an event that this process, and those it was forked from, have not said before."""
    said = (kind,) + tuple(sorted((name, str(value)) for name, value in fields.items()))
    if said not in _said:
        _said.add(said)
        emit(kind, **fields)


def fault(what, error):
    """Says that something could not be brought under the seed."""
    once("fault", what=what, message="%s: %s" % (type(error).__name__, error))


def _append(line):
    descriptor = open(EVENTS, O_WRONLY | O_APPEND | O_CLOEXEC)
    try:
        write(descriptor, line)
    finally:
        close(descriptor)


def _line(record):
    """The record in ASCII, its longest texts cut until it fits: other processes' lines must not come between."""
    while True:
        line = "{%s}\n" % ",".join("%s:%s" % (_json(name), _json(value)) for name, value in record.items())
        if len(line) <= LONGEST:
            return line.encode("ascii")
        longest = max(record, key=lambda name: len(str(record[name])))
        record[longest] = str(record[longest])[: len(str(record[longest])) // 2]


def _json(value):
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return "%d" % value
    # A lone surrogate stands for a byte that is not text, which JSON cannot hold.
    return _quoted(str(value).encode("utf-8", "replace").decode("utf-8"))


def _quoted(text):
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"%s"' % text
    try:
        from _json import encode_basestring_ascii
    except ImportError:
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(text)
