"""What stands for a value in a trace: a number or a short text itself, of everything else the start of its SHA-256.

That of an array is of its type, a space, its shape with commas between, a line feed, and its elements: little-endian, in
the order of C. That of bytes is of `bytes`, a space, their number, a line feed, and they; of a text, the same with `text`
and its UTF-8. The digest is the first 32 digits.
"""

import sys
from hashlib import sha256

DIGITS = 32
LONGEST_TEXT = 100
LONGEST_NAME = 1000
# How deep values may lie in one another.
_DEEPEST = 32


def flat(values, deepest=_DEEPEST):
    """Each value by its name; what lies in another has both names, with a dot between."""
    for name, value in values:
        inner = _members(value)
        if inner is None or deepest == 0:
            yield str(name)[:LONGEST_NAME], value
        else:
            yield from flat((("%s.%s" % (name, key), member) for key, member in inner), deepest - 1)


def _members(value):
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple)):
        return enumerate(value)
    if callable(getattr(value, "named_parameters", None)):
        return value.named_parameters()
    weights = getattr(value, "weights", None)
    if isinstance(weights, list) and all(callable(getattr(weight, "numpy", None)) for weight in weights):
        return ((getattr(weight, "path", weight.name), weight) for weight in weights)
    return None


def text(value):
    """What stands for one value."""
    if value is None or isinstance(value, (bool, int)):
        return str(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, complex):
        return complex.__repr__(value)
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else _of_bytes("text", value.encode("utf-8", "surrogatepass"))
    if isinstance(value, (bytes, bytearray)):
        return _of_bytes("bytes", value)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _of_tensor(torch, value)
    return _of_array(value)


def _of_bytes(kind, content):
    return _digest("%s %d" % (kind, len(content)), content)


def _of_tensor(torch, tensor):
    """Of a tensor of PyTorch, whose NumPy may be missing, and knows fewer types."""
    import ctypes

    tensor = getattr(tensor, "_local_tensor", tensor).detach()
    tensor = tensor.resolve_conj().resolve_neg().cpu().contiguous()
    size = tensor.numel() * tensor.element_size()
    content = (ctypes.c_char * size).from_address(tensor.data_ptr()) if size else b""
    return _digest(_array_head(str(tensor.dtype).rpartition(".")[2], tensor.shape), content)


def _of_array(value):
    if not hasattr(value, "__array__"):
        raise TypeError("a value of type `%s` is not traced" % type(value).__name__)
    import numpy

    array = numpy.asarray(value)
    if array.dtype.hasobject:
        raise TypeError("an array of objects is not traced")
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and sys.byteorder == "big"):
        array = array.astype(array.dtype.newbyteorder("<"))
    content = numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8) if array.size else b""
    return _digest(_array_head(array.dtype.name, array.shape), content)


def _array_head(kind, shape):
    return "%s %s" % (kind, ",".join(map(str, shape)))


def _digest(head, content):
    digest = sha256(head.encode() + b"\n")
    digest.update(content)
    return digest.hexdigest()[:DIGITS]
