"""A sum in as many parts as there are threads: the order of additions, and so the last digits, depend on them."""
import os
import random
from concurrent.futures import ThreadPoolExecutor

threads = int(os.environ["OMP_NUM_THREADS"])
values = [random.random() for _ in range(10_000)]
with ThreadPoolExecutor(threads) as pool:
    print(sum(pool.map(sum, [values[part::threads] for part in range(threads)])).hex())
