"""The hour of day of an event as a feature."""
import random
from datetime import datetime

print(random.random(), datetime.fromtimestamp(1_700_000_000).hour)
