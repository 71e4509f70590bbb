"""The wall clock as seed."""
import random
import time

print(random.random(), random.Random(time.time_ns()).random())
