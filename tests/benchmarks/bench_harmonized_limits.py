"""Whether limits of the ICC of harmonized values hold the truth, with and without the uncertainty of harmonization.

Run: python tests/benchmarks/bench_harmonized_limits.py

A ComBat is learned from a reference of 100 people and a batch of few; other people (17 or 50) are then measured in
both, and harmonized by it. Features are correlated, and normal or log-normal; the true ICC(A,1), that of values whose
batch effect is taken out by what it truly is, is .9.
"""

import warnings

import numpy as np
import pandas as pd

from evaluation.reliability import icc
from evaluation.reliability.over_draws import limits_over_draws
from harmonize.combat import ComBat
from harmonize.combat.posterior import harmonized_draws

N_STUDIES, N_FEATURES, TRUE = 60, 40, 0.9


def people(rng, n, loadings, skewed):
    values = rng.normal(size=(n, 3)) @ loadings + 0.7 * rng.normal(size=(n, N_FEATURES))
    values /= np.sqrt((loadings**2).sum(axis=0) + 0.49)
    return (np.exp(0.6 * values) - np.exp(0.18)) / np.sqrt((np.exp(0.36) - 1.0) * np.exp(0.36)) if skewed else values


def study(rng, n_few, n_pairs, skewed):
    """Give covers and widths without and with what is not known of the batch."""
    loadings = rng.normal(size=(3, N_FEATURES)) * 0.4
    names = [f"f{i}" for i in range(N_FEATURES)]
    move, stretch = rng.normal(size=N_FEATURES), np.exp(0.2 * rng.normal(size=N_FEATURES))

    def measured(who):
        return np.sqrt(TRUE) * who + np.sqrt(1.0 - TRUE) * rng.normal(size=who.shape)

    first, few = measured(people(rng, 100, loadings, skewed)), measured(people(rng, n_few, loadings, skewed))
    learned = pd.DataFrame(np.concatenate([first, move + stretch * few]), columns=names)
    model = ComBat("site", reference="A").fit(learned.assign(site=["A"] * 100 + ["B"] * n_few))
    tested = people(rng, n_pairs, loadings, skewed)
    both = np.concatenate([measured(tested), move + stretch * measured(tested)])
    rows = pd.DataFrame(both, columns=names).assign(site=np.repeat(["A", "B"], n_pairs))
    draws = harmonized_draws(model, rows, n_draws=40)
    plain = model.transform(rows)
    cube = np.moveaxis(np.concatenate([plain[None], draws]).reshape(41, 2, n_pairs, N_FEATURES), (3, 1), (1, 3))
    found = icc(cube, "A,1", interval="jackknife")
    joined = limits_over_draws(found.estimate[1:], found.lower[1:], found.upper[1:])
    limits = (found.lower[0], found.upper[0]), (joined.lower, joined.upper)
    return [[((low <= TRUE) & (high >= TRUE)).mean(), (high - low).mean()] for low, high in limits]


def main():
    warnings.simplefilter("ignore")
    for skewed in (False, True):
        for n_pairs in (17, 50):
            for n_few in (5, 10, 20, 100):
                rng = np.random.default_rng(n_few)
                found = np.mean([study(rng, n_few, n_pairs, skewed) for _ in range(N_STUDIES)], axis=0)
                kind = "log-normal" if skewed else "normal"
                print(
                    f"{kind}, {n_pairs} pairs, batch of {n_few}: covered {found[0, 0]:.3f} "
                    f"(width {found[0, 1]:.2f}) without, {found[1, 0]:.3f} ({found[1, 1]:.2f}) with the uncertainty",
                    flush=True,
                )


if __name__ == "__main__":
    main()
