"""Agreement over draws of perturbations."""

import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.icc import icc
from evaluation.reliability.perturbed import perturbed_reliability, perturbed_summary
from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError


def perturbed_table(names=("unperturbed", "A-1", "A-2", "A-3", "B-1"), condition="REF"):
    rng = np.random.default_rng(3)
    truth = rng.lognormal(1, 0.5, 12)
    parts = [
        pd.DataFrame(
            {
                **{"strategy": "raw", "subject": [f"s{i:02}" for i in range(12)], "sequence": "T2", "roi": "liver"},
                **{"condition": condition or name, "perturbation": name},
                "original_glcm_Id": truth + rng.normal(0, 0.2, 12) + (name != "unperturbed") * 0.3,
            }
        )
        for name in names
    ]
    return pd.concat(parts, ignore_index=True)


def values(table, *names):
    return np.array([table.loc[table["perturbation"] == name, "original_glcm_Id"] for name in names]).T


def test_each_chain_has_its_own_agreement():
    table = perturbed_table()
    found = perturbed_reliability(table).set_index(["chain", "condition", "statistic"])
    assert set(found["on"]) == {"REF"}
    draws = values(table, "A-1", "A-2", "A-3")
    own = icc(draws, form="1", interval="jackknife")
    row = found.loc[("A", "all", "icc_1")]
    for name in ("estimate", "lower", "upper"):
        assert row[name] == pytest.approx(float(getattr(own, name)))
    whole = icc(values(table, "unperturbed", "A-1", "A-2", "A-3"), form="A,1")
    assert found.loc[("A", "all", "icc_a1"), "estimate"] == pytest.approx(float(whole.estimate))
    assert whole.estimate < own.estimate  # what all draws shift is an error beside the unperturbed scan alone
    pair = reliability_table(table.assign(condition=table["perturbation"]), "unperturbed")
    pair = pair.set_index(["condition", "statistic"])
    for draw in ("A-1", "A-2", "A-3"):
        for name in ("icc", "ccc"):
            assert found.loc[("A", draw, name), "estimate"] == pair.loc[(draw, name), "estimate"]


def test_a_single_draw_is_set_beside_the_unperturbed_scan():
    table = perturbed_table()
    found = perturbed_reliability(table).set_index(["chain", "condition", "statistic"])
    alone = icc(values(table, "unperturbed", "B-1"), form="1")
    assert found.loc[("B", "all", "icc_1"), "estimate"] == pytest.approx(float(alone.estimate))


def test_perturbations_that_are_conditions_have_the_same_values():
    beside, alone = perturbed_reliability(perturbed_table()), perturbed_reliability(perturbed_table(condition=""))
    pd.testing.assert_frame_equal(beside.drop(columns="on"), alone.drop(columns="on"))
    assert set(alone["on"]) == {"unperturbed"}


def test_strategies_without_perturbed_rows_have_none_here():
    table = perturbed_table()
    other = table[table["perturbation"] == "unperturbed"].assign(strategy="raw_combat")
    found = perturbed_reliability(pd.concat([table, other], ignore_index=True))
    assert set(found["strategy"]) == {"raw"}


def test_the_summary_counts_what_is_beyond_the_threshold():
    summary = perturbed_summary(perturbed_reliability(perturbed_table()), 0.5).set_index(["chain", "statistic"])
    assert (summary.loc[("A", "icc_1"), "passing"], summary.loc[("A", "icc_1"), "n_total"]) == (1, 1)
    assert np.isnan(summary.loc[("A", "cv"), "passing"])


BARE = perturbed_table().drop(columns="perturbation").drop_duplicates("subject")


@pytest.mark.parametrize("table", [perturbed_table(("unperturbed",)), BARE])
def test_without_perturbed_rows_there_is_nothing_to_tell(table, golden):
    with golden.error(ConfigurationError):
        perturbed_reliability(table)
