"""CuPy: the generator of every GPU has the manifest's seed."""

from .. import events, streams


def install(cupy):
    # Without a GPU there is no generator, and nothing that could draw.
    if cupy.cuda.is_available():
        streams.bring_under_seed("cupy", cupy.random.seed)
        streams.watch_seeding("cupy", cupy.random, "seed", "cupy.random.seed")
    events.once("library", name="cupy", version=cupy.__version__)
