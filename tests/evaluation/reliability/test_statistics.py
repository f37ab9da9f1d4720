import numpy as np
import pytest

from evaluation.reliability import STATISTICS, Settings, usual
from evaluation.reliability.bland_altman import limits_of_agreement
from evaluation.reliability.ccc import ccc, overall_ccc
from evaluation.reliability.icc import icc
from evaluation.reliability.spearman import spearman
from evaluation.reliability.statistics import usual_thresholds, without_reference
from evaluation.reliability.within_subject import relative_within_subject, within_subject

VALUES = np.random.default_rng(0).lognormal(1, 0.4, size=(3, 5, 17, 4))
SETTINGS = Settings("REF", "1", 0.9, "weibull")


def of(name, settings=SETTINGS, values=VALUES):
    """Compute a statistic of the pairs or all conditions of values."""
    entry = STATISTICS[name]
    return entry.compute(values[..., :2] if entry.of_pairs(settings.reference) else values, settings)


def test_what_is_usual_with_and_without_a_reference():
    assert usual() == ("icc", "ccc", "cv", "qcd", "cv_paper", "qcd_paper")
    assert usual(reference=False) == ("icc", "overall_ccc", "cv", "qcd", "cv_paper", "qcd_paper")
    assert usual_thresholds(reference=False) == dict.fromkeys(("icc", "overall_ccc"), 0.9) | dict.fromkeys(
        ("cv", "qcd", "cv_paper", "qcd_paper"), 0.1
    )
    assert set(STATISTICS) - set(without_reference()) == {
        *("ccc", "icc_c1", "spearman", "bias", "loa_lower", "loa_upper")
    }


def test_the_statistics_are_those_of_their_functions():
    pairs = VALUES[..., :2]
    limits = limits_of_agreement(pairs[..., 0], pairs[..., 1], 0.9)
    within, relative = within_subject(VALUES), relative_within_subject(VALUES)

    for found, expected in (
        (of("icc"), icc(pairs, "1", 0.9, "jackknife")),
        (of("icc", SETTINGS._replace(reference=None)), icc(VALUES, "1", 0.9, "jackknife")),
        (of("icc_c1"), icc(pairs, "C,1", 0.9, "jackknife")),
        (of("ccc"), ccc(pairs[..., 0], pairs[..., 1], 0.9, "jackknife")),
        (of("spearman"), spearman(pairs[..., 0], pairs[..., 1], 0.9)),
        (of("icc_all"), icc(VALUES, "1", 0.9, "jackknife")),
    ):
        for name in ("estimate", "lower", "upper", "n", "status"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for found, expected in (
        (of("bias").estimate, limits.bias),
        (of("bias").upper, limits.bias_upper),
        (of("loa_lower").estimate, limits.lower),
        (of("loa_lower").lower, limits.lower_interval[..., 0]),
        (of("loa_upper").estimate, limits.upper),
        (of("loa_upper").upper, limits.upper_interval[..., 1]),
        (of("overall_ccc").estimate, overall_ccc(VALUES).estimate),
        (of("wsd").estimate, within.wsd),
        (of("rc_ratio").estimate, within.rc_ratio),
        (of("rms_wcv").estimate, relative.wcv),
        (of("rc_percent").estimate, relative.rc_percent),
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

    for name in STATISTICS:
        result = of(name, Settings("REF"), values)
        assert not (np.isnan(result.estimate) & (result.status == "ok")).any(), name
        assert result.estimate.shape == result.lower.shape == result.upper.shape == result.n.shape == (5,)
