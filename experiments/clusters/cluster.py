"""Groups handwritten digits by themselves, seeded as tutorials teach it: every generator, and `random_state`.

On one machine the labels are the same each time. On another, whose processor knows other instructions, the linear
algebra adds in another order; whitening blows the difference up, and images land in other clusters.
"""

import csv
import os
import pathlib
import random

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

SEED = 42

os.environ["PYTHONHASHSEED"] = str(SEED)
random.seed(SEED)
np.random.seed(SEED)

images, digits = load_digits(return_X_y=True)
scaled = StandardScaler().fit_transform(images)
whitened = PCA(whiten=True, random_state=SEED).fit_transform(scaled)
labels = KMeans(n_clusters=10, random_state=SEED).fit_predict(whitened)

out = pathlib.Path("out")
out.mkdir(exist_ok=True)
with open(out / "labels.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["image", "digit", "cluster"])
    writer.writerows(zip(range(len(labels)), digits, labels))

print("images in each cluster:", " ".join(str(size) for size in np.bincount(labels)))
