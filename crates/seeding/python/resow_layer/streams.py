"""The seeds that libraries are given: the manifest's own, or a task's where a pool's worker runs one."""

import os

from . import draws, entropy as system, events, lineage, settings
from .derivation import derive_number, sha256
from .settings import SEED

# What re-seeds each library that this process has: a function of the seed.
_generators = {}
# What the program itself last seeded each library with; and what that was before this worker's first task, since what
# one task seeds must not reach the next.
_given = {}
_given_to_worker = None


def bring_under_seed(library, reseed):
    """Seeds a library now, and again for each task that this process is given."""
    _generators[library] = reseed
    reseed(_seed(library))


def begin():
    """Seeds anew what this process has: for programs that run in one that has drawn for itself."""
    _given.clear()
    for library, reseed in list(_generators.items()):
        reseed(_seed(library))


def _seed(library):
    """The manifest's seed; in a task that task's, which follows from the program's own seed where there is one."""
    task = lineage.current().task
    if task is None:
        return SEED
    given = _given.get(library)
    return derive_number("task", task if given is None else "%s seeded %s" % (task, given), 0, 32)


def watch_seeding(library, module, name, call):
    """Has what a program seeds a library with by a module's function remembered for the tasks that follow."""

    def look(_, seed):
        remember(library, seed)
        if settings.CLOCK is None:
            draws.seeding_from_clock(call, seed)

    return draws.watch(module, name, call, look)


def remember(library, seed):
    """Remembers what a program seeds with; a generator that is given nothing is left to the layer again."""
    try:
        if seed is None:
            _given.pop(library, None)
        else:
            _given[library] = sha256(_text(seed).encode("utf-8", "surrogatepass")).hexdigest()
    except Exception as error:
        events.fault(library, error)


def _text(seed):
    """All of a seed or state: an array's own text leaves out its middle."""
    if isinstance(seed, (tuple, list)):
        return "(%s)" % ",".join(map(_text, seed))
    if isinstance(seed, dict):
        return "{%s}" % ",".join("%s:%s" % (name, _text(value)) for name, value in seed.items())
    return repr(seed.tolist() if hasattr(seed, "tolist") else seed)


def origin():
    """What the workers of a pool that is made now have from their maker: its program, and what that has seeded."""
    return system.program(), dict(_given)


def begin_worker(program, given):
    """This process becomes a pool's worker: it has what its pool was made with, however late it was started."""
    global _given_to_worker
    system.become_part_of(program)
    _given.clear()
    _given.update(given)
    _given_to_worker = None


def begin_task(name):
    """Seeds this process, a pool's worker, for the task of that name: which worker takes it is left to chance."""
    global _given_to_worker
    if _given_to_worker is None:
        _given_to_worker = dict(_given)
    _given.clear()
    _given.update(_given_to_worker)
    lineage.become(lineage.Lineage(name, name))
    system.begin_task(name)
    for library, reseed in list(_generators.items()):
        reseed(_seed(library))


def _after_fork():
    global _given_to_worker
    _given_to_worker = None


os.register_at_fork(after_in_child=_after_fork)


def begin_task_in_thread(name):
    """Names this thread by its task: its process's generators are everyone's, and stay as they are."""
    lineage.become(lineage.Lineage(name))
    system.begin_task(name)


class in_thread_of:
    """While it lasts, this thread goes by the name of a task."""

    def __init__(self, name):
        self._name = name

    def __enter__(self):
        self._before = lineage.current()
        begin_task_in_thread(self._name)

    def __exit__(self, *_):
        lineage.become(self._before)


def entropy(use, bits):
    """What a library asks the system for: the manifest's seed at first, then numbers by the name of who asks."""
    here = lineage.current()
    number = here.count(use)
    if here.name == "" and number == 0:
        return SEED
    return derive_number(use, here.name, number, bits)
