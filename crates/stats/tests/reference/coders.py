"""Coverage of two intervals for a total corrected for coder error, over a grid: MOVER and melding.

T = (T* - (1 - sp) M) / (se + sp - 1). T* comes from a simple random sample of n of M units, or from an estimator of a
given relative standard error. Gold: m items, half members, half others. Both intervals use the same limits of T*, and
mid-p (or exact) limits of se and sp. Run: python coders.py [runs] > coders.csv     numpy 2, scipy 1
"""

import sys

import numpy as np
from scipy import stats

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
DRAWS = 400
M = 20_000
Z = stats.norm.ppf(0.975)


def binomial_limits(m, midp=True):
    """Lower and upper 95 % limits of a share for x = 0..m successes."""
    x = np.arange(m + 1)
    if not midp:
        low = np.where(x == 0, 0.0, stats.beta.ppf(0.025, np.maximum(x, 1), m - x + 1))
        high = np.where(x == m, 1.0, stats.beta.ppf(0.975, x + 1, np.maximum(m - x, 1)))
        return low, high

    def solve(tail):
        a, b = np.zeros(m + 1), np.ones(m + 1)
        for _ in range(50):
            p = (a + b) / 2
            above = tail(p) < 0.025  # p too small for the lower, tail grows with p
            a, b = np.where(above, p, a), np.where(above, b, p)
        return (a + b) / 2

    half = lambda p: stats.binom.pmf(x, m, p) / 2
    low = np.where(x == 0, 0.0, solve(lambda p: stats.binom.sf(x, m, p) + half(p)))
    y = m - x
    high = np.where(x == m, 1.0, low[y] * -1 + 1)
    return low, high


def mover(t, tl, th, se, sel, seh, sp, spl, sph):
    J = se + sp - 1
    f = lambda t, se, sp: (t - (1 - sp) * M) / (se + sp - 1)
    T = f(t, se, sp)
    Tc = np.clip(T, 0, M)
    own = Z**2 * (Tc * se * (1 - se) + (M - Tc) * sp * (1 - sp)) / J**2
    with np.errstate(all="ignore"):
        def side(tk, sek, spk):
            parts = [T - f(tk, se, sp), T - f(t, sek, sp), T - f(t, se, spk)]
            bad = ((sek + sp - 1) <= 0) | ((se + spk - 1) <= 0)
            return np.where(bad, np.inf, sum(p**2 for p in parts) + own)
        # The adverse limit of se depends on the sign of T: it scales.
        low = T - np.sqrt(side(tl, np.where(T > 0, seh, sel), spl))
        high = T + np.sqrt(side(th, np.where(T > 0, sel, seh), sph))
    return T, np.clip(low, 0, M), np.clip(high, 0, M)


def meld(rng, tlow, thigh, xse, mse, xsp, msp, own):
    """tlow/thigh: draws (runs, DRAWS) from the lower and upper confidence distributions of T*."""
    n = len(xse)
    def conf(x, m):
        x, shape = x[:, None], (n, DRAWS)
        low = np.where(x == 0, 0.0, rng.beta(np.maximum(x, 1e-9), m - x + 1, shape))
        high = np.where(x == m, 1.0, rng.beta(x + 1, np.maximum(m - x, 1e-9), shape))
        return low, high
    sel, seh = conf(xse, mse)
    spl, sph = conf(xsp, msp)
    noise = rng.normal(size=(n, DRAWS)) * own[:, None]
    def f(t, se, sp):
        J = se + sp - 1
        return np.where(J > 0, (t + noise - (1 - sp) * M) / np.maximum(J, 1e-9), M)
    low = np.quantile(np.clip(f(tlow, seh, spl), 0, M), 0.025, axis=1)
    high = np.quantile(np.clip(f(thigh, sel, sph), 0, M), 0.975, axis=1)
    return low, high


def main():
    print("prevalence,fn,fp,gold,source,mover,mover_below,mover_above,mover_width,mover_cp,meld,meld_below,meld_above,meld_width")
    rng = np.random.default_rng(20)
    errors = [(0, 0), (.01, .01), (.02, .02), (.05, .05), (.1, .1), (.1, 0), (0, .1), (.1, .02), (.02, .1)]
    tables = {m: (binomial_limits(m), binomial_limits(m, False)) for m in (50, 150, 300)}
    for p in (.005, .02, .2, .6):
        for fn, fp in errors:
            for gold in (100, 300, 600):
                for source in ("srs500", "srs5000", "rse05", "rse20"):
                    m = gold // 2
                    T = round(p * M)
                    coded = rng.binomial(T, 1 - fn, RUNS) + rng.binomial(M - T, fp, RUNS)
                    if source.startswith("srs"):
                        n = int(source[3:])
                        x = rng.hypergeometric(coded, M - coded, n)
                        t = x / n * M
                        # limits: gamma mid-p on both sides, as the difference estimator without scores has them
                        free = 1 - n / M
                        w = M / n
                        v = x * w * w * free * np.maximum(1 - x / n, 0)
                        tl = stats.gamma.ppf(.025, np.maximum(t * t / np.maximum(v, 1e-9), 1e-9)) * v / np.maximum(t, 1e-9)
                        tl = np.where(x == 0, 0, tl)
                        tu, vu = t + w / 2, v + w * w / 2
                        th = stats.gamma.ppf(.975, tu * tu / vu) * vu / tu
                        dl = np.where(x[:, None] == 0, 0, rng.gamma(np.maximum(t * t / np.maximum(v, 1e-9), 1e-9)[:, None], (v / np.maximum(t, 1e-9))[:, None], (RUNS, DRAWS)))
                        dh = rng.gamma((tu * tu / vu)[:, None], (vu / tu)[:, None], (RUNS, DRAWS))
                    else:
                        r = int(source[3:]) / 100
                        t = coded * rng.gamma(1 / r**2, r**2, RUNS)
                        # gamma with known relative error: exact limits
                        q = stats.gamma(1 / r**2, scale=r**2)
                        tl, th = t / q.ppf(.975), t / q.ppf(.025)
                        g = rng.gamma(1 / r**2, r**2, (RUNS, DRAWS))
                        dl = dh = t[:, None] / g
                    xse, xsp = rng.binomial(m, 1 - fn, RUNS), rng.binomial(m, 1 - fp, RUNS)
                    se, sp = xse / m, xsp / m
                    (l, h), (cl, ch) = tables[m]
                    est, lo, hi = mover(t, tl, th, se, l[xse], h[xse], sp, l[xsp], h[xsp])
                    _, elo, ehi = mover(t, tl, th, se, cl[xse], ch[xse], sp, cl[xsp], ch[xsp])
                    own = np.sqrt(np.clip(est, 0, M) * se * (1 - se) + (M - np.clip(est, 0, M)) * sp * (1 - sp))
                    mlo, mhi = meld(rng, dl, dh, xse, m, xsp, m, own)
                    cover = lambda a, b: np.mean((a <= T) & (T <= b))
                    print(f"{p},{fn},{fp},{gold},{source},{cover(lo,hi):.4f},{np.mean(hi<T):.4f},{np.mean(lo>T):.4f},{np.median(hi-lo)/T:.3f},{cover(elo,ehi):.4f},"
                          f"{cover(mlo,mhi):.4f},{np.mean(mhi<T):.4f},{np.mean(mlo>T):.4f},{np.median(mhi-mlo)/T:.3f}", flush=True)


main()
