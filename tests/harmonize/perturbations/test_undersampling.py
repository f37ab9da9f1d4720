"""Undersampling as a perturbation."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.kspace.sampling import sampled_lines
from harmonize.perturbations.undersampling import Undersampling


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


IMAGE = rng(0).uniform(50, 150, (3, 40, 31))
VOLUME = Volume(IMAGE, Grid((31, 40, 3), spacing=(1.0, 1.0, 4.0)))


@pytest.mark.parametrize("kind", ["random", "equispaced"])
@pytest.mark.parametrize("phase", [0.0, 0.6])
def test_all_lines_are_the_image(kind: str, phase: float) -> None:
    found = Undersampling(1.0, lines=kind, phase=phase)(VOLUME, rng(1)).image
    np.testing.assert_allclose(found, IMAGE, rtol=0, atol=1e-12 * IMAGE.max())


@pytest.mark.parametrize("kind", ["random", "equispaced"])
@pytest.mark.parametrize("phase_axis", ["auto", "y", "x"])
def test_it_is_numpys_transform_with_lines_left_out(kind: str, phase_axis: str) -> None:
    found = Undersampling(3.0, lines=kind, phase=0.0, phase_axis=phase_axis)(VOLUME, rng(1)).image
    axis = 2 if phase_axis == "x" else 1
    chosen = np.flatnonzero(sampled_lines(IMAGE.shape[axis], 3.0, 0.08, kind, rng(1)))
    kept = np.zeros(IMAGE.shape, complex)
    where = (slice(None),) * axis + (chosen,)
    kept[where] = np.fft.fft2(IMAGE)[where]
    np.testing.assert_allclose(found, np.abs(np.fft.ifft2(kept)), rtol=0, atol=1e-10)


def test_slices_may_be_stored_last() -> None:
    found = Undersampling(2.0)(VOLUME, rng(2)).image
    turned = Volume(np.moveaxis(IMAGE, 0, 2), Grid((3, 31, 40), spacing=(4.0, 1.0, 1.0)))
    np.testing.assert_allclose(Undersampling(2.0)(turned, rng(2)).image, np.moveaxis(found, 0, 2), atol=1e-10)


def test_a_phase_changes_how_ghosts_add() -> None:
    plain, real = (Undersampling(2.0, lines="equispaced", phase=phase)(VOLUME, rng(3)).image for phase in (0.0, 0.6))
    assert np.abs(plain - real).max() > 1


def test_what_cannot_be_is_refused(golden) -> None:
    with golden.error(ScanError):
        Undersampling()(VOLUME.with_image(IMAGE - 100), rng(0))
    with golden.error(ScanError):
        Undersampling(phase_axis="z")(VOLUME, rng(0))
    with golden.error(ValueError):
        Undersampling(lines="radial")
    with golden.error(ValueError):
        Undersampling(8.0, centre=0.2)
    with golden.error(ValueError):
        Undersampling(0.5)
