"""Translation by a part of a voxel."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import Translation


def test_a_ramp_is_read_where_the_voxels_went() -> None:
    z, y, x = np.mgrid[:6, :8, :9]
    volume = Volume(1.0 * x + 10 * y + 100 * z, Grid((9, 8, 6), (2.0, 3.0, 4.0)))
    found = Translation(0.25, -0.5, 0.125, interpolator="linear")(volume, np.random.default_rng(0))
    assert found.grid.origin == (0.5, -1.5, 0.5)
    inner = (slice(1, -1),) * 3
    np.testing.assert_allclose(found.image[inner], (volume.image + 0.25 - 5 + 12.5)[inner], atol=1e-9)


def test_none_at_all_gives_the_scan() -> None:
    volume = Volume(np.random.default_rng(0).normal(size=(3, 4, 5)), Grid((5, 4, 3)))
    assert (Translation(0.0, 0.0)(volume, np.random.default_rng(0)).image == volume.image).all()


@pytest.mark.parametrize("wrong", [1.0, -1.0, float("nan")])
def test_a_voxel_or_more_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="x is"):
        Translation(wrong)
