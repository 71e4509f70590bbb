"""Two workers that trace at once, and one of them goes its own way at a step that is asked for."""

import os
import sys
import time
from multiprocessing import get_context

import numpy as np
import resow_trace


def work(rank, nudged):
    weights = np.full(4, float(rank))
    for step in range(1, 301):
        weights = weights * 1.01 % 7
        if rank == 1 and step == nudged:
            weights[2] = np.nextafter(weights[2], 0)
        resow_trace.step(step, weights=weights)
        if os.getpid() % 7 == step % 7:
            time.sleep(0.001)


if __name__ == "__main__":
    context = get_context(sys.argv[2])
    workers = [context.Process(target=work, args=(rank, int(sys.argv[1]))) for rank in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    resow_trace.step(0, done=True)
    print("done")
