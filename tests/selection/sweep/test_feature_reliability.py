import numpy as np
import pandas as pd
import pytest

from evaluation.reliability.table import reliability_table
from harmonize.errors import ConfigurationError
from selection import reliability_scores
from selection.sweep.feature_reliability import KnownReliability, RepeatedReliability
from selection.sweep.repeats import Repeats

NAMES = [f"original_glcm_F{i}" for i in range(6)]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(20, 6))
    noise = np.array([0.1, 0.3, 0.6, 1, 2, 0])
    frames = [
        pd.DataFrame(truth + rng.normal(size=(20, 6)) * noise, columns=NAMES).assign(
            subject=[f"S{i:02}" for i in range(20)], condition=condition, strategy="raw", sequence="T2", roi="liver"
        )
        for condition in ("ref", "one", "two")
    ]
    result = pd.concat(frames, ignore_index=True).sample(frac=1, random_state=0, ignore_index=True)
    result["original_glcm_F5"] = 4.0
    return result


def repeated(table, reference, **options):
    repeats = Repeats.of(table["subject"], table["condition"])
    return RepeatedReliability(repeats, repeats.arranged(table[NAMES].to_numpy()), reference, **options)


@pytest.mark.parametrize("compared", ["estimate", "limit"])
@pytest.mark.parametrize("by", ["icc", "ccc"])
def test_equals_the_reliability_table_of_the_training_subjects(table, by, compared):
    training = table["subject"] < "S14"
    found = repeated(table, "ref", by=by, compared=compared).scores(np.flatnonzero(training))
    expected = reliability_scores(reliability_table(table[training], "ref"), by, compared=compared)
    np.testing.assert_allclose(found, expected[NAMES], rtol=1e-12)
    assert found[-1] == -np.inf


@pytest.mark.parametrize(("by", "statistic"), [("icc", "icc"), ("ccc", "overall_ccc")])
def test_without_a_reference_over_all_conditions(table, by, statistic):
    found = repeated(table, None, by=by).scores(np.arange(len(table)))
    rows = reliability_table(table, None).set_index("statistic").loc[statistic].set_index("feature")
    np.testing.assert_allclose(found, rows["estimate"][NAMES].fillna(-np.inf), rtol=1e-12)


def test_subjects_outside_the_training_set_have_no_say(table):
    training = np.flatnonzero(table["subject"] < "S14")
    changed = table.copy()
    changed.loc[changed["subject"] >= "S14", NAMES] = 1e6
    np.testing.assert_array_equal(repeated(table, "ref").scores(training), repeated(changed, "ref").scores(training))


def test_known_reliability_is_the_same_for_all():
    known = KnownReliability(np.array([0.5, 0.7]))
    assert known.scores(np.array([1])) is known.scores(np.array([2, 3]))


def test_refuses_limits_that_there_are_not(table, golden):
    with golden.error(ConfigurationError):
        repeated(table, None, by="ccc", compared="limit")
