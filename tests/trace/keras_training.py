"""A small network of Keras, trained for 320 batches by `fit`. Before a batch, one weight becomes another."""

import sys

import keras
import numpy as np

nudged = int(sys.argv[1])


class Nudge(keras.callbacks.Callback):
    batches = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.batches += 1
        if self.batches == nudged:
            kernel = self.model.get_layer("fc1").kernel
            values = kernel.numpy()
            values[3, 2] = np.nextafter(values[3, 2] * 2, np.float32(9))
            kernel.assign(values)


x = np.random.rand(512, 8).astype("float32")
y = np.random.randint(0, 4, 512)
model = keras.Sequential(
    [
        keras.layers.Dense(16, activation="relu", name="fc1"),
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.Dense(4, name="fc2"),
    ]
)
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, batch_size=16, epochs=10, verbose=0, callbacks=[Nudge()])
np.savez("weights.npz", **{weight.path.replace("/", "."): weight.numpy() for weight in model.weights})
