"""Trains a small network on the handwritten digits that ship with scikit-learn.

Writes its weights, its metrics and its predictions on held-out images, so that a rerun can be compared byte for byte.
"""

import argparse
import csv
import json
import os

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

arguments = argparse.ArgumentParser()
arguments.add_argument("--seed", type=int, required=True)
arguments.add_argument("--learning-rate", type=float, required=True)
arguments.add_argument("--epochs", type=int, required=True)
options = arguments.parse_args()

images, labels = load_digits(return_X_y=True)
train_images, test_images, train_labels, test_labels = train_test_split(
    images / 16.0, labels, test_size=0.25, stratify=labels, random_state=options.seed
)

network = MLPClassifier(
    hidden_layer_sizes=(32,),
    learning_rate_init=options.learning_rate,
    random_state=options.seed,
)
for epoch in range(1, options.epochs + 1):
    network.partial_fit(train_images, train_labels, classes=np.arange(10))
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {network.loss_:.6f}", flush=True)

predictions = network.predict(test_images)
accuracy = float((predictions == test_labels).mean())
print(f"accuracy on {len(test_labels)} held-out images: {accuracy:.4f}")

os.makedirs("out", exist_ok=True)
np.savez("out/weights.npz", *network.coefs_, *network.intercepts_)
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": accuracy, "loss": network.loss_}, file, indent=2)
    file.write("\n")
with open("out/predictions.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["label", "prediction"])
    writer.writerows(zip(test_labels.tolist(), predictions.tolist()))
