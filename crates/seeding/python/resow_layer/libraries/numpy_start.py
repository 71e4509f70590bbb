"""NumPy, while it starts: it warns where settings name features of a processor that this version does not tell apart.

The settings are for all versions, and a program may turn warnings into errors.
"""

import re
import warnings


class around:
    """While it lasts, that one warning is ignored; filters that NumPy adds meanwhile stay."""

    def __enter__(self):
        text = re.compile("During parsing environment variable: 'NPY_DISABLE_CPU_FEATURES'")
        self._filter = ("ignore", text, ImportWarning, None, 0)
        self._filters = getattr(warnings, "_get_filters", lambda: warnings.filters)()
        self._filters.insert(0, self._filter)

    def __exit__(self, *_):
        if self._filter in self._filters:
            self._filters.remove(self._filter)
