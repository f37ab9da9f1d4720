import numpy as np
import pandas as pd

from evaluation.batch_effects.scored import scored_rows, unseen
from evaluation.batch_effects.split import folds_of
from harmonize.arrays import FloatArray
from harmonize.combat import ComBat, leave_one_group_out
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ConfigurationError


def simulate(n=12, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        rng.normal(size=(n, 6)).repeat(2, axis=0) + 0.3 * rng.normal(size=(2 * n, 6)), columns=list("uvwxyz")
    )
    return table.assign(subject=np.repeat([f"S{i}" for i in range(n)], 2), scan=["A", "B"] * n, organ="liver")


def one(table, **more):
    (group,), _ = scored_rows(table, list("uvwxyz"), batch="scan", subject="subject", by=(), **more)
    return group


def test_values_are_those_of_models_that_left_the_subject_out():
    table = simulate()
    group = one(table)
    fold = folds_of(table["subject"], table["scan"])
    found = unseen(group, ComBat("scan"), fold).values
    wanted = leave_one_group_out(ComBat("scan"), table[[*"uvwxyz", "scan"]], table["subject"])
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    again = unseen(group, ComBat("scan", mean_only=True), folds_of(table["subject"], table["scan"], 3))
    assert np.isfinite(again.values).all()
    assert set(again.told) <= {0, 1}


class Nosy(BatchHarmonizer):
    """Takes the mean of all rows that it is given together."""

    name = "nosy"

    def __init__(self, batch="scan"):
        self.batch = batch

    def _estimate(self, table):
        self.seen_ = table.values.mean(axis=0)

    def _adjust(self, table) -> FloatArray:
        return table.values - table.values.mean(axis=0) + self.seen_


def test_rows_learned_from_and_judged_are_never_harmonized_together():
    table = simulate()
    changed = table.copy()
    judged = table["subject"] == "S0"
    changed.loc[judged, list("uvwxyz")] += 100.0
    before, after = (unseen(one(rows), Nosy(), folds_of(rows["subject"], rows["scan"])) for rows in (table, changed))
    np.testing.assert_allclose(before.values[:2], after.values[:2])


def test_folds_that_split_a_subject_are_refused(golden):
    table = simulate()
    with golden.error(ConfigurationError):
        unseen(one(table), ComBat("scan"), np.arange(24) % 2)


def test_what_is_left_out_is_said(golden):
    table = simulate().assign(organ=["liver"] * 20 + ["spleen"] * 4)
    table.loc[3, "u"] = np.nan
    table.loc[20:, "scan"] = "A"
    groups, notes = scored_rows(table, list("uvwxyz"), batch="scan", subject="subject", by=["organ"])
    assert [(group.labels, group.names) for group in groups] == [(("liver",), list("vwxyz"))]
    golden.text("\n".join(notes))


def test_the_target_is_told_from_harmonized_values_of_held_out_subjects():
    table = simulate(40)
    truth = np.repeat(np.arange(40) % 2, 2)
    table[list("uvwxyz")] += 2.0 * truth[:, None]
    group = one(table.assign(sick=truth), target="sick")
    scores = unseen(group, ComBat("scan"), folds_of(table["subject"], table["scan"])).scores
    assert ((scores[:, 0] > 0) == truth).mean() > 0.85
