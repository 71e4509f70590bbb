"""Draws in the workers of pools, and prints one digest for each kind of pool.

Tasks take times that differ from run to run, so that which worker takes which task does too.
"""

import concurrent.futures
import hashlib
import multiprocessing
import multiprocessing.pool
import os
import random
import secrets
import subprocess
import sys
import threading
import time
import uuid

try:
    import numpy
except ImportError:
    numpy = None

try:
    import joblib
except ImportError:
    joblib = None

TASKS = 24


def work(task):
    time.sleep(time.perf_counter() % 0.004)
    found = [task, random.random()] + drawn_from_the_system()
    if numpy is not None:
        found += [numpy.random.rand(), numpy.random.default_rng().random()]
    return found


def drawn_from_the_system():
    started = subprocess.run(["head", "-c", "8", "/dev/urandom"], stdout=subprocess.PIPE, check=True).stdout
    return [os.urandom(8).hex(), str(uuid.uuid4()), secrets.token_hex(8), started.hex()]


def generator_work(task):
    """What a thread may draw from without racing for a generator that all threads share."""
    time.sleep(time.perf_counter() % 0.004)
    found = drawn_from_the_system()
    return [task] + found + [numpy.random.default_rng().random() if numpy is not None else 0.0]


def pair_work(task, other):
    return work(task) + [other]


def report(name, found):
    print(name, hashlib.sha256(repr(found).encode()).hexdigest(), flush=True)
    drawn = [row[1] for row in found]
    assert len(set(drawn)) == len(drawn), "%s draws the same twice" % name


def pools(method):
    context = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        report(method + " map", pool.map(work, range(TASKS)))
        report(method + " map, chunks of 5", pool.map(work, range(TASKS), chunksize=5))
        report(method + " starmap", pool.starmap(pair_work, [(task, -task) for task in range(TASKS)]))
        report(method + " imap_unordered", sorted(pool.imap_unordered(work, range(TASKS))))
        report(method + " apply_async", [one.get() for one in [pool.apply_async(work, (n,)) for n in range(TASKS)]])
    with concurrent.futures.ProcessPoolExecutor(3, mp_context=context) as executor:
        report(method + " executor", list(executor.map(work, range(TASKS))))
        report(method + " executor, chunks", list(executor.map(work, range(TASKS), chunksize=5)))


def thread_pools():
    with multiprocessing.pool.ThreadPool(3) as pool:
        report("thread pool", pool.map(generator_work, range(TASKS)))
    with concurrent.futures.ThreadPoolExecutor(3) as executor:
        report("thread executor", list(executor.map(generator_work, range(TASKS))))
    found = []
    threads = [threading.Thread(target=lambda n=n: found.append(generator_work(n))) for n in range(TASKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report("threads", sorted(found))


def joblib_pools():
    for backend in ("loky", "multiprocessing"):
        found = joblib.Parallel(n_jobs=3, backend=backend)(joblib.delayed(work)(task) for task in range(TASKS))
        report("joblib " + backend, found)
    jobs = [joblib.delayed(generator_work)(task) for task in range(TASKS)]
    report("joblib threads", joblib.Parallel(n_jobs=3, prefer="threads")(jobs))


if __name__ == "__main__":
    for method in sys.argv[1:] or ["fork", "spawn", "forkserver"]:
        pools(method)
    thread_pools()
    if joblib is not None:
        joblib_pools()
