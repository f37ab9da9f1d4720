"""Figures of harmonization: what is drawn is what was given, in every size and for odd values."""

import numpy as np
import pandas as pd
import pytest

from evaluation.figures import before_after, effect_sizes, priors, to_bytes
from harmonize.combat.diagnostics import BatchPrior


def prior(name="ACC", tau2=0.04, a=20.0):
    rng = np.random.default_rng(0)
    gamma, delta = rng.normal(1, 0.2, 90), rng.uniform(0.7, 1.4, 90)
    return BatchPrior(name, 17, gamma, 0.8 * gamma + 0.2, delta, np.sqrt(delta), 1.0, tau2, a, a)


def test_a_row_of_two_panels_a_batch_with_the_density_of_its_prior():
    figure = priors([prior("ACC+STD"), prior("ACC+DLR")], "HASTE / liver")
    assert len(figure.axes) == 4
    (line,) = [line for line in figure.axes[0].lines if line.get_label() == "prior"]
    x, y = line.get_data()
    np.testing.assert_allclose(y, prior().location_density(x))
    assert "ACC+STD" in figure.axes[0].get_ylabel()


def test_a_prior_without_spread_is_not_drawn():
    figure = priors([prior(tau2=0.0, a=np.inf)])
    for axes in figure.axes:
        assert not [line for line in axes.lines if line.get_label() == "prior"]
    to_bytes(figure, "svg")


def test_bars_span_the_quartiles():
    sizes = pd.DataFrame({"batch": ["A"] * 101, "feature": range(101), "raw": np.linspace(0, 4, 101), "held_out": 0.0})
    axes = effect_sizes(sizes).axes[0]
    (thick,) = [line for line in axes.lines if line.get_label() == "before"]
    assert thick.get_xdata() == pytest.approx([1.0, 3.0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["before", "after, held-out subjects"]


def test_rows_before_and_after_share_their_axes():
    rng = np.random.default_rng(0)
    x, batches = rng.normal(size=40), ["A"] * 20 + ["B"] * 20
    points = rng.normal(size=(40, 2))
    figure = before_after("f", x, x - 1, batches, (points, points / 2), (0.6, 0.2))
    assert len(figure.axes) == 4
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[2].get_ylim() == figure.axes[3].get_ylim()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["A", "B"]
    assert to_bytes(figure, "png") == to_bytes(figure, "png")


@pytest.mark.parametrize("values", [np.full(6, 3.0), np.array([1.0, np.nan, 2, 3, 3, 3]), np.arange(6.0)])
def test_constant_missing_and_few_values_can_be_drawn(values):
    to_bytes(before_after("a_$very$_long_name" * 6, values, values, list("AAABBC")), "svg")


def test_no_outline_is_cut_off_and_the_legend_covers_no_curve():
    rng = np.random.default_rng(0)
    gamma, delta = rng.normal(1, 1.0, 90), rng.uniform(0.9, 1.1, 90)
    found = BatchPrior("ACC", 17, gamma, 1.0 + 0.01 * gamma, delta, 1.0 + 0.01 * (delta - 1), 1.0, 1.0, 20.0, 20.0)
    figure = priors([found])
    for axes in figure.axes:
        curves = [line for line in axes.lines if line.get_label() == "prior"]
        drawn = [
            *(patch.get_data().values.max() for patch in axes.patches),
            *(line.get_ydata().max() for line in curves),
        ]
        assert axes.get_ylim()[1] > max(drawn)
        assert axes.get_legend() is None
    assert len(figure.legends) == 1
    to_bytes(figure, "svg")


@pytest.mark.parametrize("span", [(0.97, 1.04), (0.5, 1.4), (0.2, 30.0), (1e-4, 1e5)])
def test_an_axis_of_scales_has_several_labels(span):
    delta = np.geomspace(*span, 90)
    gamma = np.linspace(0, 1, 90)
    axes = priors([BatchPrior("ACC", 17, gamma, gamma, delta, delta, 0.5, 0.1, np.inf, np.inf)]).axes[1]
    low, high = axes.get_xlim()
    assert 3 <= sum(low <= x <= high for x in axes.get_xticks()) <= 6
    assert [float(text.get_text()) for text in axes.get_xticklabels()] == pytest.approx(
        10 ** axes.get_xticks(), rel=0.01
    )


def test_the_axis_says_what_batches_are_compared_with():
    sizes = pd.DataFrame({"batch": ["A"] * 9, "feature": range(9), "raw": np.arange(9.0), "held_out": 0.0})
    assert "from the reference" in effect_sizes(sizes).axes[0].get_xlabel()
    assert "from the mean of all rows" in effect_sizes(sizes, from_mean=True).axes[0].get_xlabel()
