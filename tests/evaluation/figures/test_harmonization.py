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
