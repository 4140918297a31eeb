"""Reference values for crates/stats/src/open, by a likelihood written independently: every capture history has its
probability summed over all (entry, exit) paths, and scipy's optimiser maximises the sum. No m-array, no recursion.

Run: python3 open.py > open.json          (made with Python 3, numpy 2.4.6, scipy 1.17.1)

The data are the European dippers of Marzolin 1988 (Lebreton et al. 1992), 294 birds in 7 years, as m-array and numbers
first caught. Nothing was lost on capture.
"""
import json

import numpy as np
from scipy.optimize import minimize

FIRST = [22, 49, 52, 45, 41, 46, 39]
AGAIN = [
    [0, 11, 2, 0, 0, 0, 0],
    [0, 0, 24, 1, 0, 0, 0],
    [0, 0, 0, 34, 2, 0, 0],
    [0, 0, 0, 0, 45, 1, 2],
    [0, 0, 0, 0, 0, 51, 0],
    [0, 0, 0, 0, 0, 0, 52],
    [0] * 7,
]
K = 7


def histories():
    """Histories that have this m-array: sightings strung together in any order, as the likelihood only sees the m-array."""
    left = [row[:] for row in AGAIN]
    out = []
    for start in range(K):
        for _ in range(FIRST[start]):
            history, t = [0] * K, start
            history[t] = 1
            # Take what is left of t's row; leaving last, so that all of the m-array is used up.
            while True:
                ahead = [j for j in range(t + 1, K) if left[t][j] > 0]
                if not ahead:
                    break
                left[t][ahead[0]] -= 1
                t = ahead[0]
                history[t] = 1
            out.append(tuple(history))
    assert all(v == 0 for row in left for v in row)
    return out


HISTORIES = histories()
UNIQUE = sorted(set(HISTORIES))
TIMES = [HISTORIES.count(h) for h in UNIQUE]


def path_probability(history, enter, leave, phi, p):
    """P(history | there from `enter` to `leave`), times P(stays from enter to leave and then goes)."""
    chance = 1.0
    for t in range(enter, leave + 1):
        chance *= p[t] if history[t] else 1 - p[t]
        if t < leave:
            chance *= phi[t]
    return chance * (1 - phi[leave] if leave < K - 1 else 1.0)


def cjs(phi, p):
    total = 0.0
    for h, times in zip(UNIQUE, TIMES):
        first, last = h.index(1), K - 1 - h[::-1].index(1)
        chance = sum(path_probability(h, first, leave, phi, p) for leave in range(last, K)) / p[first]
        total += times * np.log(chance)
    return total


def entered(h, phi, p, b):
    """P(history), over all entries and exits."""
    first = h.index(1) if 1 in h else K - 1
    last = K - 1 - h[::-1].index(1) if 1 in h else 0
    return sum(
        b[enter] * path_probability(h, enter, leave, phi, p)
        for enter in range(first + 1)
        for leave in range(max(last, enter), K)
    )


def ever(phi, p, b):
    return 1 - entered((0,) * K, phi, p, b)


def popan(phi, p, b):
    """Given that a unit was seen at all."""
    total = sum(times * np.log(entered(h, phi, p, b)) for h, times in zip(UNIQUE, TIMES))
    return total - sum(TIMES) * np.log(ever(phi, p, b))


def expit(x):
    return 1 / (1 + np.exp(-x))


def hessian(f, x, step=1e-3):
    d = len(x)
    unit = np.eye(d) * step
    h = np.empty((d, d))
    for i in range(d):
        for j in range(d):
            # Fourth-order in the step by Richardson's extrapolation of the central difference.
            def second(s):
                a, c = unit[i] * s, unit[j] * s
                return (f(x + a + c) - f(x + a - c) - f(x - a + c) + f(x - a - c)) / (4 * (step * s) ** 2)

            h[i, j] = (4 * second(1.0) - second(2.0)) / 3
    return h


def fit(f, start):
    x = minimize(lambda x: -f(x), start, method="BFGS", options={"gtol": 1e-7}).x
    x = minimize(lambda x: -f(x), x, method="Nelder-Mead",
                 options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 40000, "maxfev": 40000, "adaptive": True}).x
    x = minimize(lambda x: -f(x), x, method="BFGS", options={"gtol": 1e-9}).x
    return x, np.linalg.inv(-hessian(f, x))


def delta(function, x, covariance, step=1e-5):
    def slope(i):
        e = np.zeros(len(x))
        e[i] = step
        return (np.asarray(function(x + e)) - np.asarray(function(x - e))) / (2 * step)

    jacobian = np.array([slope(i) for i in range(len(x))]).T
    return list(np.asarray(function(x))), list(np.sqrt(np.diag(jacobian @ covariance @ jacobian.T)))


def main():
    out = {}
    f = lambda x: cjs([expit(x[0])] * (K - 1), [expit(x[1])] * K)
    x, v = fit(f, np.zeros(2))
    out["phi.p."] = dict(zip(("value", "se"), delta(expit, x, v)), log_likelihood=f(x))

    f = lambda x: cjs(expit(x[: K - 1]), [0.5] + [expit(x[K - 1])] * (K - 1))
    x, v = fit(f, np.zeros(K))
    out["phit.p."] = dict(zip(("value", "se"), delta(expit, x, v)), log_likelihood=f(x))

    # The last p is 1: the last phi is the product.
    f = lambda x: cjs(expit(x[: K - 1]), [0.5] + list(expit(x[K - 1 :])) + [1.0])
    x, v = fit(f, np.zeros(2 * (K - 1) - 1))
    out["phit.pt"] = dict(zip(("value", "se"), delta(expit, x, v)), log_likelihood=f(x))

    units = sum(FIRST)

    def rates(x, survivals):
        phi = list(expit(x[:survivals])) * (K - 1 if survivals == 1 else 1)
        p = expit(x[survivals : -(K - 1)])
        p = [p[0]] * K if len(p) == 1 else [p[0], *p, p[-1]]
        b = np.exp(np.concatenate([[0.0], x[-(K - 1) :]]))
        return phi, p, b / b.sum()

    def sizes(x, seen, survivals):
        phi, p, b = rates(x, survivals)
        size = seen / ever(phi, p, b)
        n = [size * b[0]]
        for t in range(K - 1):
            n.append(n[t] * phi[t] + size * b[t + 1])
        return [size] + n + [size * share for share in b]

    def report(start, survivals):
        f = lambda x: popan(*rates(x, survivals))
        x, v = fit(f, start)
        # The number seen at all is binomial, and independent of the rest given it.
        share = ever(*rates(x, survivals))
        v = np.pad(v, (0, 1))
        v[-1, -1] = units * (1 - share)
        value, se = delta(lambda y: sizes(y[:-1], y[-1], survivals), np.append(x, units), v)
        return {"super": [value[0], se[0]], "size": value[1 : K + 1], "size_se": se[1 : K + 1],
                "entered": value[K + 1 :], "entered_se": se[K + 1 :]}

    out["popan.phi.p."] = report(np.concatenate([[0.2, 2.0], np.zeros(K - 1)]), 1)
    out["popan.phit.pt"] = report(np.concatenate([np.zeros(K - 1), np.full(K - 2, 2.0), np.zeros(K - 1)]), K - 1)
    print(json.dumps(out, indent=1))


main()
