"""Cross-validates random forests on handwritten digits in two processes, each of which draws for the folds it takes.

Whichever process is free takes the next fold, so that a process's own stream of numbers says nothing about which fold
they go to. Writes the score of each fold.
"""

import csv
import os

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ShuffleSplit, cross_val_score

images, labels = load_digits(return_X_y=True)
scores = cross_val_score(
    RandomForestClassifier(n_estimators=30, max_features=4),
    images,
    labels,
    cv=ShuffleSplit(n_splits=6, test_size=0.25),
    n_jobs=2,
)
print(f"cross-validated accuracy: {scores.mean():.4f}")

os.makedirs("out", exist_ok=True)
with open("out/folds.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["fold", "accuracy"])
    writer.writerows(enumerate(scores.tolist(), start=1))
