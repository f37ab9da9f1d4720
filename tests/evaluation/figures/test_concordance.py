import numpy as np
import pytest

from evaluation.figures import Paired, concordance, to_bytes


def test_the_words_are_the_known_answer(peak_flow: Paired) -> None:
    words = concordance(peak_flow).axes[0].texts[0].get_text()
    assert words.startswith("CCC 0.94 (0.85 to 0.98)")  # epiR


def test_the_reduced_major_axis_has_the_ratio_of_sds_through_the_means(peak_flow: Paired) -> None:
    identity, axis, _ = concordance(peak_flow).axes[0].lines
    (x0, x1), (y0, y1) = axis.get_data()
    slope = (y1 - y0) / (x1 - x0)
    assert slope == pytest.approx(peak_flow.y.std() / peak_flow.x.std())
    assert y0 + slope * (peak_flow.x.mean() - x0) == pytest.approx(peak_flow.y.mean())
    np.testing.assert_array_equal(*identity.get_data())


def test_the_axis_falls_where_the_correlation_is_negative(peak_flow: Paired) -> None:
    opposed = Paired(peak_flow.x, -peak_flow.x, peak_flow.subjects, "v", "r", "c", "")
    (y0, y1) = concordance(opposed).axes[0].lines[1].get_ydata()
    assert y1 < y0


def test_what_is_undefined_is_named() -> None:
    flat = Paired(np.ones(5), np.ones(5), tuple("abcde"), "v", "r", "c", "")
    figure = concordance(flat)
    assert figure.axes[0].texts[0].get_text() == "CCC: constant"
    assert to_bytes(figure, "png")
