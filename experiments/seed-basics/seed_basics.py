"""What a seed fixes in plain Python: the same numbers from the same seed, on every machine.

CPython's generator is the Mersenne Twister, and `randint` has drawn the same way since Python 3.2, so the numbers
below are the ones that anybody gets. (A tutorial that teaches this prints 3, 2, 7 for the last line; that is wrong:
seed 123 gives 1, 5, 2.)
"""

import random

random.seed(42)
print("seed 42, five from 80 to 100:", [random.randint(80, 100) for _ in range(5)])

random.seed(42)
print("seed 42, one from 1 to 10:", random.randint(1, 10))

random.seed(123)
print("seed 123, three from 1 to 10:", [random.randint(1, 10) for _ in range(3)])
