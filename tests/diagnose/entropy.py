"""A model begins with what the operating system draws."""
import os
import random

print(random.random(), os.urandom(8).hex())
