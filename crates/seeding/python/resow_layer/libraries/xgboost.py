"""XGBoost: where a program gives no seed, the manifest's stands in for the library's own constant."""

import functools

from .. import events, seed_parameter


def install(xgboost):
    Booster = xgboost.core.Booster
    original = Booster.__init__

    @functools.wraps(original)
    def __init__(self, params=None, *arguments, **named):
        original(self, _seeded(params), *arguments, **named)

    Booster.__init__ = __init__
    events.once("library", name="xgboost", version=xgboost.__version__)


def _seeded(params):
    seed = {"seed": seed_parameter.number()}
    if isinstance(params, (list, tuple)):
        given = {name for name, value in params if value is not None}
        return list(params) + [item for item in seed.items() if not given & {"seed", "random_state"}]
    return seed_parameter.with_defaults(params or {}, seed, [{"seed", "random_state"}])
