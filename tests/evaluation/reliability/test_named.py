import numpy as np
import pytest

from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.ccc import ccc, overall_ccc
from evaluation.reliability.icc import icc
from evaluation.reliability.named import (
    AGAINST_REFERENCE,
    ALL_STATISTICS,
    LOWER_IS_BETTER,
    OVER_CONDITIONS,
    STATISTICS,
    against_reference,
    over_conditions,
)
from evaluation.reliability.spearman import spearman
from evaluation.reliability.within_subject import relative_within_subject, within_subject

VALUES = np.random.default_rng(0).lognormal(1, 0.4, size=(3, 5, 17, 4))


def test_every_name_is_computed_once_and_only_when_wanted():
    assert set(ALL_STATISTICS) == set(AGAINST_REFERENCE) | set(OVER_CONDITIONS)
    assert len(ALL_STATISTICS) == len(set(ALL_STATISTICS)) == len(AGAINST_REFERENCE) + len(OVER_CONDITIONS)
    assert set(ALL_STATISTICS[: len(STATISTICS)]) == set(STATISTICS)
    assert set(OVER_CONDITIONS) > LOWER_IS_BETTER
    backwards = ALL_STATISTICS[::-1]
    against = against_reference(VALUES[..., :2], backwards, "A,1", 0.95)
    over = over_conditions(VALUES, backwards, "A,1", 0.95, "linear")
    assert list(against) == [name for name in backwards if name in AGAINST_REFERENCE]
    assert list(over) == [name for name in backwards if name in OVER_CONDITIONS]
    assert not against_reference(VALUES[..., :2], ["cv"], "A,1", 0.95)
    assert list(over_conditions(VALUES, ["rc_ratio", "icc"], "A,1", 0.95, "linear")) == ["rc_ratio"]


def test_the_statistics_are_those_of_their_functions():
    pairs = VALUES[..., :2]
    against = against_reference(pairs, AGAINST_REFERENCE, "1", 0.9)
    over = over_conditions(VALUES, OVER_CONDITIONS, "1", 0.9, "weibull")
    limits = limits_of_agreement(pairs[..., 0], pairs[..., 1], 0.9)
    within, relative = within_subject(VALUES), relative_within_subject(VALUES)

    for found, expected in (
        (against["icc"], icc(pairs, "1", 0.9, "jackknife")),
        (against["icc_c1"], icc(pairs, "C,1", 0.9, "jackknife")),
        (against["ccc"], ccc(pairs[..., 0], pairs[..., 1], 0.9, "jackknife")),
        (against["spearman"], spearman(pairs[..., 0], pairs[..., 1], 0.9)),
        (over["icc_all"], icc(VALUES, "1", 0.9, "jackknife")),
    ):
        for name in ("estimate", "lower", "upper", "n", "status"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for found, expected in (
        (against["bias"].estimate, limits.bias),
        (against["bias"].upper, limits.bias_upper),
        (against["loa_lower"].estimate, limits.lower),
        (against["loa_lower"].lower, limits.lower_interval[..., 0]),
        (against["loa_upper"].estimate, limits.upper),
        (against["loa_upper"].upper, limits.upper_interval[..., 1]),
        (over["overall_ccc"].estimate, overall_ccc(VALUES).estimate),
        (over["wsd"].estimate, within.wsd),
        (over["rc_ratio"].estimate, within.rc_ratio),
        (over["rms_wcv"].estimate, relative.wcv),
        (over["rc_percent"].estimate, relative.rc_percent),
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("change", ["constant", "missing", "signed", "equal subjects", "two subjects", "exact"])
def test_no_estimate_is_silently_missing(change):
    values = VALUES[0].copy()
    if change == "constant":
        values[:] = 3.0
    elif change == "missing":
        values[:, :, 0] = np.nan
    elif change == "signed":
        values -= values.mean()
    elif change == "equal subjects":
        values[:] = values[:, :1]
    elif change == "two subjects":
        values[:, 2:] = np.nan
    else:
        values[:] = values[..., :1]
    found = against_reference(values[..., :2], ALL_STATISTICS, "A,1", 0.95)
    found |= over_conditions(values, ALL_STATISTICS, "A,1", 0.95, "linear")

    for name, result in found.items():
        assert not (np.isnan(result.estimate) & (result.status == "ok")).any(), name
        assert result.estimate.shape == result.lower.shape == result.upper.shape == result.n.shape == (5,)
