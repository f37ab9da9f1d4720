import numpy as np
import pytest
import scipy

from harmonize.image.volume import Grid, Volume

FINE = 8


@pytest.fixture
def disc():
    """Make slices with a disc of 100 whose edge has a Gaussian blur (SD in mm), finely sampled, and its mask."""

    def make(blur=0.0, spacing=(1.0, 1.0), size=96, radius=24.0, noise=0.0, contrast=100.0, slices=4):
        row, column = ((np.arange(size * FINE) + 0.5) / FINE - size / 2 + shift for shift in (0.2, 0.3))
        inside = (np.hypot(row[:, None] * spacing[0], column * spacing[1]) < radius).astype(np.float64)
        soft = scipy.ndimage.gaussian_filter(inside, [blur / edge * FINE for edge in spacing]) if blur else inside
        image, mask = (part.reshape(size, FINE, size, FINE).mean(axis=(1, 3)) for part in (soft, inside))
        drawn = np.random.default_rng(1).normal(0.0, noise, (slices, size, size))
        return contrast * image + drawn, np.repeat(mask[None] > 0.5, slices, axis=0)

    return make


@pytest.fixture
def body(disc):
    """Make a volume: a body of 100 in air, noise of 2, and two ROIs 40 apart."""

    def make(noise=2.0, spacing=(1.0, 1.0, 5.0), axis=0):
        image, _ = disc(radius=40.0)
        row, column = np.mgrid[:96, :96] - 48
        rois = {"left": np.hypot(row, column + 18) < 12, "right": np.hypot(row, column - 18) < 12}
        image[:, rois["right"]] += 40.0
        image += np.random.default_rng(3).normal(0.0, noise, image.shape)
        masks = {roi: np.moveaxis(np.repeat(one[None], 4, axis=0), 0, axis) for roi, one in rois.items()}
        image = np.moveaxis(np.abs(image), 0, axis)
        edges = [spacing[0], spacing[1]]
        edges.insert(2 - axis, spacing[2])
        return Volume(np.ascontiguousarray(image), Grid(image.shape[::-1], tuple(edges)), masks)

    return make
