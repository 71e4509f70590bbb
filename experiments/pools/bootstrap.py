"""Bootstraps the correlation of two measurements of tumours in pools of processes: forked, spawned, and executors'.

Each task draws with the generators that scripts usually draw from. The results are listed by task. Whichever worker is
free takes the next task, so that a worker's own stream of numbers says nothing about which task they go to.
"""

import csv
import multiprocessing
import os
import random
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

TASKS = 16
WORKERS = 2


def correlation(tumours, chosen):
    return float(np.corrcoef(tumours[chosen].T)[0, 1])


def bootstrap(tumours, task):
    count = len(tumours)
    return [
        task,
        correlation(tumours, np.random.randint(count, size=count)),
        correlation(tumours, [random.randrange(count) for _ in range(count)]),
        correlation(tumours, np.random.default_rng().integers(count, size=count)),
    ]


def main():
    # Here, since a spawned worker imports this file too.
    from sklearn.datasets import load_breast_cancer

    one = partial(bootstrap, load_breast_cancer().data[:, :2])
    rows = []
    for method in ["fork", "spawn"]:
        with multiprocessing.get_context(method).Pool(WORKERS) as pool:
            rows += [[method, *row] for row in pool.map(one, range(TASKS), chunksize=1)]
    with ProcessPoolExecutor(WORKERS) as executor:
        rows += [["executor", *row] for row in executor.map(one, range(TASKS))]

    os.makedirs("out", exist_ok=True)
    with open("out/correlations.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["pool", "task", "numpy", "random", "generator"])
        writer.writerows(rows)
    deviation = np.std([row[2:] for row in rows])
    print(f"standard deviation of {3 * len(rows)} correlations: {deviation:.6f}")


if __name__ == "__main__":
    main()
