"""Reference values for tests/agreement.rs: Krippendorff's alpha (krippendorff 0.9.0), Cohen's kappa with the standard
error of Fleiss, Cohen & Everitt (statsmodels 0.15.0), and mid-p limits (scipy 1.17.1).

Run: python agreement.py > agreement.json
"""

import json

import krippendorff
import numpy as np
from scipy import optimize, stats
from statsmodels.stats.inter_rater import cohens_kappa

N = np.nan
EXAMPLES = {
    # Krippendorff 2011, Computing Krippendorff's Alpha-Reliability: A, B and C
    "binary": [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]],
    "nominal": [[1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1], [2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]],
    "missing": [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    ],
}
rng = np.random.default_rng(7)
truth = rng.integers(0, 3, 60)
random = np.where(rng.random((5, 60)) < 0.7, truth, rng.integers(0, 3, (5, 60))).astype(float)
random[rng.random((5, 60)) < 0.4] = N
EXAMPLES["random"] = random.tolist()

out = {"alpha": [], "kappa": [], "mid_p": []}
for name, data in EXAMPLES.items():
    alpha = krippendorff.alpha(reliability_data=np.array(data, float), level_of_measurement="nominal")
    rows = [[None if np.isnan(v) else int(v) for v in np.array(row, float)] for row in data]
    out["alpha"].append({"name": name, "coders": rows, "alpha": float(alpha)})

# The first: psychiatric diagnoses, Fleiss, Levin & Paik 2003, Statistical methods for rates and proportions, table 18.1
for table in ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], [[20, 5], [10, 15]], [[88, 14, 18], [10, 40, 10], [2, 6, 12]], [[2, 8], [7, 1]]):
    found = cohens_kappa(np.array(table))
    out["kappa"].append({"table": table, "kappa": float(found.kappa), "se": float(found.std_kappa), "low": float(found.kappa_low), "high": float(found.kappa_upp)})

for x, m in ((0, 10), (1, 10), (5, 10), (10, 10), (95, 100), (299, 300), (1, 1)):
    def solve(x):
        if x == 0:
            return 0.0
        return optimize.brentq(lambda p: stats.binom.sf(x, m, p) + stats.binom.pmf(x, m, p) / 2 - 0.025, 1e-12, 1 - 1e-15, xtol=1e-14)
    out["mid_p"].append({"right": x, "items": m, "low": float(solve(x)), "high": float(1 - solve(m - x))})

print(json.dumps(out, indent=1))
