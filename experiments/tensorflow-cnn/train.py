"""Trains a small convolutional network on handwritten digits with Keras, on images with noise.

Writes the network's weights, the history of its training and the predictions on held-out images.
"""

import csv
import json
import os

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tensorflow import keras

EPOCHS = 6

images, labels = load_digits(return_X_y=True)
images = (images / 16.0).reshape(-1, 8, 8, 1).astype("float32")
train_images, test_images, train_labels, test_labels = train_test_split(
    images, labels, test_size=0.25, stratify=labels
)


def with_noise(image, label):
    return image + tf.random.normal(tf.shape(image), stddev=0.05), label


noisy = (
    tf.data.Dataset.from_tensor_slices((train_images, train_labels))
    .shuffle(len(train_labels))
    .map(with_noise, num_parallel_calls=tf.data.AUTOTUNE)
    .batch(64)
    .prefetch(tf.data.AUTOTUNE)
)

model = keras.Sequential(
    [
        keras.layers.Input((8, 8, 1)),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dropout(0.25),
        keras.layers.Dense(10),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(2e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
first = model.fit(noisy, epochs=EPOCHS, verbose=0)
# Then a few epochs on the images as they are.
last = model.fit(train_images, train_labels, batch_size=64, epochs=2, shuffle=True, verbose=0)
losses = first.history["loss"] + last.history["loss"]
for epoch, loss in enumerate(losses, start=1):
    print(f"epoch {epoch}: loss {loss:.6f}", flush=True)

predictions = model.predict(test_images, verbose=0).argmax(axis=1)
accuracy = float((predictions == test_labels).mean())
print(f"accuracy on {len(test_labels)} held-out images: {accuracy:.4f}")

os.makedirs("out", exist_ok=True)
np.savez("out/weights.npz", *model.get_weights())
with open("out/metrics.json", "w") as file:
    json.dump({"accuracy": accuracy, "losses": losses}, file, indent=2)
    file.write("\n")
with open("out/predictions.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["label", "prediction"])
    writer.writerows(zip(test_labels.tolist(), predictions.tolist()))
