import numpy as np
import pytest

from evaluation.quality.quality_rows import measure_quality
from evaluation.quality.sliced_scan import SlicedScan


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_of_any_orientation_are_measured_in_their_plane(body, axis):
    scan = SlicedScan(body(axis=axis))
    assert (scan.axis, scan.slices.shape, scan.spacing) == (axis, (4, 96, 96), (1.0, 1.0))
    upright = {row[:3]: row.value for row in measure_quality(body())}
    turned = {row[:3]: row.value for row in measure_quality(body(axis=axis))}
    assert turned == pytest.approx(upright, rel=1e-9, nan_ok=True)


def test_a_spectrum_is_computed_once(body):
    scan = SlicedScan(body())
    mask = scan.masks["left"]
    assert scan.spectrum(mask) is scan.spectrum(mask)


def test_padding_is_not_among_the_voxels_with_data(body):
    volume = body()
    outside = np.zeros(volume.image.shape, bool)
    outside[0] = True
    padded = type(volume)(volume.image, volume.grid, volume.masks, outside=outside)
    assert SlicedScan(volume).with_data.size - SlicedScan(padded).with_data.size == outside.sum()
