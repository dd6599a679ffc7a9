"""The clusters that scikit-learn's DBSCAN finds in windows of rows: JSON in, JSON out."""
import json
import sys

import numpy
from sklearn.cluster import DBSCAN

answers = []
for case in json.load(sys.stdin):
    rows = numpy.array(case["rows"])
    model = DBSCAN(eps=case["scanRadius"], min_samples=case["minimumNumberOfPointsInAHotspot"])
    windows = []
    for asked in case["asked"]:
        window = rows[max(0, asked - case["windowSize"]) : asked]
        labels = model.fit(window).labels_
        clusters = [window[labels == label] for label in range(labels.max() + 1)]
        windows.append(
            [
                {
                    "points": len(points),
                    "minValues": points.min(axis=0).tolist(),
                    "maxValues": points.max(axis=0).tolist(),
                }
                for points in clusters
            ]
        )
    answers.append(windows)
json.dump(answers, sys.stdout)
