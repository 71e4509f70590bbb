"""Keras: each batch of a training is traced, once it is done."""

import functools
import weakref

from .. import settings, trace_file

# Of each model: its number among those that were trained, and its batches.
_known = weakref.WeakKeyDictionary()


def install(keras):
    CallbackList = keras.callbacks.CallbackList
    original = CallbackList.on_train_batch_end

    # Here, since a callback of our own may be called from another thread, when the next batch has begun.
    @functools.wraps(original)
    def on_train_batch_end(self, *arguments, **named):
        _after_batch(self)
        return original(self, *arguments, **named)

    CallbackList.on_train_batch_end = on_train_batch_end


class Known:
    """What is known of a model."""

    def __init__(self, number):
        self.prefix = "" if number == 1 else "model %d: " % number
        self.batches = 0


def _after_batch(callbacks):
    try:
        # Whoever asks for it has the state of the training put back into it first, where a backend holds it apart.
        model = callbacks.model
        known = _known.get(model)
        if known is None:
            known = _known[model] = Known(len(_known) + 1)
        known.batches += 1
        if known.batches % settings.TRACE_EVERY == 0:
            trace_file.step(known.batches, _unlike(known.prefix, _state(model)))
    except Exception as error:
        trace_file.fault("Keras: %s: %s" % (type(error).__name__, error))


def _state(model):
    variables = []
    if "gradients" in settings.TRACE_STATE:
        trace_file.fault("gradients of Keras are not seen from outside a step")
    if "parameters" in settings.TRACE_STATE:
        variables += model.weights
    if "optimizer" in settings.TRACE_STATE:
        own = model.optimizer.variables
        variables += own() if callable(own) else own
    return variables


def _unlike(prefix, variables):
    """Each variable by its name, numbered where several are alike."""
    counts = {}
    for variable in variables:
        name = prefix + getattr(variable, "path", variable.name)
        counts[name] = counts.get(name, 0) + 1
        yield (name if counts[name] == 1 else "%s (%d)" % (name, counts[name])), variable.numpy()
