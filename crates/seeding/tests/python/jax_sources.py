"""Draws as scripts with JAX do: keys are made from numbers, and what makes the numbers may have no seed."""

import hashlib
import os
import random

import jax
import numpy


def report(name, value):
    print(name, hashlib.sha256(repr(value).encode()).hexdigest(), flush=True)


def train(key):
    first, second = jax.random.split(key)
    features, target = jax.random.normal(first, (64, 16)), jax.random.normal(second, (64,))

    def loss(weights):
        return ((features @ weights - target) ** 2).mean()

    step = jax.jit(lambda weights: weights - 0.1 * jax.grad(loss)(weights))
    weights = numpy.random.rand(16).astype("float32")
    for _ in range(20):
        weights = step(weights)
    return numpy.asarray(weights).tolist()


if __name__ == "__main__":
    report("key from random", jax.random.uniform(jax.random.PRNGKey(random.getrandbits(31)), (3,)).tolist())
    report("key from NumPy", jax.random.uniform(jax.random.PRNGKey(numpy.random.randint(2**31)), (3,)).tolist())
    system = int.from_bytes(os.urandom(3), "little")
    report("key from the system", jax.random.uniform(jax.random.PRNGKey(system), (3,)).tolist())
    report("training", train(jax.random.PRNGKey(0)))
