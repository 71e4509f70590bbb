"""Columns in the order of a set of texts."""
import random

print(random.random(), *{"height", "width", "depth", "weight", "colour", "shape", "price"})
