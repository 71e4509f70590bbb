"""Reads the text of each warning, silenced ones too, and changes nothing about what becomes of it.

Native code warns past every function of the module `warnings`, but looks through its list of filters. The first of
them is ours, which only that code sees: whoever reads the list in Python finds the filters that the program put there.
"""

import re
import warnings

from . import events

_NEVER = re.compile("(?!)")


def watch(note):
    """Has `note` called with the text of each warning."""
    Watcher.notes.append(note)
    if not isinstance(warnings.filters, Filters):
        warnings.filters = Filters(warnings.filters)


class Watcher:
    """A pattern that matches no text, and has each noted."""

    notes = []

    def match(self, text, *_):
        for note in self.notes:
            try:
                note(text)
            except Exception as error:
                events.fault("warnings", error)
        return None

    def __getattr__(self, name):
        return getattr(_NEVER, name)

    def __reduce__(self):
        return re.compile, (_NEVER.pattern,)


class Filters(list):
    """The program's filters, behind one that is hidden and stays."""

    first = ("default", Watcher(), Warning, None, 0)

    def __init__(self, filters=()):
        super().__init__()
        self._hold(filters)

    def _hold(self, filters):
        super().__setitem__(slice(None), [self.first] + [other for other in filters if other is not self.first])

    def __iter__(self):
        rest = super().__iter__()
        next(rest, None)
        return rest

    def __reversed__(self):
        return reversed(list(self))

    def __len__(self):
        return super().__len__() - 1

    def __contains__(self, item):
        return item in list(self)

    def __getitem__(self, index):
        found = list(self)[index]
        return Filters(found) if isinstance(index, slice) else found

    def __eq__(self, other):
        return list(self) == (list(other) if isinstance(other, Filters) else other)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __repr__(self):
        return repr(list(self))

    def __reduce_ex__(self, _):
        return list, (list(self),)

    def copy(self):
        return Filters(self)

    __copy__ = copy

    def __add__(self, other):
        return Filters(list(self) + list(other))

    def __radd__(self, other):
        return Filters(list(other) + list(self))

    def index(self, *arguments):
        return list(self).index(*arguments)

    def insert(self, index, item):
        super().insert(index + 1 if index >= 0 else max(index, -len(self)), item)


def _changing(name):
    original = getattr(list, name)

    def method(self, *arguments, **named):
        changed = list(self)
        result = original(changed, *arguments, **named)
        self._hold(changed)
        return result

    method.__name__ = name
    return method


# What adds or takes one filter leaves ours where it is; what could move ours is done to a list without it.
for _name in ("__setitem__", "__delitem__", "clear", "pop", "reverse", "sort"):
    setattr(Filters, _name, _changing(_name))
