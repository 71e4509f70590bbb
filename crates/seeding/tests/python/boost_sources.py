"""Trains with XGBoost and LightGBM without a seed on rows and columns drawn by chance; a digest for each."""

import hashlib

import numpy
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_score, train_test_split

try:
    import xgboost
except ImportError:
    xgboost = None
try:
    import lightgbm
except ImportError:
    lightgbm = None


def report(name, value):
    print(name, hashlib.sha256(numpy.ascontiguousarray(value).tobytes()).hexdigest(), flush=True)


def with_xgboost(features, classes, test):
    parameters = {"objective": "binary:logistic", "subsample": 0.5, "colsample_bytree": 0.5}
    model = xgboost.train(parameters, xgboost.DMatrix(features, classes), 10)
    report("xgboost", model.predict(xgboost.DMatrix(test)))
    model = xgboost.XGBClassifier(n_estimators=10, subsample=0.5, colsample_bytree=0.5)
    report("xgboost classifier", model.fit(features, classes).predict_proba(test))
    report("xgboost in workers", cross_val_score(model, features, classes, n_jobs=2))


def with_lightgbm(features, classes, test):
    parameters = {"bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.5, "verbose": -1}
    model = lightgbm.train({"objective": "binary", **parameters}, lightgbm.Dataset(features, classes), 10)
    report("lightgbm", model.predict(test))
    model = lightgbm.LGBMClassifier(n_estimators=10, subsample=0.5, subsample_freq=1, verbose=-1)
    report("lightgbm classifier", model.fit(features, classes).predict_proba(test))
    report("lightgbm in workers", cross_val_score(model, features, classes, n_jobs=2))


if __name__ == "__main__":
    features, classes = load_breast_cancer(return_X_y=True)
    features, test, classes, _ = train_test_split(features, classes)
    if xgboost is not None:
        with_xgboost(features, classes, test)
    if lightgbm is not None:
        with_lightgbm(features, classes, test)
