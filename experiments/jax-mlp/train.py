"""Trains a small network with JAX on the breast cancer data: its key is drawn, as JAX asks for one.

Writes the network's weights, the loss of each epoch and the predictions on held-out patients.
"""

import csv
import json
import os

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

EPOCHS = 40
BATCH = 32
SIZES = [30, 32, 16, 1]


def initial(key):
    parameters = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        key, layer = jax.random.split(key)
        scale = np.sqrt(2.0 / inputs)
        parameters.append((scale * jax.random.normal(layer, (inputs, outputs)), jnp.zeros(outputs)))
    return parameters


def logits(parameters, features, key=None):
    hidden = features
    for weights, bias in parameters[:-1]:
        hidden = jax.nn.relu(hidden @ weights + bias)
        if key is not None:
            key, mask = jax.random.split(key)
            hidden = jnp.where(jax.random.bernoulli(mask, 0.8, hidden.shape), hidden / 0.8, 0.0)
    weights, bias = parameters[-1]
    return (hidden @ weights + bias)[:, 0]


def loss(parameters, features, labels, key):
    scores = logits(parameters, features, key)
    return jnp.mean(jnp.logaddexp(0.0, scores) - labels * scores)


@jax.jit
def step(parameters, features, labels, key):
    value, gradients = jax.value_and_grad(loss)(parameters, features, labels, key)
    moved = jax.tree_util.tree_map(lambda old, slope: old - 0.05 * slope, parameters, gradients)
    return moved, value


features, labels = load_breast_cancer(return_X_y=True)
train_features, test_features, train_labels, test_labels = train_test_split(
    features, labels, test_size=0.25, stratify=labels
)
scaler = StandardScaler().fit(train_features)
train_features = scaler.transform(train_features).astype(np.float32)
test_features = scaler.transform(test_features).astype(np.float32)

key = jax.random.key(int(np.random.default_rng().integers(2**32)))
key, first = jax.random.split(key)
parameters = initial(first)
losses = []
for epoch in range(1, EPOCHS + 1):
    order = np.random.permutation(len(train_labels))
    values = []
    for start in range(0, len(order) - BATCH + 1, BATCH):
        batch = order[start : start + BATCH]
        key, dropout = jax.random.split(key)
        parameters, value = step(parameters, train_features[batch], train_labels[batch], dropout)
        values.append(float(value))
    losses.append(sum(values) / len(values))
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {losses[-1]:.6f}", flush=True)

predictions = np.asarray(logits(parameters, test_features) > 0).astype(int)
accuracy = float((predictions == test_labels).mean())
print(f"accuracy on {len(test_labels)} held-out patients: {accuracy:.4f}")

os.makedirs("out", exist_ok=True)
np.savez("out/weights.npz", *(np.asarray(array) for layer in parameters for array in layer))
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": accuracy, "losses": losses}, file, indent=2)
    file.write("\n")
with open("out/predictions.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["label", "prediction"])
    writer.writerows(zip(test_labels.tolist(), predictions.tolist()))
