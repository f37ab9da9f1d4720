import numpy as np
import pandas as pd
import pytest

from evaluation.batch_effects import batch_effects, design_notes, principal_components


def test_equals_cohens_d_by_hand():
    values = pd.DataFrame({"f": [1.0, 2, 3, 4, 4, 8], "constant": [1.0] * 6})
    found = batch_effects(values, pd.Series(list("AAABBB")), "A")
    sa, sb = np.std([1, 2, 3], ddof=1), np.std([4, 4, 8], ddof=1)
    assert found["feature"].tolist() == ["f"]
    assert found["location"].item() == pytest.approx((16 / 3 - 2) / np.sqrt((sa**2 + sb**2) / 2))
    assert found["scale"].item() == pytest.approx(sb / sa)


def test_without_a_reference_every_batch_is_compared_with_all():
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(3000, 2))) + np.repeat([0.0, 1.0, 2.0], 1000)[:, None]
    found = batch_effects(values, pd.Series(np.repeat(list("ABC"), 1000)))
    assert found.groupby("batch")["location"].mean().tolist() == pytest.approx([-1, 0, 1], abs=0.05)
    assert found["scale"].tolist() == pytest.approx([1] * 6, abs=0.06)


def test_a_feature_with_one_value_in_a_batch_is_left_out():
    values = pd.DataFrame({"f": [1.0, 2, 3, 4, np.nan, np.nan], "g": [1.0, 2, 3, 4, 5, 7]})
    assert batch_effects(values, pd.Series(list("AAABBB")), "A")["feature"].tolist() == ["g"]
    assert batch_effects(values[["f"]], pd.Series(list("AAABBB")), "A").empty


def test_components_are_those_of_the_features_before():
    rng = np.random.default_rng(0)
    before = pd.DataFrame(rng.normal(size=(50, 4)) * [1, 2, 3, 4] + [0, 1, 2, 3])
    found = principal_components(before.assign(c=1.0, n=np.nan), (before + 1.0).assign(c=1.0, n=np.nan))
    eigenvalues = np.sort(np.linalg.eigvalsh(np.corrcoef(before.T)))[::-1]
    assert found.shares == pytest.approx(tuple(eigenvalues[:2] / 4))
    np.testing.assert_allclose(found.before.var(axis=0), eigenvalues[:2])
    # a shift of all rows is a shift on the axes
    np.testing.assert_allclose((found.after - found.before).std(axis=0), 0, atol=1e-12)
    assert np.abs(found.after - found.before).max() > 0.1
    assert principal_components(before[:2], before[:2]) is None
    assert principal_components(before[[0]], before[[0]]) is None


def test_the_design_is_spoken_of_only_where_it_mixes():
    full = pd.DataFrame({"subject": list("AABBCC"), "scan": ["R", "A"] * 3, "age": [40, 40, 50, 50, 60, 60]})
    assert design_notes(full, "scan", ["age"]) == ()
    assert "1 of 3 subjects are not in every scan" in design_notes(full[:-1], "scan")[0]
    # at sites with patients of their own nobody is missing, and without a subject column nothing is known
    sites = full.assign(scan=list("RRRAAA"), subject=list("ABCDEF"))
    assert design_notes(sites, "scan") == design_notes(full[:-1], "scan", subject=None) == ()
    apart = full.assign(age=[30.0, 70, 31, 69, 32, 71], site=["x", "y"] * 3)
    notes = design_notes(apart, "scan", ["age", "site"])
    assert [note.split(" is ")[0] for note in notes] == ["covariate age", "covariate site"]
    assert "100%" in notes[1]
