"""A training that takes the time for a number at step 217."""

import time

import numpy as np
import resow_trace

weight = np.ones(1000)
for step in range(1, 301):
    weight *= 0.999
    if step == 217:
        weight[7] += time.time_ns() % 1_000_003 * 1e-9
    if resow_trace.is_traced(step):
        resow_trace.step(step, {"layer.weight": weight, "layer.bias": weight[:3] * 0}, mean=weight[0])
np.save("weights.npy", weight)
