import dataclasses

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.believed import believed
from harmonize.image.volume import Grid, Volume


def test_only_a_volume_with_all_rois_is_taken(golden):
    volume = Volume(np.ones((1, 2, 2)), Grid((2, 2, 1)), {"liver": np.ones((1, 2, 2), dtype=bool)})
    less = dataclasses.replace(volume, masks={})
    told = dataclasses.replace(less, lost={"liver": ScanError("it left the image", "move it less")})
    assert believed(told, volume, "shift") is told
    for found in (None, volume.image, less):
        with golden.error(ScanError):
            believed(found, volume, "shift")


def test_an_image_of_complex_numbers_is_refused(golden):
    """Regression: its imaginary part was left out."""
    volume = Volume(np.ones((1, 2, 2)), Grid((2, 2, 1)))
    with golden.error(ScanError):
        volume.with_image(np.fft.fftn(volume.image))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_real_numbers_of_any_kind_become_64_bit_floats(dtype):
    assert Volume(np.ones((1, 2, 2), dtype=dtype), Grid((2, 2, 1))).image.dtype == np.float64
