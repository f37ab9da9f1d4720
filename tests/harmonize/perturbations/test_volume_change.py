"""Growth and shrinkage of ROIs by a share of their volume."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import VolumeChange
from tests.harmonize.perturbations.test_laws import scan


def changed(change: float, volume: Volume | None = None, seed: int = 0, by="distance") -> np.ndarray:
    return VolumeChange(change, by)(volume or scan(), np.random.default_rng(seed)).masks["roi"]


@pytest.mark.parametrize("by", ["distance", "voxels"])
@pytest.mark.parametrize("change", [-0.6, -0.15, 0.0, 0.15, 1.2])
def test_the_volume_is_as_asked_and_the_roi_within_or_around(change: float, by) -> None:
    mask, found = scan().masks["roi"], changed(change, by=by)
    assert found.sum() == math.floor(mask.sum() * (1 + change))
    smaller, larger = (found, mask) if change < 0 else (mask, found)
    assert not (smaller & ~larger).any()


@pytest.mark.parametrize("change", [-0.5, 0.3])
def test_thick_slices_are_reached_late(change: float) -> None:
    grid = replace(scan().grid, spacing=(1.0, 1.0, 6.0))
    found = changed(change, replace(scan(), grid=grid))
    mask = scan().masks["roi"]
    for one, other in ((found, mask), (mask, found)):
        slices, empty = one.any(axis=(1, 2)), ~other.any(axis=(1, 2))
        assert not (slices & empty & (change > 0)).any()


def test_only_the_last_layer_is_by_chance() -> None:
    mask = scan().masks["roi"]
    found = [changed(0.6, seed=seed, by="voxels") for seed in range(3)]
    assert (found[0] != found[1]).any()
    first = scipy.ndimage.binary_dilation(mask)
    second = scipy.ndimage.binary_dilation(mask, iterations=2)
    for one in found:
        assert not (one & ~second).any()
        assert (one.sum() <= first.sum()) or not (first & ~one).any()


def test_it_does_not_grow_into_padding_or_beyond_the_image() -> None:
    outside = np.zeros(scan().grid.shape, bool)
    outside[:, :8] = True
    volume = replace(scan(), outside=outside & ~scan().masks["roi"])
    found = changed(3.0, volume)
    assert not (found & volume.outside).any()
    all_of_it = replace(scan(), masks={"roi": np.ones(outside.shape, bool)})
    assert changed(0.5, all_of_it).all()
    assert changed(-0.5, all_of_it).sum() == outside.size // 2


def test_one_voxel_stays_or_vanishes() -> None:
    mask = np.zeros((1, 3, 3), bool)
    mask[0, 1, 1] = True
    volume = Volume(np.ones(mask.shape), Grid((3, 3, 1), (1.0, 1.0, 6.0)), {"roi": mask})
    assert (changed(0.15, volume) == mask).all()
    assert not changed(-0.15, volume).any()
    assert not changed(-1.0, volume).any()
    assert not changed(0.5, replace(volume, masks={"roi": mask & False})).any()


def test_an_roi_that_the_image_cuts_off_does_not_shrink_there() -> None:
    mask = np.zeros((4, 12, 12), bool)
    mask[:, :6] = True
    volume = Volume(np.ones(mask.shape), Grid((12, 12, 4)), {"roi": mask})
    assert changed(-1 / 6, volume)[:, :5].all()


@pytest.mark.parametrize("wrong", [{"change": -1.1}, {"by": "area"}])
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        VolumeChange(**wrong)
