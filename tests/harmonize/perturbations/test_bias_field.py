"""A bias field as a perturbation."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.bias_field import ResidualBiasField
from harmonize.perturbations.noise import AddedNoise


@pytest.mark.parametrize("grid", [Grid((48, 40, 6), (1.0, 1.0, 4.0)), Grid((6, 40, 48), (4.0, 1.0, 1.0))])
def test_the_field_has_its_strength_and_is_smooth(grid: Grid) -> None:
    """Three cosine modes along each axis of a slice and no other; slices last too."""
    image = np.random.default_rng(0).uniform(50, 150, grid.shape)
    found = ResidualBiasField(0.08)(Volume(image, grid), np.random.default_rng(1)).image
    field = np.log(found / image)
    assert field.mean() == pytest.approx(0, abs=1e-12)
    assert field.std() == pytest.approx(0.08)
    basis = [np.cos(np.pi * np.outer(np.arange(3), np.arange(n) + 0.5) / n) for n in grid.shape]
    product = np.einsum("az,by,cx->abczyx", *basis).reshape(27, -1)
    left = field.ravel() - np.linalg.lstsq(product.T, field.ravel(), rcond=None)[0] @ product
    assert np.abs(left).max() < 1e-10


def test_draws_are_other_fields() -> None:
    grid = Grid((40, 40, 1))
    volume = Volume(np.full(grid.shape, 100.0), grid)
    first, second = (ResidualBiasField(0.1)(volume, np.random.default_rng(seed)).image for seed in (1, 2))
    assert np.abs(np.corrcoef(np.log(first).ravel(), np.log(second).ravel())[0, 1]) < 0.9


@pytest.mark.parametrize(
    ("kind", "given"),
    [(ResidualBiasField, {"strength": 800}), (AddedNoise, {"factor": 1e300}), (AddedNoise, {"sigma": 1e300})],
)
def test_what_no_image_can_hold_is_refused_with_the_study(kind, given, golden) -> None:
    """A strength of 800 overflowed in every scan, in NumPy's words."""
    with golden.error(ValueError):
        kind(**given)
