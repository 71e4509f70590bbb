"""Threads that add what they found to one list, whoever is first."""
import random
import sys
import threading

THREADS = 4
sys.setswitchinterval(1e-6)
found = []
together = threading.Barrier(THREADS)


def work(number):
    together.wait()
    for _ in range(20_000):
        found.append(number)


threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(random.random(), *found)
