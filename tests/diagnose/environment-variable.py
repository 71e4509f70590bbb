"""A variable of the environment as a feature, whatever libraries make of it."""
import os
import random

print(random.random(), os.environ["OMP_NUM_THREADS"])
