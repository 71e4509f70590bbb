"""How many processors there are said to be: under the profile `portable`, as many as a pool has threads."""

import os

from . import settings
from .replacement import Replacement


def install():
    for name in ("cpu_count", "process_cpu_count"):
        if hasattr(os, name):
            setattr(os, name, Replacement(getattr(os, name), "os", lambda: settings.THREADS))
