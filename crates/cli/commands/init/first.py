"""A first experiment: the mean of a thousand draws, which the seed decides."""

import os
import random

random.seed(int(os.environ["RESOW_SEED"]))
draws = [random.gauss(0, 1) for _ in range(1000)]
print("mean of 1000 draws:", sum(draws) / len(draws))
