import numpy as np
import pandas as pd

from experiments.running.extracting.taken_over import harmonize_as
from harmonize.combat import ComBat, GroupedHarmonizer

FEATURES = ["original_glcm_Contrast", "original_glcm_Id", "original_firstorder_Mean"]


def table(rows, roi="liver", conditions=("REF", "ACC"), seed=0):
    values = np.random.default_rng(seed).normal(10, 2, (rows, 3))
    keys = {
        "strategy": "combat",
        "subject": [f"S{i}" for i in range(rows)],
        "sequence": "T2",
        "condition": [conditions[i % len(conditions)] for i in range(rows)],
        "roi": roi,
    }
    return pd.DataFrame({**keys, **dict(zip(FEATURES, values.T, strict=True))})


def test_values_are_those_of_the_model_and_nothing_is_fitted():
    model = GroupedHarmonizer.fit(ComBat("condition"), table(40), FEATURES, ["sequence", "roi"])
    new = table(3, conditions=("ACC",), seed=1)
    found, failures = harmonize_as(new, {"combat": model})
    assert not failures
    np.testing.assert_array_equal(found[FEATURES], model.transform(new)[FEATURES])


def test_a_group_without_a_model_fails_and_others_stay():
    """Raw values would stand among harmonized ones."""
    model = GroupedHarmonizer.fit(ComBat("condition"), table(40), FEATURES, ["sequence", "roi"])
    both = pd.concat([table(2), table(2, roi="spleen")], ignore_index=True)
    found, failures = harmonize_as(both, {"combat": model})
    assert found["roi"].tolist() == ["liver", "liver"]
    assert [(one.strategy, one.roi, one.step) for one in failures] == [("combat", "spleen", "like")] * 2
    assert "was not fitted on" in failures[0].problem


def test_strategies_without_a_harmonizer_pass_as_they_are():
    rows = table(4).assign(strategy="raw")
    found, failures = harmonize_as(rows, {})
    pd.testing.assert_frame_equal(found, rows)
    assert not failures
