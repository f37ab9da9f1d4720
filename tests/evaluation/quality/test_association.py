import numpy as np
import pandas as pd
import pytest

from evaluation.quality.association import FEWEST, change_correlation, quality_association
from harmonize.errors import ConfigurationError


def test_it_is_the_partial_correlation_given_the_conditions():
    import statsmodels.formula.api as formula

    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 3)) + np.array([0, 2, 5])
    y = rng.normal(size=(12, 3)) + np.array([1, 4, 9])
    y += 0.5 * x
    long = pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "condition": np.tile(["a", "b", "c"], 12)})
    left = [formula.ols(f"{name} ~ condition", long).fit().resid for name in "xy"]
    assert change_correlation(x, y[None]).r[0] == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-12)


def test_differences_between_conditions_alone_tell_nothing():
    rng = np.random.default_rng(1)
    shared = np.array([0.0, 10.0, 20.0])
    x, y = rng.normal(size=(200, 3)) + shared, rng.normal(size=(200, 3)) + shared
    found = change_correlation(x, y[None])
    assert abs(found.r[0]) < 0.1
    assert found.lower[0] < 0 < found.upper[0]


def test_what_does_not_change_has_none_and_few_subjects_neither():
    x = np.random.default_rng(0).normal(size=(8, 2))
    found = change_correlation(x, np.ones((1, 8, 2)))
    assert all(np.isnan(part[0]) for part in found)
    few = change_correlation(x[: FEWEST - 1], x[None, : FEWEST - 1])
    assert np.isnan(few.r[0])


@pytest.fixture
def study():
    """Twelve subjects whose noise under a condition, and nothing else, moves one class of features."""
    rng = np.random.default_rng(5)
    rows, measured = [], []
    for subject in (f"S{i}" for i in range(12)):
        level = rng.normal(size=4)
        for condition, strength in (("REF", 0.0), ("ACC", 1.0), ("DLR", 1.5)):
            noise = np.exp(strength * rng.normal(1.0, 0.4)) if strength else 1.0
            moved = level[:2] + 0.4 * (noise - 1)
            rows.append(["raw", subject, "T2", condition, "liver", *moved, *(level[2:] + rng.normal(0, 0.3, 2))])
            for roi, measure, value in (("", "noise", noise), ("liver", "blur", np.exp(rng.normal()))):
                measured.append([subject, "T2", condition, "", roi, "", measure, "1", value, "ok"])
    names = [f"original_{name}" for name in ("glcm_A", "glcm_B", "firstorder_A", "firstorder_B")]
    features = pd.DataFrame(rows, columns=["strategy", "subject", "sequence", "condition", "roi", *names])
    columns = ["subject", "sequence", "condition", "segmentation", "roi", "other", "measure", "unit", "value", "status"]
    return pd.DataFrame(measured, columns=columns), features


def test_the_measure_that_moves_a_class_is_found_and_the_others_are_not(study):
    table = quality_association(*study, "REF").set_index(["class", "measure"])
    moved = table.loc[("glcm", "noise (scan)")]
    assert moved["r"] > 0.8
    assert moved["lower"] > 0.5
    assert moved["q"] < 0.01
    others = table.drop(index=("glcm", "noise (scan)"))
    assert (others["q"] > 0.05).all()
    assert (table["n"] == 12).all()


def test_where_it_cannot_be_computed_the_status_says_why(study):
    quality, features = study
    few = quality[~((quality["measure"] == "blur") & quality["subject"].isin([f"S{i}" for i in range(8)]))]
    table = quality_association(few, features, "REF").set_index(["class", "measure"])
    row = table.loc[("glcm", "blur")]
    assert np.isnan(row["r"])
    assert row["status"] == "4 subjects with all conditions, expected at least 6"


def test_what_cannot_be_meant_is_refused(study, golden):
    quality, features = study
    with golden.error(ConfigurationError):
        quality_association(quality, features, "STD")
    with golden.error(ConfigurationError):
        quality_association(quality.drop(columns="value"), features, "REF")
    with golden.error(ConfigurationError):
        quality_association(quality, features.assign(segmentation=["anna", "ben"] * (len(features) // 2)), "REF")
