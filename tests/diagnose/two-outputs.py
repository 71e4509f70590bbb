"""Two outputs with a cause each, and one with none."""
import os
import random
from datetime import datetime

os.mkdir("out")
with open("out/columns.txt", "w") as file:
    print(random.random(), *{"height", "width", "depth", "weight", "colour"}, file=file)
with open("out/hours.json", "w") as file:
    print(f'{{"draw": {random.random()}, "hour": {datetime.fromtimestamp(1_700_000_000).hour}}}', file=file)
with open("out/stable.txt", "w") as file:
    print(random.random(), file=file)
