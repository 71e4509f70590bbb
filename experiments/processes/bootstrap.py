"""Bootstraps the correlation of two measurements of tumours with a process, or a thread, of its own for each task.

Half of the processes are forked and half are spawned. Each task draws with the generators that scripts usually draw
from, and from the operating system. The results are listed by task.
"""

import csv
import multiprocessing
import os
import queue
import random
import threading

import numpy as np

TASKS = 4


def correlation(tumours, chosen):
    return float(np.corrcoef(tumours[chosen].T)[0, 1])


def from_entropy(count):
    system = random.SystemRandom()
    return [system.randrange(count) for _ in range(count)]


def bootstrap(tumours, task, results):
    count = len(tumours)
    own = random.Random()
    row = [
        task,
        correlation(tumours, np.random.default_rng().integers(count, size=count)),
        correlation(tumours, [own.randrange(count) for _ in range(count)]),
        correlation(tumours, from_entropy(count)),
    ]
    if threading.current_thread() is threading.main_thread():
        row.append(correlation(tumours, np.random.randint(count, size=count)))
        row.append(correlation(tumours, [random.randrange(count) for _ in range(count)]))
    results.put(row)


def in_processes(tumours, method):
    context = multiprocessing.get_context(method)
    results = context.Queue()
    processes = [context.Process(target=bootstrap, args=(tumours, task, results)) for task in range(TASKS)]
    for process in processes:
        process.start()
    rows = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return sorted(rows)


def in_threads(tumours):
    # Generators that threads share have no order between them: a thread's own ones do.
    results = queue.Queue()
    threads = [threading.Thread(target=bootstrap, args=(tumours, task, results)) for task in range(TASKS)]
    for thread in threads:
        thread.start()
    rows = [results.get() for _ in threads]
    for thread in threads:
        thread.join()
    return sorted(rows)


def main():
    # Here, since a spawned process imports this file too.
    from sklearn.datasets import load_breast_cancer

    tumours = load_breast_cancer().data[:, :2]
    rows = []
    for method in ["fork", "spawn"]:
        rows += [[method, *row] for row in in_processes(tumours, method)]
    rows += [["thread", *row] for row in in_threads(tumours)]

    os.makedirs("out", exist_ok=True)
    with open("out/correlations.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["started", "task", "generator", "own random", "entropy", "numpy", "random"])
        writer.writerows(rows)
    for row in rows:
        print(*row[:2], *(f"{value:.6f}" for value in row[2:]))


if __name__ == "__main__":
    main()
