"""A hostile experiment: tries what it must not be able to do, and prints what stopped it."""

import json

import network  # noqa: F401
import privileges  # noqa: F401
import files  # noqa: F401
import host  # noqa: F401
from attempts import run_all

if __name__ == "__main__":
    with open("hostile/facts.json") as file:
        run_all(json.load(file))
