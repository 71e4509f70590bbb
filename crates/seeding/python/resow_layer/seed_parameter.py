"""The manifest's seed as a parameter of a model that is given none."""

from .settings import SEED

# Both libraries take a seed as a signed number of 32 bits.
LARGEST = 2**31 - 1


def number():
    """The seed, or what is left of it by the largest number that fits and one more."""
    return SEED % (LARGEST + 1)


def with_defaults(parameters, defaults, aliases):
    """A copy of the parameters with each default of which no alias is given."""
    found = dict(parameters)
    for (name, value), names in zip(defaults.items(), aliases):
        if all(found.get(alias) is None for alias in names):
            for alias in names & set(found):
                del found[alias]
            found[name] = value
    return found
