"""A random forest on handwritten digits, clusters of the same images, and neighbours cross-validated in two processes.

Writes the forest's predictions and importances, each image's cluster, and the score of each fold.
"""

import csv
import os

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ShuffleSplit, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier

images, labels = load_digits(return_X_y=True)
train_images, test_images, train_labels, test_labels = train_test_split(images, labels, test_size=0.25)

forest = RandomForestClassifier(n_estimators=100, n_jobs=2)
forest.fit(train_images, train_labels)
predictions = forest.predict(test_images)
print(f"accuracy on {len(test_labels)} held-out images: {(predictions == test_labels).mean():.4f}", flush=True)

clusters = KMeans(n_clusters=10, n_init=4).fit(images)
print(f"inertia of ten clusters: {clusters.inertia_:.3f}", flush=True)

scores = cross_val_score(
    KNeighborsClassifier(),
    images,
    labels,
    cv=ShuffleSplit(n_splits=4, test_size=0.25),
    n_jobs=2,
)
print(f"cross-validated accuracy: {scores.mean():.4f}")


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


os.makedirs("out", exist_ok=True)
write("out/predictions.csv", ["label", "prediction"], zip(test_labels.tolist(), predictions.tolist()))
write("out/clusters.csv", ["label", "cluster"], zip(labels.tolist(), clusters.labels_.tolist()))
write("out/folds.csv", ["fold", "accuracy"], enumerate(scores.tolist(), start=1))
np.savez("out/models.npz", importances=forest.feature_importances_, centres=clusters.cluster_centers_)
