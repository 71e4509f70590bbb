"""LightGBM: the manifest's seed and deterministic sums, where a program has not chosen otherwise."""

import functools
import sys

from .. import events, seed_parameter, settings

ALIASES = [{"seed", "random_seed", "random_state"}, {"deterministic"}, {"force_row_wise", "force_col_wise"}]


def install(lightgbm):
    for name in ("train", "cv"):
        _seed_function(lightgbm.engine, name)
        setattr(lightgbm, name, getattr(lightgbm.engine, name))
    for module in ("lightgbm.sklearn", "lightgbm.dask"):
        if hasattr(sys.modules.get(module), "train"):
            sys.modules[module].train = lightgbm.train
    _seed_type(lightgbm.basic.Booster, 0)
    _seed_type(lightgbm.basic.Dataset, None)
    events.once("library", name="lightgbm", version=lightgbm.__version__)


def _seeded(params):
    defaults = {"seed": seed_parameter.number()}
    if settings.ALGORITHMS != "any":
        defaults.update(deterministic=True, force_row_wise=True)
    return seed_parameter.with_defaults(params or {}, defaults, ALIASES)


def _seed_function(module, name):
    original = getattr(module, name)

    @functools.wraps(original)
    def seeded(params, *arguments, **named):
        return original(_seeded(params), *arguments, **named)

    setattr(module, name, seeded)


def _seed_type(Type, position):
    original = Type.__init__

    @functools.wraps(original)
    def __init__(self, *arguments, **named):
        if "model_file" in named or "model_str" in named:
            return original(self, *arguments, **named)
        if position is not None and len(arguments) > position:
            arguments = (_seeded(arguments[position]),) + arguments[position + 1 :]
        else:
            named["params"] = _seeded(named.get("params"))
        original(self, *arguments, **named)

    Type.__init__ = __init__
