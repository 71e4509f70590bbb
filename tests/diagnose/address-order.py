"""Layers in the order of a set of objects."""
import random


class Layer:
    def __init__(self, number):
        self.number = number


print(random.random(), *[layer.number for layer in {Layer(number) for number in range(5_000)}])
