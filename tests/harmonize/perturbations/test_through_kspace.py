"""K-space of a scan, and back."""

import numpy as np

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.through_kspace import through_kspace


def test_nothing_left_out_is_nothing_changed_but_padding_is_no_signal() -> None:
    """Its value would ring into the image."""
    image = np.random.default_rng(0).uniform(50, 60, (2, 24, 24))
    image[:, :, :4] = -5000.0
    volume = Volume(image, Grid((24, 24, 2), (1.0, 1.0, 3.0)), outside=image < 0)
    seen = []

    def measured(signal, axis):
        seen.append((signal, axis))
        return np.fft.fft2(signal, norm="ortho")

    found = through_kspace(volume, "x", 0.6, np.random.default_rng(0), measured).image
    np.testing.assert_allclose(found, image, atol=1e-10)
    (signal, axis), *_ = seen
    assert axis == 0
    assert np.abs(signal).min() >= image[:, :, 4:].min() - 1e-9  # lines along x: its rows are the columns of the file
    np.testing.assert_allclose(np.abs(signal[:, 4:]), image.transpose(0, 2, 1)[:, 4:])
    assert np.angle(signal).std() > 0.3
