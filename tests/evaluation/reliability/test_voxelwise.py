import numpy as np
import pytest

from evaluation.reliability.icc import icc
from evaluation.reliability.voxelwise import between_maps

MASK = np.zeros((2, 3, 4), bool)
MASK[0, :2, :3] = True


def made(seed=0, scale=1.0):
    random = np.random.default_rng(seed)
    true = random.normal(10, 2, MASK.shape)
    return [np.where(MASK, true + random.normal(0, scale, MASK.shape), np.nan) for _ in range(3)]


def test_each_voxel_has_the_coefficient_of_its_own_values():
    maps = made()
    found = between_maps(maps, MASK)
    values = np.stack([one[MASK] for one in maps], axis=-1)
    np.testing.assert_allclose(found.cv[MASK], values.std(axis=1, ddof=1) / values.mean(axis=1), rtol=1e-14)
    assert np.isnan(found.cv[~MASK]).all()
    assert found.icc == icc(values, level=None).estimate.item()
    assert (found.q1, found.median, found.q3) == pytest.approx(np.quantile(found.cv[MASK], [0.25, 0.5, 0.75]))
    assert found.steady == (found.cv[MASK] < 0.1).mean()


def test_units_do_not_matter_and_equal_maps_do_not_change():
    maps = made()
    np.testing.assert_allclose(between_maps([one * 7 for one in maps], MASK).cv, between_maps(maps, MASK).cv)
    same = between_maps([maps[0]] * 2, MASK)
    assert (same.median, same.steady, same.icc) == (0.0, 1.0, 1.0)


def test_values_without_a_zero_to_relate_to_have_no_coefficient():
    first, second = np.full(MASK.shape, np.nan), np.full(MASK.shape, np.nan)
    first[MASK], second[MASK] = [1, -1, 0, 2, np.nan, -3], [2, 1, 0, 2, 1, -3]
    found = between_maps([first, second], MASK)
    assert (found.voxels, found.computed, found.status) == (6, 3, "ok")
    assert np.isfinite(found.cv[MASK]).tolist() == [True, False, False, True, False, True]
    found = between_maps([first, -first], MASK)
    assert found.status == "no voxel has values above or below 0 in all scans"
    assert np.isnan([found.median, found.steady]).all()
