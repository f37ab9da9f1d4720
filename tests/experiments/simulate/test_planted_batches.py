import numpy as np
import pytest

from experiments.simulate.planted_batches import KINDS, WINNERS, planted_batches


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_planted_is_there(kind):
    table = planted_batches(kind, n_features=30, n_each=400)
    values, scanner = table.filter(like="F").to_numpy(), table["scanner"].to_numpy()
    of = [values[scanner == name] for name in ("one", "two", "three")]
    shift = np.ptp([part.mean(axis=0) for part in of], axis=0)
    scale = np.ptp(np.log([part.std(axis=0) for part in of]), axis=0)
    apart = np.abs(np.corrcoef(of[0].T) - np.corrcoef(of[2].T)).mean()
    assert (np.median(shift) > 0.8) == (kind in ("additive", "multiplicative", "travelling"))
    assert (np.median(scale) > 0.7) == (kind == "multiplicative")
    assert (apart > 0.3) == (kind == "covariance")
    assert table["subject"].nunique() == (400 if kind == "travelling" else 1200)
    joint = [values[(scanner == "one") & (table["protocol"] == name)].mean(axis=0) for name in ("fast", "slow")]
    assert (np.median(np.abs(joint[0] - joint[1])) > 1.5) == (kind == "interaction")


def test_every_kind_but_none_has_winners():
    assert set(WINNERS) == set(KINDS) - {"none"}
