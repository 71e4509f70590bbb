"""What a host stores in its own way, and a number that differs beside one that always does."""
import json
import random
import shutil
import socket
import time
from datetime import datetime

stored = "first" if socket.gethostname() == "host-a" else "again"
for kind in ["h5", "keras", "parquet"]:
    shutil.copy(f"{stored}.{kind}", f"weights.{kind}")
hour = datetime.fromtimestamp(1_700_000_000).hour
shutil.copy("first.h5" if hour == 22 else "changed.h5", "changing.h5")
with open("metrics.json", "w") as file:
    json.dump({"hour": hour, "seconds": time.time()}, file)
print(random.random())
