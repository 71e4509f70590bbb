"""A sum in as many parts as there are processors."""
import os
import random

processors = len(os.sched_getaffinity(0))
values = [random.random() for _ in range(10_000)]
print(sum(sum(values[part::processors]) for part in range(processors)).hex())
