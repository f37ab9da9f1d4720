import math

import pytest

from evaluation.reliability import STATISTICS, terms
from evaluation.reliability.statistics import below


@pytest.mark.parametrize(
    ("statistic", "value", "text"),
    [
        ("icc", 0.75, "ICC > 0.75"),
        ("icc", 0.8625, "ICC > 0.8625"),
        ("cv", 0.125, "CV < 12.5 %"),
        ("qcd", 0.07, "QCD < 7 %"),
        ("rms_wcv", 0.15, "RMS wCV < 15 %"),
        ("rc_percent", 30.0, "%RC < 30 %"),
        ("rc_ratio", 1.0, "RC / between-subject SD < 1.00"),
        ("overall_ccc", 0.9, "Overall CCC > 0.90"),
    ],
)
def test_thresholds_are_written_in_full(statistic: str, value: float, text: str) -> None:
    assert terms.threshold(statistic, value) == text


@pytest.mark.parametrize(
    ("statistic", "value", "text"),
    [
        ("wsd", 0.0123456, "0.0123"),
        ("wsd", 98765.0, "98800"),
        ("wsd", 3.2e9, "3.20e+09"),
        ("bias", -0.5, "−0.5"),
        ("bias", 0.0, "0"),
        ("rc_percent", 27.7, "27.7"),
        ("rc_ratio", 2.37, "2.37"),
        ("rms_wcv", 0.212, "21.2"),
    ],
)
def test_only_fractions_become_per_cent(statistic: str, value: float, text: str) -> None:
    assert terms.number(value, statistic) == text


@pytest.mark.parametrize("statistic", [name for name in STATISTICS if below(name) and name != "wsd"])
def test_a_number_and_its_threshold_are_on_one_scale(statistic: str) -> None:
    shown = terms.threshold(statistic, 0.25).split("<")[1].split()[0]
    assert math.isclose(float(terms.number(0.25, statistic)), float(shown), abs_tol=0.06)


@pytest.mark.parametrize(("value", "text"), [(0.9999, "1.000"), (0.05, ".050"), (0.00099, "<.001")])
def test_p_values(value: float, text: str) -> None:
    assert terms.p_value(value) == text
