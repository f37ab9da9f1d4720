import numpy as np
import pytest
from scipy import fft

from experiments.simulate.echo_train import EchoTrain
from experiments.simulate.four_arms import ACQUISITIONS, Acquisition, Scanner, reconstruct_arms
from harmonize.kspace.fields import noise_amplification

CONDITIONS = ["REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"]


def four_arms(
    image, *, noise, acceleration=2, g_factor=1.3, aliasing=0.03, t2=None, echo_time=80.0, echo_spacing=4.0, seed=0
):
    """The arms of a magnitude image; with a `t2`, of two single-shot trains that blur along y."""
    acquisitions = {}
    for name, factor in zip(ACQUISITIONS, (1, acceleration), strict=True):
        signal, measured = image.astype(complex), np.ones(image.shape[1], bool)
        if t2 is not None:
            train = EchoTrain(image.shape[1], echo_time, echo_spacing, factor)
            decay, measured = train.decay(t2), train.measured
            signal = fft.ifft2(fft.fft2(signal) * (decay / decay[0])[:, None])
        acquisitions[name] = Acquisition(signal, measured, factor)
    return reconstruct_arms(acquisitions, Scanner(noise, g_factor, aliasing), np.random.default_rng(seed))


@pytest.fixture
def image():
    """An odd-sized image with edges and texture."""
    y, x = np.meshgrid(np.linspace(-1, 1, 67), np.linspace(-1, 1, 82), indexing="ij")
    body = (x / 0.8) ** 2 + (y / 0.7) ** 2 < 1
    return np.random.default_rng(5).random((2, 67, 82)) * 20 + 100.0 * body


def test_all_conditions_in_order(image):
    arms = four_arms(image, noise=1.0)
    assert list(arms) == CONDITIONS
    assert all(arm.shape == image.shape and arm.dtype == np.float64 for arm in arms.values())


def test_without_noise_and_acceleration_the_image_comes_back(image):
    for arm in four_arms(image, noise=0.0, acceleration=1).values():
        np.testing.assert_allclose(arm, image, rtol=0, atol=1e-6)


def test_same_seed_same_bytes_other_seed_other_noise(image):
    first, again, other = (four_arms(image, noise=2.0, seed=seed) for seed in (3, 3, 4))
    for condition in CONDITIONS:
        assert first[condition].tobytes() == again[condition].tobytes()
        assert first[condition].tobytes() != other[condition].tobytes()


@pytest.mark.parametrize("acceleration", [1, 2, 3])
def test_noise_is_that_of_the_model(acceleration):
    arms = four_arms(np.full((6, 96, 96), 1000.0), noise=2.0, acceleration=acceleration, g_factor=1.5)
    assert arms["REF+STD"].std() == pytest.approx(2.0, rel=0.02)
    sigma = 2.0 * np.sqrt(acceleration) * noise_amplification((96, 96), 1.5, acceleration)
    assert ((arms["ACC+STD"] - 1000.0) / sigma).std() == pytest.approx(1.0, rel=0.02)
    middle = np.s_[:, 40:56, 40:56]
    expected = np.sqrt(acceleration) * (1.5 if acceleration > 1 else 1.0)
    assert arms["ACC+STD"][middle].std() / arms["REF+STD"][middle].std() == pytest.approx(expected, rel=0.08)


def test_noise_of_a_partly_covered_k_space():
    measured = EchoTrain(96, 60.0, 3.0, 1).measured
    acquisition = Acquisition(np.full((8, 96, 96), 1000.0 + 0.0j), measured, 1)
    scanner = Scanner(noise=2.0)
    arm = reconstruct_arms({"REF": acquisition}, scanner, np.random.default_rng(0))["REF+STD"]
    assert arm.std() == pytest.approx(acquisition.noise_sigma(scanner).mean(), rel=0.03)
    assert arm.std() == pytest.approx(2.0 * np.sqrt(67 / 96), rel=0.03)


def test_surrogate_lowers_noise_and_keeps_means():
    image = np.full((2, 96, 96), 100.0)
    image[:, :, 48:] = 200.0
    arms = four_arms(image, noise=3.0)
    for acquisition in ("REF", "ACC"):
        for half in (np.s_[:, 8:88, 8:40], np.s_[:, 8:88, 56:88]):
            standard, denoised = arms[f"{acquisition}+STD"][half], arms[f"{acquisition}+DLR"][half]
            assert denoised.std() < 0.6 * standard.std()
            assert denoised.mean() == pytest.approx(standard.mean(), rel=0.005)


def test_incomplete_restoration_leaves_a_ghost_of_known_strength():
    image = np.random.default_rng(0).random((1, 64, 48))
    arm = four_arms(image, noise=0.0, acceleration=2, aliasing=0.1)["ACC+STD"]
    # Even lines keep their signal, odd ones lose a tenth: 0.95 of the image and 0.05 of it half a field away.
    np.testing.assert_allclose(arm, 0.95 * image + 0.05 * np.roll(image, 32, axis=1), atol=1e-12)


def test_decay_blurs_along_y_by_the_known_point_spread():
    image = np.zeros((1, 64, 32))
    image[0, 10, 7] = 1.0
    # An echo time late enough for all lines to be covered.
    arm = four_arms(image, noise=0.0, t2=50.0, echo_time=200.0, echo_spacing=4.0)["REF+STD"]
    ratio = np.exp(-4.0 / 50.0 + 2j * np.pi * (np.arange(64) - 10) / 64)
    series = ratio**-32 * (1 - ratio**64) / (1 - ratio) / 64  # sum of ratio**k over k = -32..31
    np.testing.assert_allclose(arm[0, :, 7], np.abs(series), atol=1e-12)
    np.testing.assert_allclose(np.delete(arm, 7, axis=2), 0.0, atol=1e-12)


def width(profile):
    """Area of the squared line spread over its peak, voxels."""
    return np.sum(profile**2) / profile.max() ** 2


def test_shorter_t2_blurs_more_and_acceleration_less():
    line = np.zeros((1, 128, 8))
    line[:, 64] = 1.0
    widths = {
        (condition, t2): width(arm[0, :, 4])
        for t2 in (200.0, 80.0, 50.0, 30.0)
        for condition, arm in four_arms(line, noise=0.0, t2=t2, echo_time=60.0, echo_spacing=3.0, aliasing=0.0).items()
    }
    for condition in ("REF+STD", "ACC+STD"):
        series = [widths[condition, t2] for t2 in (200.0, 80.0, 50.0, 30.0)]
        assert series == sorted(series)
        assert series[-1] > 1.1 * series[0]
    for t2 in (80.0, 50.0, 30.0):
        assert widths["ACC+STD", t2] < widths["REF+STD", t2]


def test_decay_keeps_the_brightness_of_large_areas():
    arms = four_arms(np.full((1, 64, 64), 50.0), noise=0.0, t2=40.0, echo_time=60.0, echo_spacing=3.0)
    np.testing.assert_allclose(arms["REF+STD"], 50.0)
