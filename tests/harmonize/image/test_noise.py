import numpy as np
import pytest
import pywt
from scipy import ndimage

from harmonize.denoising.nonlocal_means import nonlocal_means
from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.noise import foreground_noise, noise_for_denoising, signal_to_noise, tissue_noise
from harmonize.image.regions import foreground_mask
from harmonize.image.volume import Grid, Volume


def test_the_noise_of_a_phantom_is_found_in_tissue(phantom):
    """Put in: 3 in each of the two channels; anatomy, its edges and the bias field do not count."""
    image = phantom.volume.image
    assert tissue_noise(image, foreground_mask(image)).sigma == pytest.approx(3.0, rel=0.05)


def test_it_is_the_median_of_the_diagonal_haar_details():
    image = np.random.default_rng(0).normal(0, 2, (1, 512, 512))
    _, (_, _, diagonal) = pywt.dwt2(image[0], "haar")
    expected = np.median(np.abs(diagonal)) / 0.6745
    assert tissue_noise(image, np.ones(image.shape, bool)).sigma == pytest.approx(expected, rel=0.01)


def test_only_squares_within_the_mask_count():
    image = np.random.default_rng(0).normal(0, 2, (2, 64, 64))
    mask = np.zeros(image.shape, bool)
    mask[:, 10:50, 10:50] = True
    image[~mask] = 1e6
    found = tissue_noise(image, mask)
    assert found.places == 2 * 39 * 39
    assert found.sigma == pytest.approx(2, rel=0.05)


def test_details_are_taken_in_plane(phantom):
    """Stored with the slices last; across thick slices anatomy would count as noise."""
    image = phantom.volume.image
    foreground = foreground_mask(image)
    turned = tissue_noise(np.moveaxis(image, 0, 2), np.moveaxis(foreground, 0, 2), slice_axis=2)
    assert turned == tissue_noise(image, foreground)


@pytest.mark.data
@pytest.mark.parametrize("name", ["pyradiomics_cases/brain1_image.nrrd", "kidney_repeat/ge_01"])
def test_noise_that_is_added_to_a_real_scan_is_found(data_root, name):
    """At five times its own, whose details have heavier tails than the normal ones, it nearly is all."""
    path = data_root / name
    image, _ = read_image(path if path.is_file() else next(path.glob("*_e1.nii.gz")))
    mask = foreground_mask(image)
    before = tissue_noise(image, mask).sigma
    noisier = image + np.random.default_rng(0).normal(0, 5 * before, image.shape)
    assert tissue_noise(noisier, mask).sigma == pytest.approx(np.sqrt(26) * before, rel=0.1)


# Scan, what MIRP 2.7.0's GenericImage.estimate_noise gives of all of its voxels by "ikeda", which has the same detail
# as ours, and by "chang", its default; both divide by 0.6754 in place of 0.6745. Computed on the arrays as read here.
OF_MIRP = [
    ("pyradiomics_cases/brain1_image.nrrd", 9.6239, 8.2267),
    ("pyradiomics_cases/brain2_image.nrrd", 7.4030, 6.3889),
    ("pyradiomics_cases/breast1_image.nrrd", 0.74030, 0.53941),
    ("kidney_repeat/ge_01", 10.3642, 6.8006),
    ("kidney_repeat/siemens_01", 2.9612, 2.5155),
]


@pytest.mark.data
@pytest.mark.parametrize(("name", "same", "default"), OF_MIRP)
def test_mirp_estimates_the_same_where_it_looks_at_air_too(data_root, name, same, default):
    """And the level of its noise perturbation is below ours, by more the more air there is."""
    path = data_root / name
    volume = Volume(*read_image(path if path.is_file() else next(path.glob("*_e1.nii.gz"))))
    everywhere = tissue_noise(volume.image, np.ones(volume.image.shape, bool)).sigma
    assert everywhere * 0.6745 / 0.6754 == pytest.approx(same, rel=1e-3)
    assert 0.1 < default / foreground_noise(volume, 0).sigma < 0.7


def test_what_cannot_be_estimated_has_a_reason():
    image = np.zeros((1, 40, 40))
    everywhere = np.ones(image.shape, bool)
    assert "81 squares of 2 x 2 voxels, expected at least 100" in tissue_noise(image, pad(10)).reason
    assert "more than half of the finest details are 0" in tissue_noise(image, everywhere).reason


def pad(size: int) -> np.ndarray:
    mask = np.zeros((1, 40, 40), bool)
    mask[:, :size, :size] = True
    return mask


def test_denoisers_get_the_given_noise_or_that_of_the_foreground(phantom, golden):
    volume = phantom.volume
    assert noise_for_denoising(volume, 7.0, 0) == 7.0
    assert noise_for_denoising(volume, None, 0) == tissue_noise(volume.image, foreground_mask(volume.image)).sigma
    assert noise_for_denoising(volume, None, None) == noise_for_denoising(volume, None, 0)
    assert noise_for_denoising(volume.with_image(np.full(volume.image.shape, 5.0)), None, 0) == 0.0
    blocks = Volume(np.kron(np.arange(9.0).reshape(1, 3, 3), np.ones((1, 30, 30))), Grid((90, 90, 1)))
    with golden.error(ScanError):
        noise_for_denoising(blocks, None, 0)


def test_signal_to_noise_leaves_empty_rois_out(phantom):
    volume = phantom.volume
    masks = {**volume.masks, "nothing": np.zeros(volume.image.shape, bool)}
    found = signal_to_noise(Volume(volume.image, volume.grid, masks), 3.0)
    assert list(found) == ["liver", "spleen"]
    assert found["liver"] == pytest.approx(volume.image[masks["liver"]].mean() / 3)


@pytest.fixture
def sampled():
    """A smooth disc of 100 with complex white noise of 4, its k-space, and an ROI within: the ratio is 25."""
    y, x = np.mgrid[:128, :128] - 64
    disc = ndimage.gaussian_filter(np.where(np.hypot(x, y) < 50, 100.0, 0.0), 1.5)
    rng = np.random.default_rng(0)
    complex_image = disc + rng.normal(0, 4, (8, 128, 128)) + 1j * rng.normal(0, 4, (8, 128, 128))
    roi = np.broadcast_to(np.hypot(x, y) < 25, complex_image.shape)
    return complex_image, np.fft.fftshift(np.fft.fft2(complex_image), axes=(1, 2)), roi


def ratios(image, roi):
    """Give what is printed, and the mean over the standard deviation."""
    volume = Volume(image, Grid(image.shape[::-1]), {"roi": roi})
    return signal_to_noise(volume, tissue_noise(image, roi).sigma)["roi"], image[roi].mean() / image[roi].std()


def test_a_known_ratio_is_found_where_noise_is_white(sampled):
    complex_image, _, roi = sampled
    assert ratios(np.abs(complex_image), roi) == pytest.approx((25, 25), rel=0.05)


def test_zero_filled_and_denoised_images_read_too_high_and_in_a_wrong_order(sampled):
    """Why the printed ratios are said not to compare reconstructions: the sharp one has less noise and reads lower."""
    complex_image, kspace, roi = sampled
    padded = np.pad(kspace, ((0, 0), (64, 64), (64, 64)))
    filled = np.abs(np.fft.ifft2(np.fft.ifftshift(padded, axes=(1, 2)))) * 4
    printed, within = ratios(filled, roi.repeat(2, 1).repeat(2, 2))
    assert within == pytest.approx(25, rel=0.05)
    assert printed > 2 * within
    averaged = np.abs(complex_image + np.roll(complex_image, 1, 0)) / 2  # white noise, and the square root of 2 less
    sharp, sharp_within = ratios(averaged, roi)
    assert sharp_within > 1.3 * within
    assert sharp < printed
    denoised, _ = ratios(nonlocal_means(np.abs(complex_image), np.full((128, 128), 4.0), 1.0), roi)
    assert denoised > 5 * 25


@pytest.mark.parametrize("value", [0.0, -2000.0])
def test_padding_is_no_tissue(phantom, value):
    image = phantom.volume.image
    outside = np.zeros(image.shape, bool)
    outside[:, :12] = True
    padded = np.where(outside, value, image)
    inside = image[:, 12:]
    tissue = tissue_noise(padded, foreground_mask(padded, 0, outside))
    assert tissue == tissue_noise(inside, foreground_mask(inside))
    declared = Volume(padded, phantom.volume.grid, outside=outside)
    assert noise_for_denoising(declared, None, 0) == tissue.sigma


def test_the_noise_of_one_image_is_estimated_once(phantom):
    """The audit and every denoiser want it of the scan as it is."""
    volume = phantom.volume.with_image(phantom.volume.image + 1)
    first = foreground_noise(volume, 0)
    assert foreground_noise(volume.with_image(volume.image), 0) is first
    assert foreground_noise(volume, 1) is not first
    assert foreground_noise(volume.with_image(volume.image * 2), 0).sigma == pytest.approx(2 * first.sigma)
