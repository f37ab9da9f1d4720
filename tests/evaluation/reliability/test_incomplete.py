import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reliability import ICC_FORMS, icc, icc_incomplete, overall_ccc, overall_ccc_incomplete
from evaluation.reliability.incomplete import cell_moments, of_moments
from evaluation.reliability.jackknife_limits import CCC_FORM, jackknife_limits
from evaluation.reliability.sample import Sample
from evaluation.reliability.table import reliability_table

NAN = np.nan
PSYCH = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
NAME = "original_firstorder_Mean"
TARGETS = [1, 1, 1, 5, 5, 4, 4, 4, 2, 2, 2, 3]
RATINGS = np.array(
    [
        *([6, 1, 3, 2], [6.5, NAN, 3, 4], [4, 3, 5.5, 4], [10, 5, 6, 9], [9.5, 4, NAN, 8], [6, 2, 4, NAN]),
        *([NAN, 1, 3, 6], [8, 2.5, NAN, 5], [9, 2, 5, 8], [7, NAN, 2, 6], [8, NAN, 2, 7], [10, 5, 6, NAN]),
    ]
)
"""The example of Gwet's R package irrICC 1.0 (`iccdata1`): targets, some more than once, by four raters."""

MADE_UP = np.random.default_rng(3).normal(size=(20, 17, 1)) + np.random.default_rng(4).normal(0, 0.5, (20, 17, 4))


def gappy(values, share=0.15, seed=5):
    return np.where(np.random.default_rng(seed).random(values.shape) < share, NAN, values)


@pytest.fixture
def gwet():
    """Give the moments of Gwet's example."""
    cells = pd.DataFrame(RATINGS).groupby(TARGETS)
    squares = pd.DataFrame(RATINGS**2).groupby(TARGETS)
    return cell_moments(*(one.to_numpy(float) for one in (cells.count(), cells.sum(), squares.sum()))).sum(axis=0)


@pytest.mark.parametrize(
    ("form", "subjects", "conditions", "error", "coefficient"),
    [("A,1", 2.090769, 4.34898, 1.598313, 0.2601086), ("C,1", 2.241792, 0, 1.470638, 0.6038611)],
)
def test_the_published_example_of_gwet(gwet, form, subjects, conditions, error, coefficient):
    """Models 2 and 3 without interaction, as the package's user guide prints them."""
    found = of_moments(gwet, 4, form)

    assert np.stack(found[:3]) == pytest.approx([subjects, conditions, error], rel=3e-7, abs=1e-12)
    assert found.icc == pytest.approx(coefficient, rel=2e-7)


def test_the_published_example_of_gwet_one_way(gwet):
    """Its model 1A divides by M - sum of m_ij^2/m_j where the one-way table has M - sum of m_i^2/M (Donner 1986)."""
    found = of_moments(gwet, 4, "1")
    cells = pd.DataFrame(RATINGS).groupby(TARGETS).count().to_numpy(float)
    theirs, ours = (cells**2 / cells.sum(axis=0)).sum(), (cells.sum(axis=1) ** 2).sum() / cells.sum()

    assert found.error == pytest.approx(5.225529, rel=2e-7)
    assert found.subjects * (40 - ours) / (40 - theirs) == pytest.approx(1.761312, rel=3e-7)


@pytest.mark.parametrize("form", ICC_FORMS)
def test_complete_tables_have_the_icc_of_r_psych_and_its_limits(difficult, reference_root, form):
    expected = pd.read_csv(reference_root / "icc_psych.csv").query("conditions == 'all'").set_index(["feature", "form"])
    psych = dict(zip(("1", "A,1", "C,1", "1,k", "A,k", "C,k"), PSYCH, strict=True))
    values = np.stack(list(difficult.values()))
    found, ours = icc_incomplete(values, form), icc(values, form, interval="jackknife")
    theirs = np.array([expected.loc[(name, psych[form]), "icc"] for name in difficult])

    told = found.status == "ok"
    assert told.sum() >= 7
    assert found.estimate[told] == pytest.approx(theirs[told], rel=1e-8, abs=1e-10)
    assert np.stack([found.lower, found.upper])[:, told] == pytest.approx(
        np.stack([ours.lower, ours.upper])[:, told], rel=1e-6, abs=1e-8
    )
    assert found.n.tolist() == ours.n.tolist()


def test_a_complete_table_has_the_overall_ccc_and_its_limits():
    found, lower_upper = overall_ccc_incomplete(MADE_UP), jackknife_limits(Sample.of(MADE_UP), CCC_FORM, 0.95)

    assert found.estimate == pytest.approx(overall_ccc(MADE_UP).estimate, rel=1e-12)
    assert np.stack([found.lower, found.upper]) == pytest.approx(np.stack(lower_upper), rel=1e-10)


def test_the_overall_ccc_compares_each_pair_in_those_who_have_both():
    values = gappy(MADE_UP)[0]
    top = bottom = 0.0
    for i in range(4):
        for j in range(i + 1, 4):
            one, other = values[np.isfinite(values[:, [i, j]]).all(axis=1)][:, [i, j]].T
            top += 2 * np.cov(one, other, ddof=0)[0, 1]
            bottom += one.var() + other.var() + (one.mean() - other.mean()) ** 2

    assert overall_ccc_incomplete(values).estimate == pytest.approx(top / bottom, rel=1e-12)


@pytest.mark.parametrize("form", ["1", "A,1", "C,1"])
def test_the_limits_leave_out_one_subject_after_the_other(form):
    """Jackknifed by hand, where the standard error of normal features is smaller."""
    values = gappy(np.exp(2 * MADE_UP))
    found = icc_incomplete(values, form)

    def z(of):
        estimate = icc_incomplete(of, form, None).estimate
        return np.log((1 + 3 * estimate) / (1 - estimate)) / 2

    without = np.stack([z(np.delete(values, i, axis=1)) for i in range(17)], axis=-1)
    centre = 17 * z(values) - 16 * without.mean(axis=-1)
    low = centre - 2.119905299221 * np.sqrt(16 / 17 * ((without - without.mean(-1, keepdims=True)) ** 2).sum(-1))
    by_hand = (np.exp(2 * low) - 1) / (np.exp(2 * low) + 3)

    assert (found.lower <= by_hand + 1e-9).all()
    assert np.isclose(found.lower, by_hand, rtol=1e-8).sum() >= 5


@given(st.permutations(range(4)), st.permutations(range(17)), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_neither_order_nor_unit_matters(conditions, subjects, shift, scale):
    values = gappy(MADE_UP[:3])
    changed = (values * scale + shift)[:, list(subjects)][:, :, list(conditions)]
    for compute in (icc_incomplete, overall_ccc_incomplete):
        found, again = compute(values), compute(changed)
        assert again.estimate == pytest.approx(found.estimate, rel=1e-6)
        assert again.lower == pytest.approx(found.lower, rel=1e-5, abs=1e-6)


def test_a_subject_without_any_value_changes_nothing():
    values = gappy(MADE_UP)
    more = np.concatenate([values, np.full((20, 2, 4), NAN)], axis=1)
    for compute in (icc_incomplete, overall_ccc_incomplete):
        found, again = compute(values), compute(more)
        assert again.n.tolist() == found.n.tolist()
        for name in ("estimate", "lower", "upper"):
            assert getattr(again, name) == pytest.approx(getattr(found, name), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "form", "status"),
    [
        ([[1, NAN], [2, NAN], [NAN, 3], [NAN, 4]], "A,1", "too_few"),
        ([[1, 2, NAN, NAN], [2, 3, NAN, NAN], [NAN, NAN, 3, 4], [NAN, NAN, 4, 6]], "A,1", "confounded"),
        ([[1, 2, NAN, NAN], [2, 3, NAN, NAN], [NAN, NAN, 3, 4], [NAN, NAN, 4, 6]], "C,1", "confounded"),
        ([[1, 2, NAN], [2, 3, NAN], [4, 4, NAN]], "A,1", "too_few"),
        ([[1, 2], [NAN, NAN]], "A,1", "too_few"),
        ([[5, 5], [5, NAN], [5, 5]], "A,1", "constant"),
        ([[NAN, NAN]] * 3, "C,1", "too_few"),
    ],
)
def test_what_cannot_be_told_has_a_reason(values, form, status):
    found = icc_incomplete(values, form)

    assert str(found.status) == status
    assert np.isnan([found.estimate, found.lower, found.upper]).all()


def test_separate_tables_tell_subjects_one_way():
    values = [[1, 2, NAN, NAN], [2, 3, NAN, NAN], [NAN, NAN, 3, 4], [NAN, NAN, 4, 6]]
    assert str(icc_incomplete(values, "1").status) == "ok"


def test_exact_agreement_is_one_with_limits_of_one():
    values = np.where(np.eye(6, 4) > 0, NAN, np.arange(6.0)[:, None])
    for found in (icc_incomplete(values), icc_incomplete(values, "C,1"), overall_ccc_incomplete(values)):
        assert (found.estimate, found.lower, found.upper) == pytest.approx((1, 1, 1), abs=1e-12)


def test_a_reliability_table_counts_subjects_who_lack_a_condition():
    values = gappy(MADE_UP)[0]
    table = pd.DataFrame(
        [
            {"strategy": "none", "subject": f"S{i}", "sequence": "T2", "condition": name, "roi": "liver", NAME: one}
            for i, row in enumerate(values)
            for name, one in zip("ABCD", row, strict=True)
        ]
    )
    statistics = ("icc", "icc_incomplete", "overall_ccc_incomplete")
    found = reliability_table(table, None, statistics=statistics).set_index("statistic")

    assert found.loc["icc", "n"] < found.loc["icc_incomplete", "n"] == 17
    assert found.loc["icc_incomplete", "estimate"] == pytest.approx(icc_incomplete(values).estimate)
    assert found.loc["overall_ccc_incomplete", "upper"] == pytest.approx(overall_ccc_incomplete(values).upper)
    gone = table.assign(**{NAME: table[NAME].where(table["condition"] != "C")})
    lost = reliability_table(gone, None, statistics=("icc_incomplete",))
    assert lost["status"].tolist() == ["absent_condition"]


def test_a_pair_of_conditions_needs_three_subjects():
    found = overall_ccc_incomplete([[1, 2, 3], [2, 3, NAN], [4, 4, NAN], [6, 5, 7]])

    assert (str(found.status), int(found.n)) == ("too_few", 4)
    assert np.isnan([found.estimate, found.lower, found.upper]).all()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("form", ["A,1", "C,1"])
def test_conditions_that_shift_all_subjects_alike_are_no_agreement(form, seed):
    """Means of subjects differ there by the conditions that they lack: ICC(C,1) was 1 (1 to 1), of mere rounding."""
    rng = np.random.default_rng(seed)
    complete = np.tile(10 * rng.normal(size=4) + 20, (8, 1))
    values = gappy(complete, 0.2, seed)
    found, of_complete = icc_incomplete(values, form), icc(complete, form, interval="jackknife")

    assert str(found.status) == str(of_complete.status) == "no_subject_variance"
    for name in ("estimate", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(float(getattr(of_complete, name)), abs=1e-12, nan_ok=True)


def test_many_conditions_are_one_table():
    """The determinant of many conditions is small although every one of them shares subjects with the others."""
    complete = np.random.default_rng(1).normal(size=(12, 1)) + np.random.default_rng(2).normal(0, 0.5, (12, 24))
    found = icc_incomplete(gappy(complete))

    assert str(found.status) == "ok"
    assert found.estimate == pytest.approx(float(icc(complete).estimate), abs=0.05)


def test_nobody_is_too_few():
    assert str(icc_incomplete(np.zeros((0, 3))).status) == "too_few"
    assert str(overall_ccc_incomplete(np.zeros((0, 3))).status) == "too_few"
