import numpy as np
import pytest

from evaluation.figures import priors, to_bytes
from harmonize.combat.batch_priors import BatchPrior


def prior(name="ACC", tau2=0.04, a=20.0, parametric=True):
    rng = np.random.default_rng(0)
    gamma, delta = rng.normal(1, 0.2, 90), rng.uniform(0.7, 1.4, 90)
    return BatchPrior(name, 17, gamma, 0.8 * gamma + 0.2, delta, np.sqrt(delta), 1.0, tau2, a, a, parametric)


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


def test_without_parametric_priors_the_estimates_are_the_prior():
    figure = priors([prior(parametric=False)])
    assert not [line for axes in figure.axes for line in axes.lines if line.get_label() == "prior"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["estimates, which are the prior", "after empirical Bayes"]


def test_the_legend_names_the_prior_of_any_batch():
    figure = priors([prior(tau2=0.0, a=np.inf), prior("DLR")])
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["estimates", "prior", "after empirical Bayes"]
