"""Runs the layer's part for a library as soon as that library has been imported."""

import sys
from _frozen_importlib_external import PathFinder

from . import events

# Each library that the layer knows, and the module of `resow_layer.libraries` that brings it under the seed.
LIBRARIES = {
    "IPython.core.interactiveshell": "interactive",
    "concurrent.futures.process": "process_executor",
    "concurrent.futures.thread": "thread_executor",
    "cupy": "cupy",
    "jax": "jax",
    "joblib.externals.loky.process_executor": "process_executor",
    "joblib.parallel": "joblib",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "loky.process_executor": "process_executor",
    "multiprocess.pool": "pool",
    "multiprocess.process": "process",
    "multiprocessing.pool": "pool",
    "multiprocessing.process": "process",
    "numpy": "numpy_library",
    "numpy.random": "numpy",
    "numpy.random.bit_generator": "numpy_entropy",
    "polars": "polars",
    "random": "random",
    "sklearn": "sklearn",
    "socket": "socket",
    "tensorflow": "tensorflow",
    "tf_keras": "keras",
    "threading": "threading",
    "torch": "torch",
    "uuid": "uuid",
    "xgboost": "xgboost",
}

# What holds while a library is being imported.
AROUND = {"numpy": "numpy_start"}

# What programs call themselves: it lies in a folder that is off the path by then.
CALLS = "resow_trace"

# How many libraries are being imported: what they draw meanwhile is replaced by their seed.
loading = 0


def install():
    sys.meta_path.insert(0, Finder())
    for name in LIBRARIES:
        if name in sys.modules:
            bring_under_seed(sys.modules[name])


def bring_under_seed(module):
    name = module.__name__
    try:
        library = __import__("resow_layer.libraries." + LIBRARIES[name], fromlist=["install"])
        library.install(module)
    except Exception as error:
        events.fault(name, error)


class Finder:
    """Lets the other finders find a library, and has its loader call the layer's part when it is done."""

    def __init__(self):
        # Another finder may ask all finders too, and so this one again.
        self._finding = set()

    def find_spec(self, name, path=None, target=None):
        if name == CALLS:
            return PathFinder.find_spec(name, [__file__.rpartition("/")[0].rpartition("/")[0]])
        if (name not in LIBRARIES and name not in AROUND) or name in self._finding:
            return None
        self._finding.add(name)
        try:
            return self._find(name, path, target)
        finally:
            self._finding.discard(name)

    def _find(self, name, path, target):
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = None if find_spec is None else find_spec(name, path, target)
            if spec is not None:
                _observe(spec)
                return spec
        return None

    def invalidate_caches(self):
        pass


def _observe(spec):
    # The loader itself stays, with one attribute more until it has loaded: tools that read sources ask for its type.
    loader = spec.loader
    try:
        if isinstance(loader, type):
            raise TypeError("its loader loads other modules too")
        execute = loader.exec_module

        def exec_module(module):
            global loading
            if module.__name__ != spec.name:
                return execute(module)
            loader.__dict__.pop("exec_module", None)
            loading += 1
            try:
                _around(spec.name, execute)(module)
                if spec.name in LIBRARIES:
                    bring_under_seed(module)
            finally:
                loading -= 1

        loader.exec_module = exec_module
    except Exception as error:
        events.fault(spec.name, error)


def _around(name, execute):
    if name not in AROUND:
        return execute

    def executing(module):
        library = __import__("resow_layer.libraries." + AROUND[name], fromlist=["around"])
        with library.around():
            execute(module)

    return executing
