"""Independent streams from the seed, each by its name: layer 1's `derive`, with a key for libraries of Python."""

try:
    from _sha2 import sha256
except ImportError:
    try:
        from _sha256 import sha256
    except ImportError:
        from hashlib import sha256

from .settings import SEED

KEY = sha256(b"resow layer 1 python\0" + SEED.to_bytes(8, "little")).digest()


def derive(label, name, number):
    """32 bytes for the `number`th use under `label` of what is called `name`."""
    data = name.encode("utf-8", "surrogateescape") + b"\0" + number.to_bytes(8, "little")
    return sha256(KEY + label.encode() + b"\0" + data).digest()


def derive_number(label, name, number, bits):
    """A number of so many bits, made from as many digests as it takes."""
    found = b""
    while len(found) * 8 < bits:
        found += derive(label, "%s#%d" % (name, len(found)) if found else name, number)
    return int.from_bytes(found, "little") & ((1 << bits) - 1)
