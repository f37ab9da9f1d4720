import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.effects import factorial_effects
from evaluation.reliability.variance import PARTS, summarize_variance, variance_components, variance_table

# Shrout PE, Fleiss JL. Psychological Bulletin 1979;86:420-428, table 2: six targets, four judges.
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_components_are_those_of_a_published_table() -> None:
    """Of its table 3: mean squares 11.24 between targets, 32.49 between judges, 1.02 of the residual."""
    found = variance_components(SHROUT)
    expected = [3 * (32.49 - 1.02) / 24, 1.02, (11.24 - 1.02) / 4]
    assert found.components == pytest.approx(expected, abs=0.01)
    assert found.share == pytest.approx(np.array(expected) / sum(expected), abs=0.002)


def test_two_by_two_is_the_sum_of_its_effects() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 2, (30, 12, 1)) + np.array([0.0, 1.0, 2.0, 4.0]) + rng.normal(0, 0.5, (30, 12, 4))
    whole, effects = variance_components(values).components, factorial_effects(values.reshape(30, 12, 2, 2)).components
    positive = (effects > 0).all(axis=-1)
    assert positive.sum() > 20
    assert whole[..., 0][positive] == pytest.approx(effects[..., 1:4].sum(axis=-1)[positive])
    assert whole[..., 1] == pytest.approx(effects[..., 4])
    assert whole[..., 2] == pytest.approx(effects[..., 0])


@pytest.mark.parametrize("conditions", [2, 3, 5])
def test_what_was_put_in_comes_out(conditions: int) -> None:
    rng = np.random.default_rng(2)
    shift = rng.normal(0, 1, conditions)
    values = rng.normal(0, 3, (400, 40, 1)) + shift + rng.normal(0, 1, (400, 40, conditions))
    found = variance_components(values).components.mean(axis=0)
    assert found == pytest.approx([shift.var(), 1.0, 9.0], rel=0.05)


def test_what_cannot_be_computed_has_a_reason() -> None:
    found = variance_components(np.stack([np.full((3, 2), 7.0), [[1.0, 2.0], [np.nan, 1.0], [np.inf, 3.0]]]))
    assert found.status.tolist() == ["constant", "too_few"]
    assert np.isnan(found.share).all()


def test_a_table_of_three_conditions_is_averaged_by_level() -> None:
    rng = np.random.default_rng(3)
    table = pd.concat(
        pd.DataFrame(rng.normal(size=(9, 2)), columns=["original_glcm_Id", "original_firstorder_Mean"]).assign(
            strategy="raw", subject=range(9), sequence="T2", condition=condition, roi="liver"
        )
        for condition in ("A", "B", "C")
    )
    found = variance_table(table)
    assert found[[f"share_{name}" for name in PARTS]].sum(axis=1).tolist() == pytest.approx([1, 1])
    summary = summarize_variance(found)
    assert summary["by"].tolist() == ["overall", "sequence", "roi", "class", "class"]
    assert summary["share_subject"][0] == pytest.approx(found["share_subject"].mean())
