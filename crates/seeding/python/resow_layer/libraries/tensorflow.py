"""TensorFlow: the manifest's seed, deterministic operations, and threads held."""

import functools
import re

from .. import draws, events, operations, settings, streams, uses

_NAMES = (r"\{\{function_node __wrapped__(\w+?)_device_", r"\{\{node (\S+)\}\}", r'^"?([\w.]+)"? (?:cannot|requires)')


def install(tensorflow):
    streams.bring_under_seed("tensorflow", tensorflow.random.set_seed)
    events.once("library", name="tensorflow", version=tensorflow.__version__)
    uses.at_exit(functools.partial(_report, tensorflow))
    _seed_global_generator(tensorflow.random)
    streams.watch_seeding("tensorflow", tensorflow.random, "set_seed", "tensorflow.random.set_seed")
    if settings.ALGORITHMS == "strict":
        tensorflow.config.experimental.enable_op_determinism()
        operations.watch("tensorflow", _operation)
    elif settings.ALGORITHMS == "warn":
        # TensorFlow either refuses such operations or is silent about them: all that can be listed is that there may be
        # some.
        name = "what enable_op_determinism would refuse"
        events.once("operation", library="tensorflow", name=name, stopped=False)
    if settings.THREADS is not None:
        tensorflow.config.threading.set_intra_op_parallelism_threads(settings.THREADS)
        tensorflow.config.threading.set_inter_op_parallelism_threads(settings.THREADS)


def _seed_global_generator(random):
    """The generator is made at its first use, as the library does: making it starts the library's devices."""
    from tensorflow.python.ops import stateful_random_ops

    original = random.get_global_generator

    @functools.wraps(original)
    def get_global_generator():
        if stateful_random_ops.global_generator is None:
            random.set_global_generator(random.Generator.from_seed(streams.entropy("tensorflow", 63)))
        return original()

    random.get_global_generator = stateful_random_ops.get_global_generator = get_global_generator


def _operation(text):
    """The operation that a message of TensorFlow says has no deterministic version."""
    if "eterminis" not in text or not re.search("determinism is enabled|not |No ", text):
        return None
    for pattern in _NAMES:
        name = re.search(pattern, text)
        if name:
            return name.group(1)
    return text.partition("\n")[0][:120]


def _report(tensorflow):
    threads = tensorflow.config.threading
    uses.say("tensorflow", "threads within an operation", threads.get_intra_op_parallelism_threads())
    uses.say("tensorflow", "threads between operations", threads.get_inter_op_parallelism_threads())
