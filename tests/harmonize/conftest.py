"""Phantoms with known truth, shared by the tests of steps."""

from dataclasses import dataclass

import numpy as np
import pytest

from harmonize.arrays import BoolArray, FloatArray
from harmonize.image.volume import Grid, Volume


@dataclass(frozen=True)
class Phantom:
    """A body with two organs in air, its bias field and the scan of both with noise."""

    truth: FloatArray
    log_bias: FloatArray
    body: BoolArray
    volume: Volume


def make_phantom(slices: int, size: int = 96, noise: float = 3.0, seed: int = 0) -> Phantom:
    _, y, x = np.meshgrid(np.arange(slices), *[np.linspace(-1, 1, size)] * 2, indexing="ij")
    body = np.hypot(y / 0.85, x / 0.75) < 1
    liver = np.hypot(y, x - 0.2) < 0.3
    spleen = np.hypot(y + 0.3, x + 0.3) < 0.2
    truth = 100.0 * body + 60.0 * liver - 40.0 * spleen
    log_bias = 0.3 * x - 0.2 * y**2 + 0.1 * x * y
    rng = np.random.default_rng(seed)
    real, imaginary = rng.normal(0, noise, (2, *truth.shape))
    image = np.hypot(truth * np.exp(log_bias) + real, imaginary)
    swapped_axes = (0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
    grid = Grid((size, size, slices), (1.5, 1.5, 6.0), (-10.0, 5.0, 30.0), swapped_axes)
    return Phantom(truth, log_bias, body, Volume(image, grid, {"liver": liver, "spleen": spleen}))


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    return make_phantom(3)


@pytest.fixture(scope="session")
def flat_phantom() -> Phantom:
    return make_phantom(1)
