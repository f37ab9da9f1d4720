import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.effect_summary import summarize_effects
from evaluation.reliability.effect_tables import effects_table
from evaluation.reliability.effects import COMPONENTS

NAMES = ["original_glcm_Contrast", "original_glcm_Id", "original_firstorder_Mean", "original_firstorder_Energy"]


def table_of_effects():
    """Acceleration moves three features by 2; the other reconstruction takes 1.5 of it back in two of them."""
    rng = np.random.default_rng(4)
    shifts = {"REF+STD": [0, 0, 0, 0], "REF+DLR": [0, 0, 0, 0], "ACC+STD": [2, 2, 2, 0], "ACC+DLR": [0.5, 0.5, 3, 0]}
    truth = rng.normal(10, 1, (17, 4))
    return pd.concat(
        [
            pd.DataFrame(truth + shift + rng.normal(0, 0.1, truth.shape), columns=NAMES).assign(
                strategy="none", subject=range(17), sequence="T2", condition=condition, roi=roi
            )
            for condition, shift in shifts.items()
            for roi in ("liver", "spleen")
        ]
    )


def test_what_was_put_in_is_found():
    effects = effects_table(table_of_effects(), "REF+STD", "ACC+DLR")
    rows = summarize_effects(effects).set_index(["by", "level"])
    overall = rows.loc[("overall", "all")]
    assert (overall["n_total"], overall["n_computed"]) == (8, 8)
    assert (overall["found_acquisition"], overall["smaller"]) == (6, 4)
    texture = rows.loc[("class", "glcm")]
    assert (texture["found_acquisition"], texture["smaller"]) == (4, 4)
    assert texture["remaining"] == pytest.approx(0.25, abs=0.05)
    assert rows.loc[("class", "firstorder"), "remaining"] == pytest.approx(1.5, abs=0.1)
    assert rows.loc[("roi", "liver"), "found_acquisition"] == 3


def test_shares_are_the_means_and_add_up_to_one():
    effects = effects_table(table_of_effects(), "REF+STD", "ACC+DLR")
    columns = [f"share_{name}" for name in COMPONENTS]
    rows = summarize_effects(effects)
    assert rows[columns].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(rows)))
    liver = rows[(rows["by"] == "roi") & (rows["level"] == "liver")][columns].iloc[0]
    expected = effects.loc[effects["roi"] == "liver", columns].mean()
    assert liver.to_numpy(dtype=float) == pytest.approx(expected.to_numpy())


def test_what_could_not_be_computed_is_no_zero():
    table = table_of_effects()
    table.loc[(table["roi"] == "spleen") & (table["condition"] == "ACC+DLR"), NAMES] = np.nan
    rows = summarize_effects(effects_table(table, "REF+STD", "ACC+DLR")).set_index(["by", "level"])
    spleen = rows.loc[("roi", "spleen")]
    assert (spleen["n_total"], spleen["n_computed"], spleen["found_acquisition"]) == (4, 0, 0)
    assert np.isnan(spleen["share_acquisition"])
    assert np.isnan(spleen["remaining"])
