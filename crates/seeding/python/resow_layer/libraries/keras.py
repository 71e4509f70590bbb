"""Keras: its seeds come from `random` and from its backend's generator, which have the manifest's."""

from .. import events, settings


def install(keras):
    # Its own `set_random_seed` would undo what a program has seeded by now, and imports TensorFlow for any backend.
    events.once("library", name="keras", version=keras.__version__)
    if settings.TRACE is not None:
        from . import keras_trace

        keras_trace.install(keras)
