import numpy as np
import pandas as pd
import pytest

from evaluation.perturbed.sides import chain_of, sides
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    ("level", "chain"), [("a-1", "a"), ("a-b-2", "a-b"), ("-1", "-1"), ("7", "7"), ("a-", "a-"), ("a-1.5", "a-1.5")]
)
def test_the_number_behind_the_last_dash_is_that_of_the_draw(level, chain):
    assert chain_of(level) == chain


def test_both_have_the_same_subjects_and_features_in_whatever_order_rows_come(cohort):
    table = cohort(6)
    table = table[~((table["subject"] == "S3") & (table["perturbation"] != "unperturbed"))]
    table.loc[table["perturbation"] != "unperturbed", "original_glcm_F0"] = np.nan
    table.loc[table["condition"] == "REF", "original_glcm_F0"] = np.nan
    shuffled = pd.concat([table.sample(frac=1, random_state=1), table.iloc[:0]])
    (one,) = sides(shuffled)
    ((real, perturbed),) = one.groups

    assert (one.chain, one.condition) == ("noise", "REF")
    assert set(perturbed.conditions) == {"unperturbed", *(f"noise-{i}" for i in range(1, 5))}
    assert real.features == perturbed.features
    assert "original_glcm_F0" not in perturbed.features
    same = real.values[..., real.conditions.index("REF")]
    again = perturbed.values[..., perturbed.conditions.index("unperturbed")]
    np.testing.assert_array_equal(same, again)
    assert np.isnan(perturbed.values[..., perturbed.conditions.index("noise-1")]).all(axis=0).sum() == 1


def test_each_chain_and_perturbed_condition_is_told_apart(cohort):
    table = cohort(6)
    perturbed = table["perturbation"] != "unperturbed"
    other = table[perturbed].assign(condition="ACC")
    blur = table[perturbed].assign(perturbation="blur-1").drop_duplicates(["subject", "perturbation"])
    found = [(one.chain, one.condition) for one in sides(pd.concat([table, other, blur]))]
    assert found == [("noise", "REF"), ("noise", "ACC"), ("blur", "REF")]


@pytest.mark.parametrize("wrong", ["no column", "none perturbed", "none as it is", "one condition", "other people"])
def test_what_cannot_be_compared_is_refused(cohort, golden, wrong):
    table = cohort(4)
    perturbed = table["perturbation"] != "unperturbed"
    given = {
        "no column": table.drop(columns="perturbation"),
        "none perturbed": table[~perturbed],
        "none as it is": table[perturbed],
        "one condition": table[table["condition"] == "REF"],
        "other people": table.assign(subject=table["subject"].where(~perturbed, "q" + table["subject"].astype(str))),
    }[wrong]
    with golden.error(ConfigurationError):
        next(sides(given))
