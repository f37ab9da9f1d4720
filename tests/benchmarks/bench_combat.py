"""How much faster ComBat is than the neuroCombat package, both measured in this run.

Run it with `python tests/benchmarks/bench_combat.py`.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from neuroCombat import neuroCombat

from harmonize.combat import ComBat, LongitudinalComBat, SmallBatchWarning, leave_one_group_out

N_FEATURES, N_BATCHES = 2790, 4


def simulate(n_rows: int) -> pd.DataFrame:
    """Make a table of features with batch effects, one column per feature and the batch as the last column."""
    rng = np.random.default_rng(n_rows)
    codes = np.arange(n_rows) % N_BATCHES
    location = rng.normal(size=(N_BATCHES, N_FEATURES))
    scale = rng.uniform(0.7, 1.4, size=(N_BATCHES, N_FEATURES))
    values = 5.0 + location[codes] + scale[codes] * rng.normal(size=(n_rows, N_FEATURES))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(N_FEATURES)])
    table["condition"] = np.array(["ACC+DLR", "ACC+STD", "REF+DLR", "REF+STD"])[codes]
    return table


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Give the shortest of several wall times."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def compare(n_rows: int, parametric: bool, repeats: tuple[int, int]) -> float:
    """Print both times and give their ratio, after checking that both give the same numbers."""
    table = simulate(n_rows)
    values, batches = table.drop(columns="condition").to_numpy().T.copy(), table[["condition"]]
    model = ComBat(batch="condition", parametric=parametric)

    def package() -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):
            return neuroCombat(values, batches, "condition", parametric=parametric)["data"].T

    theirs = package()
    ours = model.fit_transform(table)
    comparable = np.isfinite(theirs)  # the package underflows without the parametric prior
    difference = np.abs(ours - theirs)[comparable].max() if comparable.any() else np.nan
    fast, slow = seconds(lambda: model.fit_transform(table), repeats[0]), seconds(package, repeats[1])
    kind = "parametric" if parametric else "nonparametric"
    print(
        f"{N_FEATURES} features x {n_rows} rows, {kind}: ComBat {fast * 1e3:.1f} ms, neuroCombat {slow * 1e3:.0f} ms, "
        f"ratio {slow / fast:.1f}; largest difference {difference:.1e}, "
        f"values the package could not compute: {1 - comparable.mean():.0%}"
    )
    return slow / fast


def longitudinal() -> float:
    """Print and give the time of longitudinal ComBat on the table of one study, 17 subjects in every condition."""
    table = simulate(68).assign(subject=np.repeat(np.arange(17), N_BATCHES))
    model = LongitudinalComBat("condition", "subject")
    time_taken = seconds(lambda: model.fit_transform(table), 5)
    print(f"{N_FEATURES} features x 68 rows, longitudinal: {time_taken * 1e3:.1f} ms")
    return time_taken


def held_out() -> float:
    """Print the ratio of fitting anew without each of 17 subjects to taking them out of the sufficient statistics."""
    table = simulate(68)
    subjects = np.repeat(np.arange(17), N_BATCHES)
    model = ComBat("condition")

    def anew() -> np.ndarray:
        out = np.empty((68, N_FEATURES))
        for subject in range(17):
            held = subjects == subject
            out[held] = ComBat("condition").fit(table[~held]).transform(table[held])
        return out

    difference = np.abs(leave_one_group_out(model, table, subjects) - anew()).max()
    fast, slow = seconds(lambda: leave_one_group_out(model, table, subjects), 5), seconds(anew, 3)
    print(
        f"{N_FEATURES} features x 68 rows, 17 subjects left out in turn: {fast * 1e3:.1f} ms, fitted anew "
        f"{slow * 1e3:.1f} ms, ratio {slow / fast:.1f}; largest difference {difference:.1e}"
    )
    return slow / fast


def main() -> None:
    """Compare on the table of one study and on a large one."""
    warnings.simplefilter("ignore", SmallBatchWarning)
    warnings.simplefilter("ignore", RuntimeWarning)
    compare(68, True, (100, 20))
    compare(68, False, (3, 1))
    compare(2000, True, (9, 3))
    longitudinal()
    held_out()


if __name__ == "__main__":
    main()
