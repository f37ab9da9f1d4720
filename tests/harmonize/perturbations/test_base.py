"""Perturbations one after the other."""

import numpy as np

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.base import perturb
from harmonize.perturbations.gamma import GammaCurve


def test_chain_is_one_after_the_other() -> None:
    volume = Volume(np.linspace(1, 5, 12).reshape(1, 3, 4), Grid((4, 3, 1)))
    both = perturb([GammaCurve(2.0), GammaCurve(0.5)], volume, seed=4)
    assert np.allclose(both.image, volume.image)
