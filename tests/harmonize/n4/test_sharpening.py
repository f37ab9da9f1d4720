import numpy as np
import pytest

from harmonize.n4.sharpening import sharpen


@pytest.fixture
def two_tissues():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(4.0, 0.08, 20_000), rng.normal(5.0, 0.08, 10_000)])


def test_each_tissue_gets_narrower_and_keeps_its_place(two_tissues):
    sharp = sharpen(two_tissues)
    for part, mean in ((slice(0, 20_000), 4.0), (slice(20_000, None), 5.0)):
        assert sharp[part].std() < 0.5 * two_tissues[part].std()
        assert sharp[part].mean() == pytest.approx(mean, abs=0.01)


def test_shift_of_the_logarithm_shifts_the_result(two_tissues):
    np.testing.assert_allclose(sharpen(two_tissues + 3), sharpen(two_tissues) + 3, atol=1e-9)


def test_agrees_with_the_fourier_sums_written_out():
    """The same with explicit sums over the padded histogram instead of Fourier transforms."""
    rng = np.random.default_rng(3)
    values = rng.gamma(4.0, 0.2, 300)
    bins, fwhm, noise = 20, 0.4, 0.05
    width = np.ptp(values) / (bins - 1)
    histogram = np.zeros(bins)
    for value in (values - values.min()) / width:
        for b in range(bins):
            histogram[b] += max(0.0, 1 - abs(value - b))
    padded, first = 64, 22
    circle = np.exp(-2j * np.pi * np.outer(np.arange(padded), np.arange(padded)) / padded)
    steps = np.minimum(np.arange(padded), padded - np.arange(padded))
    density = 2 * np.sqrt(np.log(2) / np.pi) / (fwhm / width) * np.exp(-4 * np.log(2) * (steps * width / fwhm) ** 2)
    blur = circle @ density
    counts = np.zeros(padded)
    counts[first : first + bins] = histogram
    wiener = np.conj(blur) / (np.abs(blur) ** 2 + noise)
    sharp = np.maximum((np.conj(circle) @ (circle @ counts * wiener.real)).real / padded, 0)
    centres = values.min() + (np.arange(padded) - first) * width
    spread = density[(np.arange(padded)[:, None] - np.arange(padded)) % padded]
    expected = (spread @ (sharp * centres) / (spread @ sharp))[first : first + bins]
    wanted = np.interp(values, centres[first : first + bins], expected)
    np.testing.assert_allclose(sharpen(values, bins=bins, fwhm=fwhm, wiener_noise=noise), wanted, atol=1e-9)


@pytest.mark.parametrize("bins", [2, 3, 100, 256])
def test_finite_whatever_the_values(bins):
    for values in ([0.0, 1.0], [-50.0, 0.0, 50.0], [1.0, 1.0 + 1e-15], [0.0, 0.0, 0.0, 1e-3, 30.0]):
        assert np.all(np.isfinite(sharpen(np.array(values), bins=bins)))


def test_equal_values_stay():
    values = np.full(5, 2.5)
    assert np.all(sharpen(values) == values)
