import numpy as np

from harmonize.image.volume import Grid, Volume
from harmonize.steps import Round


def test_intensities_become_the_nearest_whole_numbers_and_nothing_else_changes() -> None:
    image = np.array([[[-1000.4, -0.4, 0.5, 1.5, 39.9, 2.0**53]]])
    volume = Volume(image, Grid((6, 1, 1)), {"roi": np.ones((1, 1, 6), bool)})
    result = Round()(volume)
    assert result.image.ravel().tolist() == [-1000.0, 0.0, 0.0, 2.0, 40.0, 2.0**53]
    assert not np.signbit(result.image[0, 0, 1])
    assert result.grid == volume.grid
    np.testing.assert_array_equal(Round()(result).image, result.image)
