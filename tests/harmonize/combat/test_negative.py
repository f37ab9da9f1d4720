import warnings

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import ComBat, GroupedHarmonizer, NegativeWarning, NestedComBat, collect_notes, negative_note


def skewed(n: int = 60) -> pd.DataFrame:
    """Give a feature that is skewed to its bound at 0 in one batch, not in the other, and one that takes both signs."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"batch": np.repeat(["A", "B"], n // 2), "group": np.tile(["g", "h"], n // 2)})
    table["volume"] = np.where(table["batch"] == "A", rng.lognormal(0.0, 1.5, n), rng.normal(5.0, 1.0, n))
    table["skewness"] = rng.normal(0.0, 1.0, n)
    return table


def test_a_feature_that_becomes_negative_is_named(golden) -> None:
    """Regression: ComBat gave volumes below zero without a word."""
    table = skewed()
    features = table[["batch", "volume", "skewness"]]
    with golden.warning(NegativeWarning):
        after = ComBat("batch").fit_transform(features)
    below = int((after[:, 0] < 0).sum())
    assert below
    assert f"volume ({below} of 60)" in negative_note(["volume"], table[["volume"]].to_numpy(), after[:, :1])


def test_what_stays_above_zero_is_not_mentioned() -> None:
    table = skewed().assign(volume=lambda t: np.log(t["volume"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ComBat("batch").fit_transform(table[["batch", "volume", "skewness"]])
    nothing = np.full((3, 1), np.nan)
    assert negative_note(["x"], nothing, nothing) == ""


def test_groups_and_steps_say_it_once_for_the_whole_table() -> None:
    table = pd.concat([skewed(), skewed()], ignore_index=True)
    fitted = GroupedHarmonizer.fit(ComBat("batch"), table, ["volume", "skewness"], ["group"])
    with collect_notes() as notes:
        fitted.transform(table)
    assert len(notes) == 1
    table["site"] = np.arange(len(table)) // 2 % 2
    nested = NestedComBat(["batch", "site"]).fit(table.drop(columns="group"))
    with pytest.warns(NegativeWarning) as caught:
        nested.transform(table.drop(columns="group"))
    assert len(caught) == 1
