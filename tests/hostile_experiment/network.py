"""Attempts to reach anything but itself."""

import os
import socket
import struct

from attempts import Stopped, attempt, none_of, refused


def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as stream:
        stream.settimeout(2)
        stream.connect(address)


@attempt("connect to a service on the host's loopback address")
def loopback(facts):
    connect(socket.AF_INET, ("127.0.0.1", facts["port"]))


@attempt("connect to another machine, by versions 4 and 6 of the protocol")
def elsewhere(facts):
    # Addresses for documentation (RFC 5737, RFC 3849).
    return refused([
        ("version 4", lambda: connect(socket.AF_INET, ("192.0.2.1", 80))),
        ("version 6", lambda: connect(socket.AF_INET6, ("2001:db8::1", 80))),
        ("a datagram", lambda: connect(socket.AF_INET, ("192.0.2.1", 53), socket.SOCK_DGRAM)),
    ])


@attempt("look up a name")
def look_up(facts):
    socket.getaddrinfo("example.org", 80)


@attempt("connect to an abstract socket of the host")
def abstract(facts):
    connect(socket.AF_UNIX, "\0" + facts["abstract"])


@attempt("connect to a socket in the host's `/tmp`")
def in_files(facts):
    connect(socket.AF_UNIX, facts["socket"])


@attempt("connect to Docker's socket")
def docker(facts):
    paths = ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock"]
    return refused([(path, lambda path=path: connect(socket.AF_UNIX, path)) for path in paths])


@attempt("open a raw socket, and one for whole packets")
def raw(facts):
    return refused([
        ("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
        ("raw 6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)),
        ("packet", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)),
    ])


@attempt("connect to the hypervisor (`AF_VSOCK`)")
def hypervisor(facts):
    try:
        connect(socket.AF_VSOCK, (2, 1))
    except (ConnectionResetError, ConnectionRefusedError):
        return "it answers"


@attempt("use the kernel's ciphers (`AF_ALG`), and other families of sockets that load modules")
def ciphers(facts):
    # AF_ALG, AF_TIPC, AF_RDS, AF_KCM, AF_XDP, AF_BLUETOOTH, AF_CAN
    return refused([(str(family), lambda family=family: socket.socket(family, kind, 0))
                    for family in (38, 30, 21, 41, 44, 31, 29) for kind in (socket.SOCK_SEQPACKET, socket.SOCK_RAW)])


@attempt("add a network address and a device by netlink")
def netlink(facts):
    # RTM_NEWADDR with 10.9.9.9/8 on device 1 (rtnetlink(7)); RTM_NEWLINK of a new device (IFLA_IFNAME).
    address = struct.pack("=BBBBI", socket.AF_INET, 8, 0, 0, 1)
    address += struct.pack("=HH4s", 8, 1, bytes([10, 9, 9, 9])) + struct.pack("=HH4s", 8, 2, bytes([10, 9, 9, 9]))
    device = struct.pack("=BxHiII", 0, 0, 0, 1, 0xFFFFFFFF) + struct.pack("=HH8s", 12, 3, b"stolen0\0")
    return refused([("an address", lambda: ask(20, address)), ("a device", lambda: ask(16, device))])


def ask(kind, body):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        kernel.settimeout(2)
        # NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL
        kernel.send(struct.pack("=IHHII", 16 + len(body), kind, 0x605, 1, 0) + body)
        number = struct.unpack_from("=i", kernel.recv(4096), 16)[0]
        if number:
            raise OSError(-number, os.strerror(-number))


@attempt("find a network device with an address, or a route, beyond the loopback device")
def routes(facts):
    with open("/proc/net/route") as text:
        found = {line.split()[0] for line in text.readlines()[1:]}
    if os.path.exists("/proc/net/ipv6_route"):
        with open("/proc/net/ipv6_route") as text:
            found |= {line.split()[-1] for line in text}
    if os.path.exists("/proc/net/if_inet6"):
        with open("/proc/net/if_inet6") as text:
            found |= {line.split()[-1] for line in text}
    return none_of(found - {"lo"}, "none there")


@attempt("see connections of the host in `/proc/net`")
def connections(facts):
    wanted = f":{facts['port']:04X} "
    seen = set()
    for name in ("tcp", "tcp6", "udp", "unix"):
        path = f"/proc/net/{name}"
        text = open(path, errors="replace").read() if os.path.exists(path) else ""
        if wanted in text or facts["abstract"] in text:
            seen.add(name)
    return none_of(seen, "not there")
