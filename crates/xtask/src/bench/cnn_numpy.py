"""A small convolutional network on random images, by NumPy alone: 300 steps, each of which it traces itself."""

import numpy as np
import resow_trace

rng = np.random.default_rng(0)
images = rng.standard_normal((512, 16, 16))
labels = rng.integers(0, 10, 512)
weights = {
    "conv.weight": rng.standard_normal((9, 16)) / 3,
    "fc1.weight": rng.standard_normal((14 * 14 * 16, 64)) / 56,
    "fc2.weight": rng.standard_normal((64, 10)) / 8,
}
for step in range(1, 301):
    rows = rng.integers(0, 512, 64)
    patches = np.lib.stride_tricks.sliding_window_view(images[rows], (3, 3), (1, 2)).reshape(64, 196, 9)
    convolved = np.maximum(patches @ weights["conv.weight"], 0)
    flat = convolved.reshape(64, -1)
    hidden = np.maximum(flat @ weights["fc1.weight"], 0)
    scores = hidden @ weights["fc2.weight"]
    error = np.exp(scores - scores.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    loss = -np.log(error[np.arange(64), labels[rows]] + 1e-12).mean()
    error[np.arange(64), labels[rows]] -= 1
    to_hidden = (error @ weights["fc2.weight"].T) * (hidden > 0)
    to_convolved = (to_hidden @ weights["fc1.weight"].T).reshape(convolved.shape) * (convolved > 0)
    weights["fc2.weight"] -= 1e-3 * hidden.T @ error
    weights["fc1.weight"] -= 1e-3 * flat.T @ to_hidden
    weights["conv.weight"] -= 1e-3 * np.einsum("bpk,bpc->kc", patches, to_convolved)
    resow_trace.step(step, weights)
print(f"{loss:.3f}")
