import numpy as np
import pytest

from evaluation.classification import HeldOut, auc
from evaluation.classification.figures import GRID, calibration, mean_curve, roc
from evaluation.figures import to_bytes
from harmonize.errors import ConfigurationError


def cohort(n_classes: int = 2, n: int = 200) -> HeldOut:
    rng = np.random.default_rng(0)
    truth = np.arange(n) % n_classes
    values = np.exp(rng.normal(size=(3, n, n_classes)) + (truth[:, None] == np.arange(n_classes)))
    fold = np.stack([rng.permutation(n) % 4 for _ in range(3)])
    return HeldOut(tuple("abc"[:n_classes]), truth, np.arange(n), values / values.sum(-1, keepdims=True), fold)


def test_the_area_under_the_mean_curve_is_the_auc() -> None:
    held_out = cohort()
    curve = mean_curve(held_out)
    assert np.sum(np.diff(GRID) * (curve[1:] + curve[:-1]) / 2) == pytest.approx(float(auc(held_out)), abs=0.006)


def test_ties_lie_on_the_diagonal() -> None:
    assert mean_curve(HeldOut.of([0, 1] * 5, [0.5] * 10)) == pytest.approx(GRID)


def test_without_two_classes_there_is_no_curve() -> None:
    held_out = HeldOut.of(["b", "b"], [0.2, 0.4], classes=("a", "b"))
    assert np.isnan(mean_curve(held_out)).all()
    assert roc({"m": held_out}).axes[0].get_legend_handles_labels()[1] == ["m, no AUC"]


def test_the_lines_carry_the_numbers() -> None:
    held_out = cohort()
    figure = roc({"logistic": held_out, "forest": held_out})
    line = figure.axes[0].lines[1]
    assert line.get_label() == f"logistic, AUC {float(auc(held_out)):.2f}"
    assert line.get_ydata() == pytest.approx(mean_curve(held_out))
    points = calibration({"logistic": held_out}, bins=4).axes[0].lines[1]
    assert len(points.get_xdata()) == 4


def test_three_classes_have_a_line_each(golden) -> None:
    labels = roc({"logistic": cohort(3)}).axes[0].get_legend_handles_labels()[1]
    assert [label.split(",")[0] for label in labels] == [f"{name} against the others" for name in "abc"]
    with golden.error(ConfigurationError):
        roc({"logistic": cohort(3), "forest": cohort(3)})


def test_too_many_or_no_models_are_refused(golden) -> None:
    with golden.error(ConfigurationError):
        calibration({})
    with golden.error(ConfigurationError):
        roc({str(i): cohort() for i in range(9)})


@pytest.mark.parametrize("draw", [roc, calibration])
def test_files_are_the_same_every_time(draw) -> None:
    assert to_bytes(draw({"a": cohort()}), "svg") == to_bytes(draw({"a": cohort()}), "svg")
