"""Shares of draws are those of the verdicts on a table of each draw, whatever the rule."""

import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects.draw_places import PlaceDraws
from selection.drawn_shares import drawn_shares
from selection.thresholds import Thresholds
from selection.verdicts import verdicts

SHAPE = N_DRAWS, N_FEATURES = 4, 9
PLACES = [("T1", "liver"), ("T1", "spleen"), ("T2", "liver"), ("T2", "spleen")]
RULES = {
    "one": {"icc": 0.5},
    "limits": {"icc": 0.3, "ccc": 0.4, "compared": {"icc": "limit"}},
    "any": {"icc": 0.8, "cv": 0.2, "combine": "any"},
    "over all conditions": {"cv": 0.6},
    "one condition": {"icc": 0.5, "conditions": ["B"]},
    "pooled": {"icc": 0.2, "cv": 0.9, "scope": "roi"},
    "enough": {"icc": 0.4, "at_least": 2},
    "enough of a sequence": {"icc": 0.4, "at_least": 1, "scope": "sequence"},
    "best": {"icc": 0.1, "top": 3},
    "best by another": {"icc": 0.1, "top": 2, "by": "ccc"},
    "best without a threshold": {"top": 4, "by": "ccc"},
    "best of a pool": {"icc": 0.1, "at_least": 2, "top": 2, "by": "ccc"},
    "best of enough of a sequence": {"icc": 0.1, "at_least": 2, "scope": "sequence", "top": 2},
    "best of many": {"cv": 0.7, "scope": "overall", "at_least": 1, "top": 5, "by": "icc"},
    "each condition": {"icc": 0.4, "cv": 0.8, "scope": "contrast"},
    "best of each condition": {"icc": 0.2, "scope": "contrast", "top": 3},
    "any of each condition": {"icc": 0.8, "cv": 0.3, "scope": "contrast", "combine": "any", "conditions": ["C"]},
}


@pytest.fixture(scope="module")
def places():
    rng = np.random.default_rng(3)

    def values():
        found = rng.uniform(size=SHAPE)
        return np.where(rng.uniform(size=SHAPE) < 0.1, np.nan, found)

    columns = {"icc": ("A", "B", "C"), "ccc": ("A", "B", "C"), "cv": ("all",)}
    return [
        PlaceDraws(
            *place,
            {
                name: {one: {"estimate": values(), "lower": values(), "upper": values()} for one in conditions}
                for name, conditions in columns.items()
            },
        )
        for place in PLACES
    ]


@pytest.mark.parametrize("count", [4, 3])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_shares_are_those_of_the_verdicts_on_a_table_of_each_draw(places, rule, count):
    """Where a sequence had fewer ROIs than a rule asks for, the best of it could not be told."""
    places = places[:count]
    resolved = Thresholds.from_mapping(rule, "").resolved
    known = np.ones(SHAPE, dtype=bool)
    known[1, 2] = known[1, 5] = False
    table = pd.DataFrame(
        [
            (str(draw), place.sequence, place.roi, f"original_glcm_F{feature}", condition, name,
             *(columns[one][draw, feature] for one in ("estimate", "lower", "upper")))
            for place in places
            for name, conditions in place.found.items()
            for condition, columns in conditions.items()
            for draw in range(N_DRAWS)
            for feature in range(N_FEATURES)
            if known[draw, feature]
        ],
        columns=["strategy", "sequence", "roi", "feature", "condition", "statistic", "estimate", "lower", "upper"],
    )  # fmt: skip
    expected = verdicts(table, resolved).groupby("strategy")["passes"].mean()
    found = drawn_shares(resolved, places, known)
    np.testing.assert_allclose(found, expected.reindex([str(draw) for draw in range(N_DRAWS)]), rtol=1e-12)
    assert 0 < found.max() < 1


def test_a_draw_without_any_feature_has_no_share(places):
    known = np.ones(SHAPE, dtype=bool)
    known[2] = False
    found = drawn_shares(Thresholds({"icc": 0.5}).resolved, places, known)
    assert np.isnan(found).tolist() == [False, False, True, False]
