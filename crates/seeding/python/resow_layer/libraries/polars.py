"""Polars: its global generator has the manifest's seed."""

from .. import events, streams


def install(polars):
    streams.bring_under_seed("polars", polars.set_random_seed)
    streams.watch_seeding("polars", polars, "set_random_seed", "polars.set_random_seed")
    events.once("library", name="polars", version=polars.__version__)
