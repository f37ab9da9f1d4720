import pytest

from evaluation.classification import OUTCOMES, ScoreStatus
from evaluation.classification.intervals import ScoreInterval
from evaluation.classification.metrics import auc
from evaluation.classification.score import Score


def test_limits_end_where_the_score_does() -> None:
    found = Score(auc, "AUC", 1, 0, 1).within(ScoreInterval(0.9, 0.7, 1.1))
    assert (found.lower, found.upper) == (0.7, 1.0)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_tuned_by_scores_that_a_fold_has(outcome) -> None:
    known = OUTCOMES[outcome]
    assert not any(known.scores[name].pooled for name in (known.tune_by, known.tie_by))
    assert all(one.missing is not ScoreStatus.OK and one.title for one in known.scores.values())
