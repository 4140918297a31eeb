"""Reference values for tests/survey.rs from ppi-python.

    pip install ppi-python==0.2.3 && python ppi.py      (in this folder; writes the CSV files beside it)

ppi-python 0.2.3 (Angelopoulos, Bates, Fannjiang, Jordan & Zrnic), numpy 2.4. A population of 400 units with scores f and labels
y, of which a simple random sample of 60 is labelled. ppi-python's unlabelled data is the whole population here: then its mean
with lam = 1 is the difference estimator over N, and with the lam it chooses the same with scores lam*f.
"""

import csv

import numpy as np
from ppi_py import ppi_mean_ci, ppi_mean_pointestimate
from ppi_py.ppi import _calc_lam_glm

rng = np.random.default_rng(7)
N, n = 400, 60
f = rng.beta(0.6, 2.0, N)
y = (rng.random(N) < np.clip(0.05 + 0.9 * f, 0, 1)).astype(float)
drawn = np.zeros(N, dtype=bool)
drawn[rng.choice(N, n, replace=False)] = True

with open("ppi_population.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["f", "drawn", "y"])
    for i in range(N):
        writer.writerow([repr(float(f[i])), int(drawn[i]), y[i] if drawn[i] else 0])

point = ppi_mean_pointestimate(y[drawn], f[drawn], f, lam=1).item()
lam = _calc_lam_glm(
    (y[drawn] - point).reshape(-1, 1), (f[drawn] - point).reshape(-1, 1), (f - point).reshape(-1, 1), np.eye(1), clip=True
)

with open("ppi.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["case", "lam", "value", "low", "high"])
    for case, chosen in [("ppi", 1.0), ("ppi++", None), ("classical", 0.0)]:
        value = ppi_mean_pointestimate(y[drawn], f[drawn], f, lam=chosen).item()
        low, high = (end.item() for end in ppi_mean_ci(y[drawn], f[drawn], f, alpha=0.05, lam=chosen))
        writer.writerow([case, repr(float(lam if chosen is None else chosen)), repr(value), repr(low), repr(high)])
