"""Resampling as a perturbation."""

import numpy as np

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import Resampling, Translation, perturb
from harmonize.steps import Resample


def scan() -> Volume:
    image = np.random.default_rng(0).normal(size=(4, 20, 24))
    return Volume(image, Grid((24, 20, 4), (1.0, 1.25, 6.0)), {"roi": image > 0})


def test_it_is_the_step_with_spacings_of_the_scan() -> None:
    found, known = Resampling(1.2)(scan(), np.random.default_rng(0)), Resample((1.2, 1.5))(scan())
    assert not found.grid.differences(known.grid)
    np.testing.assert_allclose(found.image, known.image, atol=1e-9)
    np.testing.assert_array_equal(found.masks["roi"], known.masks["roi"])


def test_a_phase_is_a_translation_of_the_new_voxels() -> None:
    found = Resampling(1.2, phase=0.25)(scan(), np.random.default_rng(0))
    known = perturb([Resampling(1.2), Translation(0.25, 0.25)], scan())
    np.testing.assert_allclose(found.image, known.image, atol=1e-9)


def test_slices_are_asked_for() -> None:
    grid = Grid((24, 4, 20), (1.0, 6.0, 1.25))
    assert Resampling(2.0).grid(grid).spacing == (2.0, 6.0, 2.5)
    assert Resampling(1.0, 0.5).grid(grid).spacing == (1.0, 3.0, 1.25)
