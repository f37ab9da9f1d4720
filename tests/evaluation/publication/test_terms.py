import pytest

from evaluation.publication import terms
from evaluation.reliability import STATISTICS


def test_every_statistic_has_a_label() -> None:
    assert set(terms.LABELS) >= set(STATISTICS)


@pytest.mark.parametrize(
    ("statistic", "value", "text"),
    [
        ("icc", 0.75, "ICC > 0.75"),
        ("icc", 0.8625, "ICC > 0.8625"),
        ("cv", 0.125, "CV < 12.5 %"),
        ("qcd", 0.07, "QCD < 7 %"),
    ],
)
def test_thresholds_are_written_in_full(statistic: str, value: float, text: str) -> None:
    assert terms.threshold(statistic, value) == text
