"""A tuple and a number that carry a name to the process that is handed them."""

import os


def _with_layer():
    """Whether a process that is started from here has the layer."""
    folder = os.path.dirname(os.path.dirname(__file__))
    return folder in os.environ.get("PYTHONPATH", "").split(os.pathsep)


class Named(tuple):
    """As any tuple, and one to a process that the layer will not be in."""

    def __new__(cls, items, name):
        self = super().__new__(cls, items)
        self.name = name
        return self

    def __reduce__(self):
        if _with_layer():
            return Named, (tuple(self), self.name)
        return tuple, (tuple(self),)


class NamedNumber(int):
    """As any number, and one to a process that the layer will not be in."""

    def __new__(cls, number, name):
        self = super().__new__(cls, number)
        self.name = name
        return self

    def __reduce__(self):
        if _with_layer():
            return NamedNumber, (int(self), self.name)
        return int, (int(self),)
