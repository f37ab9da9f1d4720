"""The denoising surrogate as a perturbation."""

import numpy as np

from harmonize.denoising.nonlocal_means import nonlocal_means
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.denoising import DenoisingSurrogate


def test_it_is_the_simulators_within_the_border() -> None:
    """There k-space is covered, the noise is known, and the image is periodic."""
    image = np.random.default_rng(0).normal(100, 5, (2, 48, 48)) + 30 * (np.arange(48) > 20)
    found = DenoisingSurrogate(0.8, noise=5.0)(
        Volume(image, Grid((48, 48, 2), (1.0, 1.0, 4.0))), np.random.default_rng(0)
    ).image
    simulated = nonlocal_means(image, np.full((48, 48), 5.0), 0.8)
    inner = (slice(None), slice(5, -5), slice(5, -5))
    np.testing.assert_allclose(found[inner], simulated[inner], rtol=1e-4)
