"""A small network, trained by hand for 300 steps. At a step that is asked for, one weight becomes its next neighbour."""

import os
import random
import sys

import numpy as np
import resow_trace

nudged = int(sys.argv[1])
generator = np.random.default_rng(0)
x = generator.normal(size=(256, 8))
y = np.sin(x.sum(axis=1, keepdims=True))
weights = {
    "fc1.weight": generator.normal(size=(8, 16)) * 0.3,
    "fc1.bias": np.zeros(16),
    "fc2.weight": generator.normal(size=(16, 1)) * 0.3,
}
for step in range(1, 301):
    rows = generator.integers(0, 256, size=32)
    hidden = np.tanh(x[rows] @ weights["fc1.weight"] + weights["fc1.bias"])
    error = hidden @ weights["fc2.weight"] - y[rows]
    back = (error @ weights["fc2.weight"].T) * (1 - hidden**2)
    weights["fc2.weight"] -= 0.01 * hidden.T @ error / 32
    weights["fc1.weight"] -= 0.01 * x[rows].T @ back / 32
    weights["fc1.bias"] -= 0.01 * back.mean(axis=0)
    if step == nudged:
        weights["fc1.weight"][3, 2] = np.nextafter(weights["fc1.weight"][3, 2], np.inf)
    resow_trace.step(step, weights, loss=float((error**2).mean()))
np.savez("weights.npz", **weights)
# Every draw that a trace could shift.
print(random.random(), np.random.random(), os.urandom(8).hex(), hash("text"))
