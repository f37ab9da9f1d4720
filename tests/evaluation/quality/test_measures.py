import pytest

from evaluation.quality.measures import MEASURES
from evaluation.quality.quality_rows import measure_quality


def test_every_measure_has_a_value_of_a_body_with_noise_and_edges(body):
    rows = measure_quality(body())
    found = {row.measure for row in rows if row.status == "ok"}
    assert found == set(MEASURES)


def test_they_are_what_the_body_was_made_of(body):
    values = {row[:3]: row.value for row in measure_quality(body())}
    assert values["left", "", "mean"] == pytest.approx(100.0, rel=0.05)
    assert values["right", "", "snr"] == pytest.approx(70.0, rel=0.08)
    assert values["left", "right", "cnr"] == pytest.approx(20.0, rel=0.08)
    assert values["left", "right", "cjv"] == pytest.approx(0.1, rel=0.05)
    assert values["left", "right", "contrast"] == pytest.approx(40 / 240, rel=0.05)
    assert values["", "", "noise"] == pytest.approx(2.0, rel=0.08)  # its edges read as noise
