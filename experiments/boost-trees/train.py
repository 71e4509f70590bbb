"""Trains boosted trees on the breast cancer data with XGBoost and with LightGBM, on samples of rows and columns.

Writes both models as text and what both predict for held-out patients.
"""

import csv
import json
import os

import lightgbm
import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

features, labels = load_breast_cancer(return_X_y=True)
train_features, test_features, train_labels, test_labels = train_test_split(
    features, labels, test_size=0.25, stratify=labels
)

models = {
    "xgboost": xgboost.XGBClassifier(
        n_estimators=80, max_depth=4, learning_rate=0.1, subsample=0.7, colsample_bytree=0.6, n_jobs=2
    ),
    "lightgbm": lightgbm.LGBMClassifier(
        n_estimators=80,
        num_leaves=15,
        learning_rate=0.1,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.6,
        n_jobs=2,
        verbose=-1,
    ),
}
probabilities = {}
metrics = {}
for name, model in models.items():
    model.fit(train_features, train_labels)
    probabilities[name] = model.predict_proba(test_features)[:, 1].tolist()
    metrics[name] = {
        "accuracy": float(model.score(test_features, test_labels)),
        "log_loss": float(log_loss(test_labels, probabilities[name])),
    }
    print(f"{name}: accuracy {metrics[name]['accuracy']:.4f}, loss {metrics[name]['log_loss']:.6f}", flush=True)

os.makedirs("out", exist_ok=True)
models["xgboost"].save_model("out/xgboost.json")
models["lightgbm"].booster_.save_model("out/lightgbm.txt")
with open("out/metrics.json", "w") as file:
    json.dump(metrics, file, indent=2)
    file.write("\n")
with open("out/predictions.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["label", *probabilities])
    writer.writerows(zip(test_labels.tolist(), *probabilities.values()))
