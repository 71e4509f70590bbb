"""A generator of its own with a seed of its own: the experiment's does nothing."""
import random

print(random.Random(7).random())
