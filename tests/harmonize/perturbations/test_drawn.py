"""Perturbations as steps of a strategy."""

import pickle

import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations.base import perturb
from harmonize.perturbations.drawn import Perturbed, left_of
from harmonize.perturbations.gamma import GammaCurve
from harmonize.perturbations.rotation import Rotation
from harmonize.perturbations.volume_change import VolumeChange
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


def test_an_roi_that_left_in_part_says_how_much_of_it():
    masks = {"corner": np.zeros((1, 30, 30), bool), "middle": np.zeros((1, 30, 30), bool)}
    masks["corner"][0, :6, 2:8] = masks["middle"][0, 10:20, 10:20] = True
    volume = Volume(np.arange(900.0).reshape(1, 30, 30), Grid((30, 30, 1), (1.0, 1.0, 5.0)), masks)
    turned = Perturbed((Rotation(20.0), GammaCurve(2.0), VolumeChange(0.2)), seed=1, margin=3.0)(volume)
    left, lost = left_of(turned)
    assert list(left.masks) == ["middle"]
    assert left_of(pickle.loads(pickle.dumps(turned)))[1]["corner"].problem == lost["corner"].problem
    z, y, x = np.nonzero(masks["corner"])
    places = Rotation(20.0).grid(volume.grid).indices(volume.grid.points(np.stack([x, y, z], axis=1)))
    share = ((places < -0.5) | (places > np.array([29.5, 29.5, 0.5]))).any(axis=1).mean()
    assert 0 < share < 1
    assert lost["corner"].problem.startswith(f"{share:.1%} of ROI 'corner' lies outside")


def test_an_empty_roi_is_lost_and_the_others_stay():
    masks = {"gone": np.zeros((1, 3, 4), bool), "there": np.ones((1, 3, 4), bool)}
    left, lost = left_of(Volume(np.ones((1, 3, 4)), Grid((4, 3, 1)), masks))
    assert (list(left.masks), list(lost)) == (["there"], ["gone"])
