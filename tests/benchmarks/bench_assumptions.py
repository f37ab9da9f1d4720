"""How often something is told of tables that are as ComBat supposes, and of tables that are not.

Run: python tests/benchmarks/bench_assumptions.py
"""

import warnings
from collections import Counter

import numpy as np
import pandas as pd

from harmonize.combat import ComBat, check_assumptions

N_DRAWS, N_FEATURES = 100, 93


def drawn(rng, n_rows, skewed, interaction):
    """Draw two batches of features with three factors in common; an age acts on all, in B more by `interaction`."""
    values = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, N_FEATURES)) * 0.5 + 0.6 * rng.normal(
        size=(n_rows, N_FEATURES)
    )
    if skewed:
        values = np.exp(0.6 * values)
    codes, age = np.arange(n_rows) % 2, rng.normal(size=n_rows)
    unit = values.std(axis=0)
    values = values + unit * (0.3 + interaction * codes[:, None]) * age[:, None]
    values = (
        rng.normal(size=(2, N_FEATURES))[codes] * unit + np.exp(0.2 * rng.normal(size=(2, N_FEATURES)))[codes] * values
    )
    names = [f"f{i}" for i in range(N_FEATURES)]
    return pd.DataFrame(values, columns=names).assign(site=np.array(["A", "B"])[codes], age=age)


def main():
    warnings.simplefilter("ignore")
    for skewed in (False, True):
        for n_rows in (10, 20, 40, 100):
            for interaction in (0.0, 0.5):
                told = Counter()
                for seed in range(N_DRAWS):
                    table = drawn(np.random.default_rng(seed), n_rows, skewed, interaction)
                    told.update(
                        {one.check for one in check_assumptions(ComBat("site", continuous="age").fit(table), table)}
                    )
                shares = {name: n / N_DRAWS for name, n in sorted(told.items())}
                print(
                    "log-normal" if skewed else "normal", n_rows, "rows, interaction", interaction, shares, flush=True
                )


if __name__ == "__main__":
    main()
