"""As much memory as the environment takes."""
import os
import random

print(random.random(), sum(len(name) + len(value) + 10 for name, value in os.environ.items()))
