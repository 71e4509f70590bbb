"""Numbers as the language writes them."""
import os
import random

text = str(random.random())
print(text.replace(".", ",") if os.environ.get("LC_ALL", "").startswith("de") else text)
