"""Draws from every source of randomness that a script may use without a seed, and prints a digest for each.

Names on the command line choose among them; without any, all are drawn from.
"""

import concurrent.futures
import ctypes
import glob
import hashlib
import multiprocessing
import os
import pathlib
import platform
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid

try:
    import numpy
except ImportError:
    numpy = None

try:
    import sklearn
except ImportError:
    sklearn = None

SOURCES = {}


def source(function):
    SOURCES[function.__name__] = function
    return function


@source
def random_module():
    return [random.random(), random.gauss(0, 1), random.sample(range(100), 10)]


@source
def random_generators():
    first, second = random.Random(), random.Random(None)
    random.seed(None)
    again = random.random()
    random.seed()
    return [first.random(), second.random(), again, random.random()]


@source
def system_random():
    return [random.SystemRandom().random(), secrets.token_hex(), secrets.randbelow(10**9), os.urandom(8).hex()]


@source
def uuid4():
    return [str(uuid.uuid4()), str(uuid.uuid4())]


@source
def temporary_names():
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        return [folder, file.name]


@source
def hash_of_text():
    return [hash("resow"), list({"layer %d" % n for n in range(50)})]


@source
def forked_child():
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, repr([random.random(), os.urandom(8).hex()]).encode())
        os._exit(0)
    os.wait()
    return os.read(reader, 1000).decode()


def draw_in_worker(task):
    return [task, random.random(), os.urandom(4).hex()]


@source
def forked_pool():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(draw_in_worker, range(20))


def put_draw(queue):
    queue.put([random.random(), os.urandom(8).hex()])


@source
def spawned_child():
    context = multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    child = context.Process(target=put_draw, args=(queue,))
    child.start()
    found = queue.get()
    child.join()
    return found


@source
def executor():
    with concurrent.futures.ProcessPoolExecutor(2) as workers:
        return list(workers.map(draw_in_worker, range(20)))


@source
def started_program():
    code = "import os, random; print(random.random(), os.urandom(8).hex())"
    return subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout.decode()


@source
def threads():
    found = {}

    def draw(name):
        found[name] = [os.urandom(8).hex(), random.Random().random()]

    started = [threading.Thread(target=draw, args=(n,)) for n in range(4)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sorted(found.items())


@source
def random_device():
    with open("/dev/urandom", "rb") as device:
        return device.read(16).hex()


@source
def c_library():
    library = ctypes.CDLL(None)
    found = (ctypes.c_ubyte * 16)()
    if library.getentropy(found, 16) != 0:
        raise OSError("getentropy")
    return bytes(found).hex()


@source
def clock():
    random.seed(time.time())
    return [random.random(), time.time(), str(uuid.uuid1())]


@source
def monotonic_clock():
    return time.perf_counter()


@source
def host_name():
    return [platform.node(), os.uname().nodename]


@source
def addresses():
    return [id(object()), id(SOURCES)]


@source
def order_of_objects():
    numbers = {object(): n for n in range(20_000)}
    return [numbers[one] for one in set(numbers)]


@source
def directory_order():
    with tempfile.TemporaryDirectory() as folder:
        names = ["%d" % (n * 7919 % 1009) for n in range(200)]
        random.shuffle(names)
        for name in names:
            pathlib.Path(folder, name).touch()
        return [
            os.listdir(folder),
            [entry.name for entry in os.scandir(folder)],
            [pathlib.Path(file).name for file in glob.glob(folder + "/*")],
            [file.name for file in pathlib.Path(folder).iterdir()],
        ]


@source
def numpy_global():
    return [numpy.random.rand(3).tolist(), numpy.random.permutation(10).tolist()]


@source
def numpy_generators():
    made = [numpy.random.default_rng().random(), numpy.random.RandomState().rand(), numpy.random.default_rng().random()]
    numpy.random.seed(None)
    return made + [numpy.random.rand(), numpy.random.SeedSequence().entropy]


@source
def scikit_learn():
    from sklearn.cluster import KMeans
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split

    features, classes = load_iris(return_X_y=True)
    train, test, train_classes, _ = train_test_split(features, classes)
    forest = RandomForestClassifier(n_estimators=20).fit(train, train_classes)
    return [forest.predict_proba(test).tolist(), KMeans(3, n_init=1).fit(train).labels_.tolist()]


@source
def scikit_learn_threads():
    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import RandomForestClassifier

    features, classes = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(n_estimators=50, n_jobs=2).fit(features, classes)
    return forest.predict_proba(features).tobytes().hex()


@source
def scikit_learn_workers():
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score

    features, classes = load_iris(return_X_y=True)
    return cross_val_score(RandomForestClassifier(n_estimators=5), features, classes, n_jobs=2).tolist()


def missing(name):
    return name.startswith("numpy") and numpy is None or name.startswith("scikit") and sklearn is None


if __name__ == "__main__":
    for name in sys.argv[1:] or [name for name in SOURCES if not missing(name)]:
        print(name, hashlib.sha256(repr(SOURCES[name]()).encode()).hexdigest(), flush=True)
