"""Lines of the trace: what stands for each value at a step. Nothing here raises into the program."""

import os

from . import entropy, events, lineage, settings, trace_values

# A line's longest, with its line feed, and the size beyond which resow reads no more of a trace.
LONGEST = 1 << 16
LARGEST = 1 << 28
# What programs of several processes call a process's number.
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")

_is_over = False
_said = set()
_rank = None


def step(number, values):
    """Appends a step of named values, in as many lines as they take."""
    try:
        texts = []
        for name, value in trace_values.flat(values):
            try:
                texts.append((name, trace_values.text(value)))
            except Exception as error:
                fault("`%s`: %s" % (name, error))
        _append_step(number, texts)
    except Exception as error:
        fault("%s: %s" % (type(error).__name__, error))


def fault(message):
    """Says once what could not be traced."""
    try:
        if message not in _said:
            _said.add(message)
            _append(["%s%s:%s}\n" % (_who(), _json("fault"), _json(message[:1000]))])
    except Exception:
        pass


def _append_step(number, texts):
    head = '%s"step":%d,"values":{' % (_who(), number)
    lines, line, size = [], [], len(head)
    for name, text in texts:
        member = "%s:%s" % (_json(name), _json(text))
        if line and size + len(member) > LONGEST - 8:
            lines.append(head + ",".join(line) + "}}\n")
            line, size = [], len(head)
        line.append(member)
        size += len(member) + 1
    lines.append(head + ",".join(line) + "}}\n")
    _append(lines)


def _append(lines):
    global _is_over
    if _is_over:
        return
    descriptor = os.open(settings.TRACE, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        for line in lines:
            os.write(descriptor, line.encode("ascii"))
        _is_over = os.lseek(descriptor, 0, os.SEEK_CUR) > LARGEST
    finally:
        os.close(descriptor)


def _who():
    """The members by which a process is known: not its number, which is another each time."""
    name = lineage.current().name.lstrip("/")
    rank = _known_rank()
    if rank is not None:
        name = "rank %s/%s" % (rank, name) if name else "rank %s" % rank
    members = [("process", name), ("program", entropy.program())]
    return "{%s" % "".join("%s:%s," % (_json(member), _json(text)) for member, text in members if text)


def _known_rank():
    global _rank
    if _rank is None or _rank[0] != os.getpid():
        _rank = (os.getpid(), _find_rank())
    return _rank[1]


def _find_rank():
    for variable in _RANKS:
        rank = os.environ.get(variable, "")
        if rank.isdecimal():
            return rank
    return None


def _json(text):
    # A lone surrogate stands for a byte that is not text, which JSON cannot hold.
    return events._quoted(str(text).encode("utf-8", "replace").decode("utf-8"))
