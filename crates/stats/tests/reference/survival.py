"""What lifelines says of the same data, written to survival_lifelines.csv beside this script.

lifelines 0.30.0.  Run: python survival.py  (after survival.R)
"""

import pathlib

import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter, NelsonAalenFitter
from lifelines.statistics import multivariate_logrank_test

here = pathlib.Path(__file__).parent
d = pd.read_csv(here / "survival.csv")
rows = []


def put(name, *values):
    rows.extend(f"{name},{float(value)!r}" for value in values)


ages = [1, 3, 7, 14, 30, 45]
km = KaplanMeierFitter().fit(d.exit, d.ended, entry=d.entry)
put("curve", *km.survival_function_at_times(ages))
put("median", km.median_survival_time_)
na = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(d.exit, d.ended, entry=d.entry)
put("hazard", *na.cumulative_hazard_at_times(ages))
put("log-rank", multivariate_logrank_test(d.exit, d.group, d.ended).test_statistic)

cox = CoxPHFitter()
cox.fit(d[["entry", "exit", "ended", "x1", "x2"]], "exit", "ended", entry_col="entry", fit_options={"precision": 1e-12})
put("cox coefficients", *cox.params_)
put("cox errors", *cox.standard_errors_)
(here / "survival_lifelines.csv").write_text("name,value\n" + "\n".join(rows) + "\n")
