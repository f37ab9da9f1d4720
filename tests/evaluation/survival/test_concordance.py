import numpy as np
import pytest

from evaluation.survival.concordance import ordered
from evaluation.survival.times import uncensored


def test_harrell_and_uno_are_those_of_r_and_of_scikit_survival(heart) -> None:
    right, pairs = ordered(heart.y, heart.age)
    # concordance() of survival 3.5-3, concordance_index_censored of scikit-survival 0.28.0, lifelines 0.30.3
    assert right.sum() / pairs.sum() == pytest.approx(0.6092206366630076, abs=1e-14)
    event, time = heart.y["event"], heart.y["time"]
    weight = 1 / uncensored(time, event, time, before=True)[event][:, None] ** 2
    early = (time[event] <= 1000)[:, None]
    # timewt="n/G2", without and with ymax=1000
    assert (weight * right).sum() / (weight * pairs).sum() == pytest.approx(0.620924822812216, abs=1e-14)
    assert (weight * early * right).sum() / (weight * early * pairs).sum() == pytest.approx(0.616973918695014)
    right, pairs = ordered(heart.untied, heart.age)
    weight = 1 / uncensored(heart.untied["time"], event, heart.untied["time"], before=True)[event][:, None] ** 2
    # concordance_index_ipcw, which has the chance after the time itself, so that ties would differ
    assert (weight * right).sum() / (weight * pairs).sum() == pytest.approx(0.620856400757012, abs=1e-14)


def test_rows_of_different_models_are_not_compared(heart) -> None:
    together = np.arange(69) % 2
    right, pairs = ordered(heart.y, heart.age + 100.0 * together, together)
    parts = [ordered(heart.y[together == half], heart.age[together == half]) for half in (0, 1)]
    assert right.sum() == sum(part[0].sum() for part in parts)
    assert pairs.sum() == sum(part[1].sum() for part in parts)
