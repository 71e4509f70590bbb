"""Nothing but the seed."""
import random

print(random.random())
