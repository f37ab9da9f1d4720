"""Contours drawn anew from supervoxels."""

from dataclasses import replace

import numpy as np
import pytest
import scipy

from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import RandomContour
from tests.harmonize.perturbations.test_laws import scan

MIRP = {  # mean and SD over 200 draws by MIRP 2.7.0: Dice with the ROI, volume over that of the ROI
    "brain1": ((0.829, 0.012), (1.016, 0.065)),
    "kidney": ((0.943, 0.002), (1.013, 0.009)),
}
FILES = {
    "brain1": ("pyradiomics_cases/brain1_image.nrrd", "pyradiomics_cases/brain1_label.nrrd"),
    "kidney": tuple(
        f"kidney_repeat/ge_01/00720__Magnitude_ims__B0_map_dual_echo_e1{end}.nii.gz" for end in ("", "_roi-L")
    ),
}


def drawn(volume: Volume, seed: int = 0, **options: float | str) -> np.ndarray:
    return RandomContour(**options)(volume, np.random.default_rng(seed)).masks["roi"]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Give the Dice coefficient."""
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.data
@pytest.mark.parametrize("scan_of", MIRP)
def test_draws_are_as_close_to_the_roi_as_those_of_mirp(data_root, scan_of) -> None:
    image, mask = FILES[scan_of]
    volume, _ = read_volume(data_root / image, {"roi": MaskSource(data_root / mask)})
    roi = volume.masks["roi"]
    draws = [drawn(volume, seed, dimension=3) for seed in range(60)]
    dice = np.array([overlap(one, roi) for one in draws])
    size = np.array([one.sum() / roi.sum() for one in draws])
    (dice_mean, dice_sd), (size_mean, size_sd) = MIRP[scan_of]
    assert abs(dice.mean() - dice_mean) < 0.02
    assert abs(size.mean() - size_mean) < 0.04
    assert 0.5 < dice.std() / dice_sd < 2
    assert 0.5 < size.std() / size_sd < 2


def square(contrast: float = 5.0) -> Volume:
    z, y, x = np.mgrid[:6, :40, :40]
    mask = (abs(x - 20) < 9) & (abs(y - 20) < 9) & (z > 0)
    image = contrast * mask + np.random.default_rng(0).normal(size=mask.shape) * 0.05
    return Volume(image, Grid((40, 40, 6), (1.0, 1.0, 6.0)), {"roi": mask})


def test_a_contour_at_a_sharp_edge_stays_and_one_in_the_even_does_not() -> None:
    volume = square()
    even = replace(volume, image=volume.image - 5.0 * volume.masks["roi"])
    shifted = {"roi": np.roll(volume.masks["roi"], 2, axis=2)}
    assert (drawn(volume) == volume.masks["roi"]).mean() > 0.995
    assert (drawn(replace(even, masks=shifted)) != shifted["roi"]).mean() > 0.005


def test_what_is_taken_in_is_a_supervoxel_by_its_overlap() -> None:
    volume = replace(square(), masks={"roi": np.roll(square().masks["roi"], 3, axis=1)})
    often = np.mean([drawn(volume, seed) for seed in range(200)], axis=0)
    inside = volume.masks["roi"]
    assert often[inside].mean() > 0.7
    assert often[~inside].mean() < 0.1


def test_small_rois_keep_their_middle() -> None:
    small = np.zeros(square().grid.shape, bool)
    small[2:4, 16:24, 16:24] = True
    volume = replace(square(0.0), masks={"roi": small})
    assert min(overlap(drawn(volume, seed, dimension=3), small) for seed in range(20)) > 0.6
    assert min(overlap(drawn(volume, seed), small) for seed in range(20)) > 0.8


def organ(noise: float) -> Volume:
    """Give an even organ across all slices, of which the middle one is drawn: 500 voxels."""
    z, y, x = np.mgrid[:5, :64, :64]
    inside = ((x - 32) / 1.3) ** 2 + ((y - 30) * 1.3) ** 2 < 160
    image = 100.0 + 40 * inside + noise * np.random.default_rng(1).normal(size=z.shape)
    return Volume(image, Grid((64, 64, 5), (1.5, 1.5, 5.0)), {"roi": inside & (z == 2)})


@pytest.mark.parametrize("noise", [2.0, 10.0])
def test_an_roi_of_one_slice_stays_there_and_keeps_its_interior(noise: float) -> None:
    volume = organ(noise)
    roi = volume.masks["roi"]
    deep = scipy.ndimage.binary_erosion(roi[2], np.ones((3, 3)), iterations=2)
    draws = [drawn(volume, seed) for seed in range(20)]
    for one in draws:
        assert not np.delete(one, 2, axis=0).any()
        assert one[2][deep].all()
        assert overlap(one, roi) > 0.9
    across = drawn(volume, dimension=3)
    assert np.delete(across, 2, axis=0).any()


def test_slices_are_drawn_on_their_own_and_along_any_axis() -> None:
    volume = organ(10.0)
    roi = volume.masks["roi"]
    two = replace(volume, masks={"roi": roi | np.roll(roi, 2, axis=0)})
    alone = replace(volume, image=volume.image[2:3], grid=Grid((64, 64, 1), (1.5, 1.5, 5.0)), masks={"roi": roi[2:3]})
    assert (drawn(volume, 4)[2] == drawn(alone, 4)[0]).all()
    assert drawn(two, 4).any(axis=(1, 2)).tolist() == [False, False, True, False, True]
    turned = Volume(
        np.moveaxis(volume.image, 0, 2), Grid((5, 64, 64), (5.0, 1.5, 1.5)), {"roi": np.moveaxis(roi, 0, 2)}
    )
    assert (drawn(turned, 4) == np.moveaxis(drawn(volume, 4), 0, 2)).all()
    even = replace(volume, grid=Grid((64, 64, 5)))
    assert (drawn(even, 4) == drawn(even, 4, slice_axis="z")).all()
    assert drawn(even, 4, slice_axis="y").any(axis=(0, 2)).tolist() == roi.any(axis=(0, 2)).tolist()


def test_a_part_of_few_voxels_along_another_axis_is_drawn_as_the_whole() -> None:
    z, y, x = np.mgrid[:48, :48, :48]
    plate = (abs(x - 24) < 4) & (abs(y - 24) < 10) & (abs(z - 24) < 10)
    image = 100.0 + 40 * plate + 10 * np.random.default_rng(1).normal(size=z.shape)
    whole = Volume(image, Grid((48, 48, 48)), {"roi": plate})
    part = Volume(image[:, :, 12:35], Grid((23, 48, 48)), {"roi": plate[:, :, 12:35]})
    small = {"size": 60.0}
    assert (drawn(whole, 3, **small) != plate).any()
    assert (drawn(whole, 3, **small)[:, :, 12:35] == drawn(part, 3, **small)).all()


@pytest.mark.data
@pytest.mark.parametrize(("scan_of", "voxels"), [
    ("philips_02/01101__B0_map_expiration_volume_2DMS_product_auto_e1", 478),
    ("ge_01/00720__Magnitude_ims__B0_map_dual_echo_e1", 15600),
])  # fmt: skip
def test_kidneys_of_one_slice_and_of_many_keep_to_theirs(data_root, scan_of, voxels) -> None:
    image, mask = (data_root / f"kidney_repeat/{scan_of}{end}.nii.gz" for end in ("", "_roi-L"))
    volume, _ = read_volume(image, {"roi": MaskSource(mask)})
    roi = volume.masks["roi"]
    assert roi.sum() == voxels
    draws = [drawn(volume, seed) for seed in range(10)]
    assert all(0.93 < overlap(one, roi) < 0.98 for one in draws)
    assert not any((one.any(axis=(1, 2)) & ~roi.any(axis=(1, 2))).any() for one in draws)


def test_a_single_voxel_an_empty_roi_a_single_slice_and_an_even_image() -> None:
    mask = np.zeros((1, 9, 9), bool)
    mask[0, 4, 4] = True
    volume = Volume(np.ones(mask.shape), Grid((9, 9, 1), (1.0, 1.0, 6.0)), {"roi": mask})
    assert (drawn(volume) == mask).all()
    assert not drawn(replace(volume, masks={"roi": mask & False})).any()


def test_an_roi_that_fills_the_image_and_padding() -> None:
    volume = scan()
    all_of_it = replace(volume, masks={"roi": np.ones(volume.grid.shape, bool)})
    assert drawn(all_of_it).all()
    outside = np.zeros(volume.grid.shape, bool)
    outside[:, :12] = True
    assert not (drawn(replace(volume, outside=outside)) & outside).any()


def test_supervoxels_are_found_once_and_draws_differ() -> None:
    volume = square(0.0)
    assert (drawn(volume, 1) != drawn(volume, 2)).any()
    assert (drawn(volume, 1) == drawn(replace(volume, image=volume.image.copy()), 1)).all()


@pytest.mark.parametrize(
    "wrong", [{"size": 0.0}, {"share": 1.5}, {"dimension": 4}, {"dimension": 3, "slice_axis": "z"}]
)
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=list(wrong)[-1]):
        RandomContour(**wrong)
