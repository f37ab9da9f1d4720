import re

import numpy as np
import pytest
import SimpleITK as sitk

from experiments.simulate.phantom import draw_phantom
from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Grid, Volume, to_itk
from harmonize.registration import RefusedMotionError, Registration, register
from harmonize.registration.rigid import Rigid, carry_mask, volume_points
from harmonize.remarks import unsaid

GRID = Grid((128, 128, 8), (2.8, 2.8, 6.0), (-170.0, -160.0, 30.0))
ORGANS = ("liver", "spleen")


@pytest.fixture(scope="module")
def subject() -> Volume:
    """One subject of the simulator with noise of a fiftieth of its brightest voxels."""
    phantom = draw_phantom(128, 8, (3, 1))
    image = np.abs(sum(np.fft.ifft2(spectrum) for spectrum in phantom.spectra.values()))
    masks = {name: mask for name, mask in phantom.anatomy.rois.items() if name in ORGANS}
    return Volume(noisy(image / image.max() * 500, 1), GRID, masks)


def noisy(image: np.ndarray, seed: int) -> np.ndarray:
    real, imaginary = np.random.default_rng(seed).normal(0, 10, (2, *image.shape))
    return np.hypot(image + real, imaginary)


def moved(volume: Volume, motion: sitk.Transform, inverted: bool = False) -> Volume:
    """Move the subject, change its contrast, and add the noise of another scan."""
    image = sitk.GetArrayFromImage(
        sitk.Resample(volume.to_itk(), volume.to_itk(), motion.GetInverse(), sitk.sitkBSpline)
    )
    image = np.clip(image, 0, 500)
    return Volume(noisy(500 - image if inverted else image, 2), volume.grid)


def union(volume: Volume) -> BoolArray:
    return np.any(list(volume.masks.values()), axis=0)


@pytest.mark.parametrize(
    ("metric", "inverted"), [("correlation", False), ("mutual_information", False), ("mutual_information", True)]
)
def test_a_known_motion_in_space_is_recovered_to_a_third_of_a_pixel(subject, metric, inverted):
    """Also with contrast turned round, which mutual information does not mind."""
    centre = volume_points(union(subject), GRID).mean(axis=0)
    motion = sitk.Euler3DTransform(centre.tolist(), 0.01, 0.0, np.deg2rad(4.0), (9.0, -6.0, 2.0))
    found = register(subject, moved(subject, motion, inverted), union(subject), Registration(3, metric))
    points = volume_points(union(subject), GRID)
    (transform,) = found.transforms
    error = np.linalg.norm(transform(points) - Rigid.of(motion)(points), axis=1)
    assert error.mean() < 2.8 / 3
    assert found.translation == pytest.approx(11.0, abs=1.0)
    assert found.rotation == pytest.approx(4.0, abs=0.7)
    assert found.residual < 2.8 / 2
    assert found.metric_after < found.metric_before
    assert found.overlap < 0.95


def test_every_slice_has_a_motion_of_its_own(subject):
    """As breathing in between does; to a third of a pixel."""
    image, motions = subject.image.copy(), {}
    for index in range(8):
        motion = sitk.Euler2DTransform((180.0, 170.0), np.deg2rad(index - 3.0), (2.0 * index - 6.0, 5.0 - index))
        plane = sitk.GetImageFromArray(subject.image[index])
        plane.SetSpacing((2.8, 2.8))
        image[index] = sitk.GetArrayFromImage(sitk.Resample(plane, plane, motion.GetInverse(), sitk.sitkBSpline))
        motions[index] = Rigid.of(motion)
    region = union(subject)
    found = register(subject, Volume(noisy(image, 2), GRID), region, Registration(2, "correlation"))
    assert [transform.slice for transform in found.transforms] == np.flatnonzero(region.any(axis=(1, 2))).tolist()
    for transform in found.transforms:
        rows, columns = np.nonzero(region[transform.slice])
        points = 2.8 * np.stack([columns, rows], axis=1)
        error = np.linalg.norm(transform(points) - motions[transform.slice](points), axis=1)
        assert error.mean() < 2.8 / 3


def test_the_carried_roi_is_the_moved_organ(subject):
    centre = volume_points(union(subject), GRID).mean(axis=0)
    motion = sitk.Euler3DTransform(centre.tolist(), 0.0, 0.0, np.deg2rad(5.0), (14.0, -8.0, 0.0))
    found = register(subject, moved(subject, motion), union(subject), Registration(3, "correlation"))
    for mask in subject.masks.values():
        carried = carry_mask(mask, GRID, found.transforms, GRID, found.axis)
        share = sitk.Resample(to_itk(mask.astype(float), GRID), to_itk(mask, GRID), motion.GetInverse())
        truth = sitk.GetArrayFromImage(share) >= 0.5
        assert 2 * (carried & truth).sum() / (carried.sum() + truth.sum()) > 0.95


def test_two_scans_without_motion_stay_where_they_are(subject):
    again = Volume(noisy(subject.image, 5), GRID)
    for settings in (Registration(3), Registration(2, "correlation")):
        found = register(subject, again, union(subject), settings)
        assert found.translation < 0.5
        assert found.rotation < 0.5
        assert found.overlap > 0.97


def test_the_same_scans_give_the_same_bits(subject):
    motion = sitk.Euler3DTransform((0.0, 0.0, 50.0), 0.0, 0.0, 0.03, (5.0, 0.0, 0.0))
    scan = moved(subject, motion)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    first = register(subject, scan, union(subject), Registration(3))
    try:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
        assert register(subject, scan, union(subject), Registration(3)) == first
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


@pytest.mark.parametrize(
    "limits",
    [
        {"most_translation": 5.0},
        {"most_rotation": 2.0},
        {"most_residual": 1e-6},
    ],
)
def test_what_is_beyond_the_limits_is_refused_with_the_numbers(subject, limits, golden):
    centre = volume_points(union(subject), GRID).mean(axis=0)
    motion = sitk.Euler3DTransform(centre.tolist(), 0.0, 0.0, np.deg2rad(4.0), (12.0, 0.0, 0.0))
    with golden.error(RefusedMotionError, varies=r"(?<=by )[\d.]+"):
        register(subject, moved(subject, motion), union(subject), Registration(3, "correlation", **limits))


def test_what_was_tried_is_not_advised(subject, golden):
    """`each: roi` was advised to somebody who had asked for it."""
    settings = Registration(3, "correlation", each="roi", most_residual=1e-6)
    motion = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.0, 0.0, np.deg2rad(2.0), (3.0, 0.0, 0.0))
    with golden.error(RefusedMotionError, varies=r"(?<=by )[\d.]+"):
        register(subject, moved(subject, motion), union(subject), settings)


def test_all_limits_that_are_passed_are_told_at_once_with_the_values(subject):
    """They were told one by one, a run for each."""
    centre = volume_points(union(subject), GRID).mean(axis=0)
    motion = sitk.Euler3DTransform(centre.tolist(), 0.0, 0.0, np.deg2rad(4.0), (12.0, 0.0, 0.0))
    settings = Registration(3, "correlation", most_translation=5.0, most_rotation=2.0, most_residual=1e-6)
    with pytest.raises(RefusedMotionError) as caught:
        register(subject, moved(subject, motion), union(subject), settings)
    error = from_a_worker(caught.value)
    assert re.fullmatch(
        r"the registration is not certain: .* apart by \S+ mm, expected at most 1e-06, and moves the ROIs by 1\S+ mm, "
        r"expected at most 5, and turns them by \S+ degrees, expected at most 2",
        error.problem,
    )
    assert error.beyond == ("residual", "translation", "rotation")
    assert error.found.translation == pytest.approx(12.0, abs=1.0)
    assert error.found.residual < 2.8


def from_a_worker(error: RefusedMotionError) -> RefusedMotionError:
    """Give it as it comes back from a worker."""
    kind, parts = error.__reduce__()
    return kind(*parts)


def test_a_scan_that_shows_nothing_is_refused(subject, golden):
    """That no other search could be made had counted as agreement."""
    flat = Volume(np.full(GRID.shape, 50.0), GRID)
    with golden.error(RefusedMotionError) as caught:
        register(subject, flat, union(subject), Registration(3, "correlation"))
    assert caught.value.found.residual is None


def test_what_lies_outside_of_the_scan_is_no_part_of_the_halves_that_check(subject):
    """A half of which most lay outside had counted as one that agrees."""
    left = union(subject).any(axis=(0, 1)).argmax() + 8
    grid = Grid((128 - int(left), 128, 8), GRID.spacing, (-170.0 + 2.8 * left, -160.0, 30.0))
    found = register(subject, Volume(noisy(subject.image, 2)[:, :, left:], grid), union(subject), Registration())
    assert found.translation < 1.0
    assert 0 < found.residual < 2.8


def test_borders_of_zeros_do_not_hold_the_scan(subject):
    """They lie still while the body moves: the fit had followed them."""
    centre = volume_points(union(subject), GRID).mean(axis=0)
    motion = sitk.Euler3DTransform(centre.tolist(), 0.0, 0.0, np.deg2rad(4.0), (12.0, -6.0, 2.0))
    rows, columns = (np.flatnonzero(union(subject).any(axis=axes)) for axes in ((0, 2), (0, 1)))
    inner = np.zeros(GRID.shape, bool)
    inner[:, rows[0] - 3 : rows[-1] + 4, columns[0] - 3 : columns[-1] + 4] = True
    first, second = (Volume(np.where(inner, scan.image, 0.0), GRID) for scan in (subject, moved(subject, motion)))
    found = register(first, second, union(subject), Registration(3))
    error = np.linalg.norm(found.transforms[0](centre[None]) - Rigid.of(motion)(centre[None]))
    assert error < 2.8 / 3


@pytest.mark.parametrize("settings", [Registration(3), Registration(2, "correlation")])
def test_the_same_image_is_known_to_lie_still(subject, settings):
    found = register(subject, Volume(subject.image.copy(), GRID), union(subject), settings)
    assert (found.by, found.translation, found.rotation, found.residual, found.overlap) == ("same image", 0, 0, 0, 1)
    assert found.metric_before == found.metric_after < 0


def test_the_same_raw_data_lie_still_on_the_same_grid(subject):
    """Not where the settings search, nor on another grid."""
    again, still = noisy(subject.image, 5), Registration(3, "correlation")
    shifted = Grid(GRID.size, GRID.spacing, (-167.2, -160.0, 30.0))
    tried = [
        (GRID, still, True),
        (GRID, still, False),
        (GRID, Registration(3, "correlation", same_acquisition="search"), True),
    ]
    ways = [
        register(subject, Volume(again, grid), union(subject), settings, same_acquisition=same).by
        for grid, settings, same in [*tried, (shifted, still, True)]
    ]
    assert ways == ["same acquisition", "search", "search", "search"]


def test_few_slices_are_registered_one_by_one(subject, golden):
    thin = Volume(subject.image[3:5], Grid((128, 128, 2), GRID.spacing))
    with golden.error(ScanError):
        register(thin, thin, union(subject)[3:5], Registration(3))
    assert register(thin, thin, union(subject)[3:5], Registration(2)).translation < 0.1


def test_scans_of_different_places_fail_with_a_reason(subject):
    away = Grid(GRID.size, GRID.spacing, (5000.0, 0.0, 0.0))
    with pytest.raises(ScanError, match=r"the registration failed: .*; look whether both scans show the same place"):
        register(subject, Volume(subject.image, away), union(subject), Registration(3))


def test_noise_alone_is_refused(subject):
    """There is nothing to register to; there and back again do not agree."""
    noise = Volume(np.random.default_rng(0).normal(100, 30, subject.image.shape), GRID)
    roi = union(subject)
    roi[np.arange(len(roi)) != 3] = False
    with pytest.raises(ScanError, match="the registration of slice 3 is not certain: searches that ought to agree"):
        register(subject, noise, roi, Registration(2, "correlation", most_residual=0.5))


def test_no_roi_is_said(subject, golden):
    with golden.error(ScanError):
        register(subject, subject, np.zeros(GRID.shape, bool), Registration())


@pytest.mark.parametrize(
    "settings",
    [
        {"margin": 0.0},
        {"most_residual": -1.0},
        {"dimension": 4},
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, golden):
    with golden.error(ValueError):
        Registration(**settings)


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "label", "regions", "least"),
    [
        ("breast1_image", "breast1_label", (None,), 1),
        ("prostate_phantom_subvolume", "prostate_phantom_subvolume", (1, 7, 8, 9), 0),
    ],
)
def test_no_accepted_motion_of_a_real_volume_is_off_by_more_than_a_pixel(data_root, case, label, regions, least):
    """Of motions by 10 pixels and more that the slices of 2 and 3 mm follow badly, some ended 6 mm away.

    `tests/benchmarks/bench_registration.py` tries more.
    """
    folder = data_root / "pyradiomics_cases"
    file = folder / f"{label}{'' if 'label' in label else '-label'}.nrrd"
    with unsaid():  # some of the phantom reaches its borders
        volume, _ = read_volume(folder / f"{case}.nrrd", {f"{k}": MaskSource(file, k) for k in regions})
    centre = volume_points(union(volume), volume.grid).mean(axis=0)
    pixel, accepted = min(volume.grid.spacing), []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        turn, shift = np.deg2rad(rng.uniform(-4, 4, 3)).tolist(), rng.uniform(-8, 8, 3).tolist()
        motion = sitk.Euler3DTransform(centre.tolist(), *turn, shift)
        image = sitk.GetArrayFromImage(sitk.Resample(volume.to_itk(), volume.to_itk(), motion.GetInverse()))
        try:
            found = register(volume, Volume(image, volume.grid), union(volume), Registration())
        except ScanError:
            continue
        place = np.atleast_2d(centre)
        accepted.append(float(np.linalg.norm(found.transforms[0](place) - Rigid.of(motion)(place))) / pixel)
    assert len(accepted) >= least
    assert max(accepted, default=0.0) < 1


def kidneys(folder, scan: str, echo: int = 1) -> Volume:
    (image,) = folder.glob(f"{scan}__*_e{echo}.nii.gz")
    masks = {side: MaskSource(path) for side in "LR" for path in folder.glob(f"{scan}__*_e{echo}_roi-{side}.nii.gz")}
    return read_volume(image, masks)[0]


@pytest.mark.data
@pytest.mark.parametrize("settings", [Registration(3), Registration(2, "correlation")])
def test_two_echoes_of_one_shot_lie_on_each_other(data_root, settings):
    """Of one excitation: nothing can have moved; two fifths of a pixel of 3 mm in the slice that is furthest off."""
    folder = data_root / "kidney_repeat" / "philips_01"
    first, second = kidneys(folder, "01001"), kidneys(folder, "01001", echo=2)
    found = register(first, second, union(first), settings)
    assert found.translation < 1.2
    assert found.rotation < 1.0
    assert found.overlap > 0.97


@pytest.mark.data
@pytest.mark.parametrize("settings", [Registration(3, most_residual=4.0), Registration(2, "correlation")])
def test_kidneys_of_another_breath_hold_are_found(data_root, settings):
    """Carried from one run to the next they agree better with what was drawn there than without being moved.

    In space they do not move as one: halves disagree by 3.04 mm, where the usual limit is a pixel of 3 mm.
    """
    root = data_root / "kidney_repeat"
    first, second = kidneys(root / "philips_04", "00501"), kidneys(root / "philips_05", "00601")
    found = register(first, second, union(first), settings)
    assert 2.5 < found.translation < 4.5

    def dice(a: np.ndarray, b: np.ndarray) -> float:
        return float(2 * (a & b).sum() / (a.sum() + b.sum()))

    for side in "LR":
        carried = carry_mask(first.masks[side], first.grid, found.transforms, second.grid, found.axis)
        assert dice(carried, second.masks[side]) > dice(first.masks[side], second.masks[side]) + 0.03
        assert dice(carried, second.masks[side]) > 0.93
