"""Seeds for itself, with the number on the command line, before pools draw; prints one digest for each way."""

import concurrent.futures
import hashlib
import multiprocessing
import random
import sys
import time

try:
    import numpy
except ImportError:
    numpy = None

SEED = int(sys.argv[1])
TASKS = 12


def seed_random(seed):
    # `random.seed` itself would reach a worker that is spawned with a copy of the generator, and seed that.
    random.seed(seed)


def draw(task):
    time.sleep(time.perf_counter() % 0.004)
    return [task, random.random()]


def draw_numpy(task):
    time.sleep(time.perf_counter() % 0.004)
    return [task, numpy.random.rand()]


def draw_and_seed(task):
    """What a task seeds is its own: the next one on the same worker must not have it."""
    found = draw(task)
    random.seed(task)
    return found + [random.random()]


def report(name, found):
    assert len({row[1] for row in found}) == len(found), "%s draws the same twice" % name
    print(name, hashlib.sha256(repr(found).encode()).hexdigest(), flush=True)


def ways(name, seed, work):
    fork = multiprocessing.get_context("fork")
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        with context.Pool(2, initializer=seed, initargs=(SEED,)) as pool:
            report("%s %s initializer" % (name, method), pool.map(work, range(TASKS), chunksize=1))
    with concurrent.futures.ProcessPoolExecutor(2, fork, seed, (SEED,)) as executor:
        report(name + " executor's initializer", list(executor.map(work, range(TASKS))))
    seed(SEED)
    with fork.Pool(2, maxtasksperchild=2) as pool:
        found = pool.map_async(work, range(TASKS), chunksize=1)
        # A worker that is started later is forked from this.
        seed(0)
        report(name + " before the fork", found.get())
    with concurrent.futures.ProcessPoolExecutor(2, fork) as executor:
        seed(SEED)
        found = executor.map(work, range(TASKS))
        report(name + " before the executor's fork", list(found))


def states():
    random.setstate(random.Random(SEED).getstate())
    with multiprocessing.get_context("fork").Pool(2) as pool:
        report("random state", pool.map(draw, range(TASKS), chunksize=1))


if __name__ == "__main__":
    ways("random", seed_random, draw)
    ways("random in tasks", seed_random, draw_and_seed)
    states()
    if numpy is not None:
        ways("numpy", numpy.random.seed, draw_numpy)
