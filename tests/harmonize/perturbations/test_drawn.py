"""Perturbations as steps of a strategy."""

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.base import perturb
from harmonize.perturbations.drawn import Perturbed, left_of
from harmonize.perturbations.gamma import GammaCurve
from harmonize.steps import describe


def test_it_is_described_by_all_that_determines_the_result():
    step = Perturbed((GammaCurve(0.5), GammaCurve(2.0)), seed=3)
    chain = [{"gamma": {"exponent": 0.5}}, {"gamma": {"exponent": 2.0}}]
    assert describe(step) == {"perturbation": {"chain": chain, "seed": 3, "margin": None}}


def test_it_is_its_chain_and_tells_what_failed():
    volume = Volume(np.linspace(1, 5, 12).reshape(1, 3, 4), Grid((4, 3, 1)))
    chain = (GammaCurve(0.5), GammaCurve(3.0))
    assert (Perturbed(chain, 3)(volume).image == perturb(chain, volume, 3).image).all()
    with pytest.raises(ScanError):
        Perturbed(chain, 3)(volume.with_image(np.ones((1, 3, 4))))


def test_an_empty_roi_is_lost_and_the_others_stay():
    masks = {"gone": np.zeros((1, 3, 4), bool), "there": np.ones((1, 3, 4), bool)}
    left, lost = left_of(Volume(np.ones((1, 3, 4)), Grid((4, 3, 1)), masks))
    assert (list(left.masks), list(lost)) == (["there"], ["gone"])
