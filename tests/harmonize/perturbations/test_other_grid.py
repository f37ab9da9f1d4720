"""Scans at other voxels: one interpolation, parts of it, and what leaves the field of view."""

from dataclasses import replace

import numpy as np
import pytest
import scipy

from harmonize.errors import ScanError, ScanWarning
from harmonize.image.boxes import places_on
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import (
    AddedNoise,
    GammaCurve,
    GrowthByDistance,
    OtherGrid,
    RandomContour,
    Resampling,
    Rotation,
    Translation,
    VolumeChange,
    perturb,
)
from harmonize.perturbations.other_grid import brought
from harmonize.steps import Resample
from tests.harmonize.perturbations.test_laws import scan

CHAIN = [Rotation(7.0), Translation(0.3, -0.2, 0.4), Resampling(1.3)]
NONE = np.random.default_rng(0)


def large() -> Volume:
    """Give a scan with two ROIs, oblique in the patient's space."""
    z, y, x = np.mgrid[:9, :90, :80]
    image = 100 + 40 * np.sin(x / 4) * np.cos(y / 5) + z + np.random.default_rng(3).normal(size=z.shape)
    masks = {
        "one": (x - 40) ** 2 + (y - 30) ** 2 + 9 * (z - 4) ** 2 < 60,
        "two": (x - 50) ** 2 + (y - 38) ** 2 < 50,
    }
    turn = scipy.spatial.transform.Rotation.from_rotvec([0.2, 0.1, -0.3]).as_matrix()
    return Volume(image, Grid((80, 90, 9), (0.8, 0.9, 3.0), (10.0, -20.0, 30.0), tuple(turn.ravel())), masks)


def by_scipy(volume: Volume, new: Grid, order: int) -> np.ndarray:
    """Interpolate by one affine transform of the voxels' indices."""
    matrix, start = places_on(new, volume.grid)
    return scipy.ndimage.affine_transform(
        volume.image, matrix[::-1, ::-1], start[::-1], new.shape, order=order, mode="mirror"
    )


@pytest.mark.parametrize("interpolator", ["bspline", "linear"])
def test_a_chain_is_one_transform(interpolator) -> None:
    volume = large()
    chain = [replace(one, interpolator=interpolator) for one in CHAIN]
    found = perturb(chain, volume)
    grid = volume.grid
    for one in chain:
        grid = one.grid(grid)
    assert found.grid == grid
    known = by_scipy(volume, grid, {"bspline": 3, "linear": 1}[interpolator])
    np.testing.assert_allclose(found.image[1:-1, 20:-20, 20:-20], known[1:-1, 20:-20, 20:-20], atol=1e-9)


def test_a_step_that_resamples_is_of_the_chain() -> None:
    volume = large()
    found = perturb([Rotation(7.0), Resample((2.0, 2.0))], volume)
    assert found.grid.spacing == (2.0, 2.0, 3.0)
    known = by_scipy(volume, found.grid, 3)
    np.testing.assert_allclose(found.image[:, 8:-8, 8:-8], known[:, 8:-8, 8:-8], atol=1e-9)


def test_what_is_interpolated_otherwise_is_no_part_of_it() -> None:
    volume = large()
    found = perturb([Rotation(7.0), Translation(0.3, interpolator="linear")], volume)
    known = Translation(0.3, interpolator="linear")(Rotation(7.0)(volume, NONE), NONE)
    np.testing.assert_array_equal(found.image, known.image)


@pytest.mark.parametrize("chain", [CHAIN, [Translation(0.3)], [Rotation(-20.0)], [Rotation(5.0, smoothing=0.98)]])
def test_a_part_equals_the_whole(chain) -> None:
    volume = large()
    whole, part = perturb(chain, volume), perturb(chain, volume, margin=6.0)
    assert part.image.size < 0.6 * whole.image.size
    x, y, z = np.rint(whole.grid.indices(part.grid.origin)).astype(int)
    box = tuple(slice(at, at + size) for at, size in zip((z, y, x), part.grid.shape, strict=True))
    np.testing.assert_allclose(part.image, whole.image[box], atol=1e-9)
    for name, mask in whole.masks.items():
        np.testing.assert_array_equal(part.masks[name], mask[box])
        assert mask.sum() == part.masks[name].sum()
        reach = np.array([(at.min(), at.max()) for at in np.nonzero(part.masks[name])])
        rim = np.minimum(reach[:, 0], np.array(part.grid.shape) - 1 - reach[:, 1])
        assert (rim[1:] * np.array(part.grid.spacing)[1::-1] >= 6.0).all()


@pytest.mark.parametrize(
    "behind",
    [
        [VolumeChange(0.15)],
        [VolumeChange(-0.3), GrowthByDistance(2.5)],
        [VolumeChange(0.2, "voxels"), RandomContour()],
        [VolumeChange(9.0)],
    ],
)
def test_what_changes_rois_behind_it_sees_all_that_it_needs(behind) -> None:
    volume = large()
    volume = replace(volume, masks={**volume.masks, "rim": np.roll(volume.masks["one"], (0, -24, 0), axis=(0, 1, 2))})
    chain = [Rotation(4.0), *behind]
    whole, part = perturb(chain, volume, 5), perturb(chain, volume, 5, margin=0.0)
    x, y, z = np.rint(whole.grid.indices(part.grid.origin)).astype(int)
    box = tuple(slice(at, at + size) for at, size in zip((z, y, x), part.grid.shape, strict=True))
    for name, mask in whole.masks.items():
        np.testing.assert_array_equal(part.masks[name], mask[box])
        assert mask.sum() == part.masks[name].sum() > 0
        np.testing.assert_allclose(part.image[part.masks[name]], whole.image[mask], atol=1e-9)


def test_an_roi_that_grows_farther_than_thought_is_made_anew_from_the_whole(monkeypatch) -> None:
    volume = large()
    chain = [Rotation(4.0), VolumeChange(6.0)]
    monkeypatch.setattr(VolumeChange, "reach", lambda *_: 3.0)
    whole, part = perturb(chain, volume, 5), perturb(chain, volume, 5, margin=0.0)
    assert part.grid == whole.grid
    for name, mask in whole.masks.items():
        np.testing.assert_array_equal(part.masks[name], mask)


def test_what_looks_at_the_whole_scan_behind_it_has_the_whole() -> None:
    volume = large()
    for behind in (AddedNoise(), Translation(0.2, interpolator="linear")):
        chain = [Rotation(4.0), behind, GammaCurve(1.0)]
        assert perturb(chain, volume, 5, margin=0.0).grid.size == volume.grid.size


def test_masks_keep_their_volume_and_place() -> None:
    volume = large()
    found = perturb([Rotation(9.0), Translation(0.4, 0.3)], volume)
    for name, mask in volume.masks.items():
        before, after = (one.grid.points(np.argwhere(one.masks[name])[:, ::-1].mean(axis=0)) for one in (volume, found))
        np.testing.assert_allclose(after, before, atol=0.1)
        assert abs(found.masks[name].sum() / mask.sum() - 1) < 0.02


def test_an_roi_that_leaves_is_empty_and_said(golden) -> None:
    volume = scan()
    corner = np.zeros(volume.grid.shape, bool)
    corner[:, :3, :3] = True
    volume = replace(volume, masks={**volume.masks, "corner": corner})
    with golden.warning(ScanWarning) as told:
        found = Rotation(30.0)(volume, NONE)
    assert told[0].message.kind == "roi_left_the_field_of_view"
    assert not found.masks["corner"].any()
    assert found.masks["roi"].any()


def test_what_no_scan_showed_is_outside() -> None:
    found = Rotation(45.0)(scan(), NONE)
    assert found.outside is not None
    assert found.outside[:, 0, 0].all()
    assert not found.outside[:, 12, 12].any()
    assert Translation(0.5, 0.5)(scan(), NONE).outside is None


def test_an_roi_at_the_border_does_not_grow_beyond_it() -> None:
    volume = scan()
    whole = np.ones(volume.grid.shape, bool)
    found = brought([Rotation(0.5)], replace(volume, masks={"roi": whole}))
    assert (found.masks["roi"] | (found.outside if found.outside is not None else False)).all()


def test_padding_stays_padding() -> None:
    volume = scan()
    outside = np.zeros(volume.grid.shape, bool)
    outside[:, :4] = True
    found = Translation(0.5, 0.5)(replace(volume, outside=outside), NONE)
    assert found.outside is not None
    assert found.outside[:, :4].all()
    assert not found.outside[:, 4:].any()


@pytest.mark.parametrize("perturbation", [Translation(0.5, 0.5, 0.5), Rotation(10.0), Resampling()])
def test_one_slice_thick_slices_and_a_single_voxel(perturbation: OtherGrid) -> None:
    image = np.random.default_rng(0).normal(size=(1, 20, 24))
    mask = np.zeros(image.shape, bool)
    mask[0, 10, 12] = True
    found = perturbation(Volume(image, Grid((24, 20, 1), (1.0, 1.0, 6.0)), {"roi": mask}), NONE)
    assert found.image.shape[0] == 1
    assert found.grid.origin[2] == 0
    assert found.masks["roi"].sum() <= 4


def test_a_change_of_spacing_beyond_tenfold_is_refused() -> None:
    with pytest.raises(ScanError):
        Resampling(11.0)(large(), NONE)


@pytest.mark.parametrize("wrong", [{"interpolator": "cubic"}, {"mask_interpolator": "bspline"}, {"smoothing": 1.1}])
def test_what_is_no_way_to_interpolate_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Rotation(5.0, **wrong)
