"""Traces the state of a training, step by step, where the manifest has `[trace]`; does nothing where it has none.

    import resow_trace

    resow_trace.step(412, weights=weights, loss=loss)
"""

from resow_layer import settings

__all__ = ["is_traced", "step"]


def is_traced(number):
    """Whether a step of this number is traced: what is only made to be traced need not be made otherwise."""
    return settings.TRACE is not None and int(number) % settings.TRACE_EVERY == 0


def step(*arguments, **named):
    """`step(number, values={}, **named)`: writes down what stands for each value at this step.

    That is a number or a short text itself, and a digest of anything else: of an array or tensor of any library, bytes or
    a text; of what is in a dictionary, a list or a model, each by itself. `values` is for names that are no words of
    Python. A value of another kind is left out, and the record says so.
    """
    # Any word may be the name of a value.
    if not 1 <= len(arguments) <= 2:
        raise TypeError("step() takes a number, then values by name")
    if is_traced(arguments[0]):
        from resow_layer import trace_file

        values = [pair for one in (*arguments[1:], named) if one for pair in one.items()]
        trace_file.step(int(arguments[0]), values)
