"""Perturbations one after the other."""

import numpy as np

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.base import perturb
from harmonize.perturbations.gamma import GammaCurve
from harmonize.perturbations.noise import AddedNoise


def test_chain_is_one_after_the_other() -> None:
    volume = Volume(np.linspace(1, 5, 1200).reshape(1, 30, 40), Grid((40, 30, 1)))
    noise, gamma = AddedNoise(sigma=1.0), GammaCurve(2.0)
    both = perturb([noise, gamma], volume, seed=4)
    noisy = noise(volume, np.random.default_rng([4, 1]))
    assert (perturb([noise], volume, seed=4).image == noisy.image).all()
    assert (both.image == gamma(noisy, np.random.default_rng([4, 2])).image).all()


def test_the_first_does_not_draw_what_the_seed_alone_draws() -> None:
    volume = Volume(np.zeros((1, 30, 40)), Grid((40, 30, 1)))
    drawn = perturb([AddedNoise(sigma=1.0)], volume, seed=4).image
    assert abs(np.corrcoef(drawn.ravel(), np.random.default_rng(4).normal(size=1200))[0, 1]) < 0.15
