"""Nondeterministic on purpose: threads race, and no seed can decide who wins.

Each thread appends its own number to one list; the order of the list is the order in which the operating system and
the interpreter let them run.
"""

import hashlib
import random
import sys
import threading

random.seed(42)
sys.setswitchinterval(1e-6)
order = []
start = threading.Barrier(4)


def append(number):
    start.wait()
    for _ in range(50_000):
        order.append(number)


threads = [threading.Thread(target=append, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

print("seeded:", random.randint(80, 100))
print("raced:", hashlib.sha256(bytes(order)).hexdigest())
