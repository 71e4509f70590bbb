"""Tells what it meets of its surroundings, as one object of JSON."""

import json
import locale
import os
import random
import socket
import sys
import time

import numpy

begun = time.perf_counter()
elapsed = time.perf_counter() - begun
numpy.dot(numpy.ones((9, 9)), numpy.ones((9, 9)))
with open("/proc/self/environ", "rb") as variables:
    texts = variables.read()
# Each has an address, too.
environment = len(texts) + 8 * texts.count(b"\0")
with open("/proc/self/personality") as personality:
    fixed = int(personality.read(), 16) & 0x40000 != 0
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
told = {
    "threads": [os.environ[name] for name in ("OMP_NUM_THREADS", "RESOW_THREADS", "RESOW_PROCESSORS")],
    "count": os.cpu_count(),
    "processors": len(os.sched_getaffinity(0)),
    "instructions": os.environ.get("OPENBLAS_CORETYPE"),
    "hash": hash("text"),
    "entropy": os.urandom(8).hex(),
    "library": random.random(),
    "wall": time.time(),
    "elapsed": elapsed,
    "folder": [os.listdir("folder"), [entry.name for entry in os.scandir("folder")]],
    "fixed": fixed,
    "host": [socket.gethostname(), os.uname().nodename],
    "zone": time.strftime("%H %z", time.localtime(0)),
    "locale": [os.environ.get("LANG"), os.environ.get("LC_ALL")],
    "environment": environment,
}
json.dump(told, sys.stdout)
