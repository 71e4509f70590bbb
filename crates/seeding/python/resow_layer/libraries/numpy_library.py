"""NumPy itself, which has its random numbers where a program asks for them, and its instruction sets always."""

from .. import events, uses


def install(numpy):
    events.once("library", name="numpy", version=numpy.__version__)
    uses.numpy()
