"""Draws from every source of randomness of TensorFlow and Keras that a script may use without a seed; digests."""

import hashlib

import numpy
import tensorflow as tf


def report(name, value):
    print(name, hashlib.sha256(repr(value).encode()).hexdigest(), flush=True)


def train(epochs=2):
    images = numpy.random.rand(64, 16, 16, 1).astype("float32")
    classes = numpy.random.randint(0, 10, 64)
    network = tf.keras.Sequential(
        [
            tf.keras.layers.Conv2D(8, 3, activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(10),
        ]
    )
    network.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    network.fit(images, classes, epochs=epochs, batch_size=16, verbose=0)
    return [weights.tolist() for weights in network.get_weights()]


@tf.function
def in_graph():
    return tf.random.normal((3,))


if __name__ == "__main__":
    report("global", [tf.random.uniform((3,)).numpy().tolist(), tf.random.normal((3,)).numpy().tolist()])
    report("global generator", tf.random.get_global_generator().normal((2,)).numpy().tolist())
    report("in a graph", [in_graph().numpy().tolist(), in_graph().numpy().tolist()])
    report("initialiser", tf.keras.initializers.GlorotUniform()((3, 3)).numpy().tolist())
    shuffled = tf.data.Dataset.range(50).shuffle(50)
    report("shuffled data", [int(one) for _ in range(2) for one in shuffled])
    mapped = shuffled.map(lambda one: tf.random.uniform(()), num_parallel_calls=2)
    report("parallel data", [float(one) for one in mapped])
    report("training", train())
