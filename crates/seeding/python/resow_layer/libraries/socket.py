"""`socket`: says which hosts a program tries to reach. The call itself goes on unchanged."""

import functools

from .. import events, places

# Addresses that a name was resolved to: who asked for the name has been reported.
_resolved = set()
# Each host that was reported at a place, with its port or without.
_reported = set()


def install(socket):
    for name in ("connect", "connect_ex"):
        _watch_connection(socket, name)
    _watch_names(socket, "getaddrinfo")
    for name in ("gethostbyname", "gethostbyname_ex"):
        _watch_names(socket, name)


def _watch_connection(socket, name):
    original = getattr(socket.socket, name)

    @functools.wraps(original)
    def connection(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            if len(address) >= 2 and address[0] not in _resolved:
                report(address[0], address[1])
        return original(self, address)

    setattr(socket.socket, name, connection)


def _watch_names(socket, name):
    original = getattr(socket, name)

    @functools.wraps(original)
    def resolve(host, *arguments, **named):
        report(host, arguments[0] if arguments else named.get("port"))
        found = original(host, *arguments, **named)
        _resolved.update(_addresses(name, found))
        return found

    setattr(socket, name, resolve)


def _addresses(name, found):
    """The addresses among what one of the functions answered."""
    if name == "getaddrinfo":
        return [str(entry[4][0]) for entry in found]
    return [found] if name == "gethostbyname" else found[2]


def report(host, port=None):
    """Says so once for each host, port and place; a name that is first looked up without a port counts once, too."""
    try:
        if isinstance(host, (bytes, bytearray)):
            host = host.decode("ascii", "replace")
        if host and not _is_here(host):
            place = places.caller()
            host, port = host.lower().rstrip("."), _number(port)
            here = (host, tuple(sorted(place.items())))
            if here + (port,) in _reported or here + (None,) in _reported or (port is None and here in _reported):
                return
            _reported.update((here, here + (port,)))
            events.emit("network", host=host if port is None else "%s:%s" % (host, port), **place)
    except Exception as error:
        events.fault("socket", error)


def _number(port):
    """A port as a program may write it, as a number where it is one."""
    if isinstance(port, (bytes, bytearray)):
        port = port.decode("ascii", "replace")
    return int(port) if isinstance(port, str) and port.isdigit() else port


def _is_here(host):
    import os

    return host in ("localhost", "0.0.0.0", "::", "::1", "<broadcast>", os.uname().nodename) or host.startswith("127.")
