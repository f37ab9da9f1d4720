"""How much faster ComBat is than the neuroCombat package, both measured in this run (processor time, by turns).

Run it with `python tests/benchmarks/bench_combat.py`.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from neuroCombat import neuroCombat

from harmonize.combat import ComBat, LongitudinalComBat, SmallBatchWarning, leave_one_group_out

N_FEATURES, N_BATCHES = 2790, 4
LABELS = ["ACC+DLR", "ACC+STD", "REF+DLR", "REF+STD", *(f"site {i}" for i in range(6))]


def simulate(n_rows: int, n_batches: int = N_BATCHES) -> pd.DataFrame:
    """Make a table of features with batch effects, one column per feature and the batch as the last column."""
    rng = np.random.default_rng(n_rows)
    codes = np.arange(n_rows) % n_batches
    location = rng.normal(size=(n_batches, N_FEATURES))
    scale = rng.uniform(0.7, 1.4, size=(n_batches, N_FEATURES))
    values = 5.0 + location[codes] + scale[codes] * rng.normal(size=(n_rows, N_FEATURES))
    table = pd.DataFrame(values, columns=[f"f{i}" for i in range(N_FEATURES)])
    table["condition"] = np.array(LABELS)[codes]
    return table


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Give the least of several processor times."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def alternating(calls: Sequence[Callable[[], object]], repeats: Sequence[int], rounds: int = 5) -> list[float]:
    """Give the least processor time of each of several calls, made by turns."""
    found = [[seconds(call, number) for call, number in zip(calls, repeats, strict=True)] for _ in range(rounds)]
    return [min(times) for times in zip(*found, strict=True)]


def compare(n_rows: int, parametric: bool, repeats: tuple[int, int], rounds: int = 1) -> float:
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
    fast, slow = alternating((lambda: model.fit_transform(table), package), repeats, rounds)
    kind = "parametric" if parametric else "nonparametric"
    print(
        f"{N_FEATURES} features x {n_rows} rows, {kind}: ComBat {fast * 1e3:.1f} ms, neuroCombat {slow * 1e3:.0f} ms, "
        f"ratio {slow / fast:.1f}; largest difference {difference:.1e}, "
        f"values the package could not compute: {1 - comparable.mean():.0%}"
    )
    return slow / fast


def batches(n_rows: int) -> float:
    """Print and give the ratio of the time with four batches to that with ten, which hold the same values."""
    tables = [simulate(n_rows, n_batches) for n_batches in (4, 10)]
    four, ten = alternating([partial(ComBat("condition").fit_transform, table) for table in tables], (3, 3))
    print(f"{N_FEATURES} features x {n_rows} rows: 4 batches {four * 1e3:.1f} ms, 10 batches {ten * 1e3:.1f} ms")
    return four / ten


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
    compare(68, True, (20, 4), rounds=5)
    compare(68, False, (3, 1))
    compare(2000, True, (3, 1), rounds=3)
    batches(2000)
    longitudinal()
    held_out()


if __name__ == "__main__":
    main()
