"""A shard that is chosen by the host's name."""
import random
import socket

print(random.random(), sum(socket.gethostname().encode()) % 1_000)
