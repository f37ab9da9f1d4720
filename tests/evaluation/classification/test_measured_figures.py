import numpy as np

from evaluation.classification import HeldOutNumbers
from evaluation.classification.measured_figures import curves_by_risk, mean_ranks, predicted_observed
from evaluation.classification.outcomes import SurvivalOutcome
from evaluation.survival.times import survival_times


def test_a_point_is_a_row() -> None:
    figure = predicted_observed(HeldOutNumbers.of([1.0, 2.0, 3.0], [1.5, 2.0, 2.5]))
    assert figure.axes[0].lines[1].get_xydata().tolist() == [[1.5, 1.0], [2.0, 2.0], [2.5, 3.0]]


def test_risks_are_ranked_within_their_model_and_end_in_thirds() -> None:
    y = survival_times(np.arange(1, 13), np.ones(12))
    outcome = SurvivalOutcome().known(y)
    values = np.zeros((1, 12, 2 + len(outcome.times)))
    fold = (np.arange(12) % 2)[None]
    values[0, :, 0] = -np.arange(12) + 100.0 * fold[0]  # models with levels of their own
    found = outcome._held_out(y, np.arange(12), values, fold)
    ranks = mean_ranks(found)
    assert (np.diff(ranks[::2]) < 0).all()
    assert (np.diff(ranks[1::2]) < 0).all()
    np.testing.assert_allclose(ranks[::2], ranks[1::2])
    labels = curves_by_risk(found).axes[0].get_legend_handles_labels()[1]
    assert labels == ["lowest third of risks, n = 4", "middle third, n = 4", "highest third, n = 4"]
