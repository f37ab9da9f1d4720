import warnings

import numpy as np
import pandas as pd
import pytest

from harmonize.combat import BatchZScore, ComBat, CovBat, SmallBatchWarning, leave_one_group_out
from harmonize.combat.redraws import can_redraw, held_out_draws, plain

N, BATCHES, FEATURES = 9, 4, 12


def drawn(seed, missing=0.05):
    """Make one draw with batches of other locations and scales, gaps and a feature that is constant in a batch."""
    rng = np.random.default_rng(seed)
    values = 50 + 8 * rng.normal(size=(N, 1, FEATURES)) + rng.normal(size=(BATCHES, FEATURES))
    values = values + rng.uniform(0.5, 2, (BATCHES, FEATURES)) * rng.normal(size=(N, BATCHES, FEATURES))
    values[rng.random(values.shape) < missing] = np.nan
    values[:, 1, 3] = 7.0
    return values


def one_by_one(model, values, batches):
    frame = pd.DataFrame(values.reshape(-1, FEATURES), columns=[f"f{i}" for i in range(FEATURES)])
    frame = frame.assign(batch=np.tile(batches, N))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallBatchWarning)
        return leave_one_group_out(model, frame, np.repeat(np.arange(N), len(batches))).reshape(values.shape)


@pytest.mark.parametrize("reference", [None, "b0", "b2"])
@pytest.mark.parametrize(
    "model",
    [
        ComBat("batch"),
        ComBat("batch", tolerance=1e-8),
        ComBat("batch", mean_only=True),
        ComBat("batch", empirical_bayes=False),
        BatchZScore("batch"),
    ],
    ids=["combat", "tolerance", "mean only", "plain", "z-score"],
)
def test_all_draws_at_once_are_each_draw_by_itself(model, reference):
    model.set_params(reference=reference)
    values = np.stack([drawn(seed) for seed in range(3)])
    found = held_out_draws(model, values, np.arange(4), None if reference is None else int(reference[1]))
    for one, expected in zip(found, values, strict=True):
        np.testing.assert_allclose(one, one_by_one(model, expected, ["b0", "b1", "b2", "b3"]), rtol=1e-10)


def test_scans_may_share_a_batch():
    values = drawn(4)
    found = held_out_draws(ComBat("batch", reference="b0"), values[None], [0, 0, 1, 1], 0)[0]
    expected = one_by_one(ComBat("batch", reference="b0"), values, ["b0", "b0", "b1", "b1"])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_a_subject_that_is_no_part_of_a_draw_teaches_nothing():
    values = drawn(5, missing=0)
    without = values.copy()
    without[0] = np.nan
    model = ComBat("batch")
    found = held_out_draws(model, np.stack([values, without]), np.arange(4), None)
    assert np.isnan(found[1, 0]).all()
    np.testing.assert_allclose(found[1, 1:], held_out_draws(model, values[None, 1:], np.arange(4), None)[0], rtol=1e-9)
    assert not np.allclose(found[0, 1:], found[1, 1:])


def test_too_few_values_give_none():
    values = drawn(6, missing=0)
    values[2:, 2, 5] = np.nan
    found = held_out_draws(BatchZScore("batch"), values[None], np.arange(4), None)[0]
    assert np.isnan(found[:2, :, 5]).all()
    assert np.isfinite(np.delete(found, 5, axis=-1)).all()


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (ComBat("batch"), True),
        (ComBat("batch", parametric=False, empirical_bayes=False), True),
        (ComBat("batch", parametric=False), False),
        (ComBat("batch", categorical="sex"), False),
        (CovBat("batch"), False),
        (BatchZScore("batch"), True),
    ],
)
def test_which_methods_can_be_drawn_anew(model, known):
    assert can_redraw(model) == known


def cube(n=8, scans=3, features=4):
    return np.random.default_rng(0).normal(10, 1, (n, scans, features))


def test_values_that_ask_for_nothing_are_plain():
    assert plain(cube())
    assert plain(1e6 + cube())


@pytest.mark.parametrize(
    "change",
    [
        lambda values: np.where(np.arange(4) == 1, np.nan, values),
        lambda values: np.where(np.arange(4) == 1, 3.0, values),
        lambda values: np.where(np.arange(4) == 1, 1e200 * values, values),
        lambda values: np.where(np.arange(4) == 1, 1e-200 * values, values),
        lambda values: values + 1e7 * np.arange(3)[:, None],  # what differs within a scan looks like rounding
        lambda values: values[..., :1],  # empirical Bayes needs two
    ],
    ids=["missing", "constant", "huge", "tiny", "far apart", "alone"],
)
def test_what_asks_for_a_closer_look_is_not_plain(change):
    assert not plain(change(cube()))
