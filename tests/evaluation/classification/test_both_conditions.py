import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.classification.both_conditions import BothConditions, side_by_side
from harmonize import BatchZScore, ComBat, LongitudinalComBat

NAMES = ("REF", "ACC")


@pytest.fixture
def conditions():
    rng = np.random.default_rng(1)
    true = rng.normal(size=(30, 4))
    first = pd.DataFrame(true + 0.3 * rng.normal(size=(30, 4)), columns=list("abcd"))
    second = pd.DataFrame(2.0 + 1.5 * true + 0.3 * rng.normal(size=(30, 4)), columns=list("abcd"))
    return first, second, [f"P{i:02d}" for i in range(30)]


@pytest.mark.filterwarnings("ignore::harmonize.combat.NegativeWarning")  # features are near 0
@pytest.mark.parametrize(
    ("harmonizer", "columns"),
    [
        (ComBat("condition", reference="REF"), ("condition",)),
        (BatchZScore("condition"), ("condition",)),
        (LongitudinalComBat("condition", "subject"), ("condition", "subject")),
    ],
)
def test_it_equals_the_harmonizer_fitted_on_the_stacked_rows(conditions, harmonizer, columns):
    first, second, who = conditions
    train, test = slice(0, 22), slice(22, 30)

    def stacked(rows):
        numbers = np.arange(30)[rows]
        parts = [
            part[rows].assign(condition=name, subject=numbers) for part, name in zip(conditions, NAMES, strict=False)
        ]
        return pd.concat(parts, ignore_index=True).drop(columns=[n for n in ("subject",) if n not in columns])

    fitted = clone(harmonizer).fit(stacked(train))
    new = stacked(test)
    for which in (0, 1):
        table = side_by_side(first, second, who, which=which)
        step = BothConditions(harmonizer, NAMES, columns).fit(table[train])
        found = step.transform(table[test])
        # Each condition by itself: a new patient has only one.
        np.testing.assert_allclose(found, fitted.transform(new[which * 8 : which * 8 + 8]), rtol=1e-12)
        assert list(found.columns) == list("abcd")


def test_what_is_learned_does_not_depend_on_the_condition_that_rows_stand_for(conditions):
    steps = [BothConditions(ComBat("condition"), NAMES).fit(side_by_side(*conditions, which=which)) for which in (0, 1)]
    table = side_by_side(*conditions, which=1)
    pd.testing.assert_frame_equal(steps[0].transform(table), steps[1].transform(table))
    mixed = pd.concat([side_by_side(*conditions, which=0).head(10), table.tail(20)], ignore_index=True)
    found = steps[0].transform(mixed)
    pd.testing.assert_frame_equal(found.tail(20), steps[0].transform(table).tail(20))


def test_it_is_a_step_of_a_pipeline_and_the_harmonizer_stays_unfitted(conditions):
    harmonizer = ComBat("condition")
    pipeline = Pipeline([("harmonize", BothConditions(harmonizer, NAMES)), ("scale", StandardScaler())])
    scaled = pipeline.fit_transform(side_by_side(*conditions, which=0))
    assert scaled.shape == (30, 4)
    assert not hasattr(harmonizer, "batches_")
    assert list(pipeline.get_feature_names_out()) == list("abcd")
    assert clone(pipeline).get_params()["harmonize__harmonizer__batch"] == "condition"
