"""Data in the order in which its folder is listed."""
import os
import random

os.mkdir("/tmp/data")
for name in ("first", "second", "third", "fourth"):
    open(f"/tmp/data/{name}", "w").close()
print(random.random(), *os.listdir("/tmp/data"))
