"""What holds for every perturbation."""

import numpy as np
import pytest

from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import PERTURBATIONS, Perturbation


def scan() -> Volume:
    """Give a smooth scan with noise and one ROI."""
    z, y, x = np.mgrid[:6, :24, :24]
    image = 100 + 40 * np.sin(x / 4) * np.cos(y / 5) + z + np.random.default_rng(3).normal(size=(6, 24, 24))
    mask = (x - 12) ** 2 + (y - 11) ** 2 + 4 * (z - 3) ** 2 < 40
    return Volume(image, Grid((24, 24, 6), spacing=(1.0, 1.0, 2.0)), {"roi": mask})


@pytest.fixture(params=PERTURBATIONS)
def perturbation(request: pytest.FixtureRequest) -> Perturbation:
    return PERTURBATIONS[request.param]()


def test_what_it_is_given_stays(perturbation: Perturbation) -> None:
    given, same = scan(), scan()
    perturbation(given, np.random.default_rng(1))
    assert (given.image == same.image).all()
    assert (given.masks["roi"] == same.masks["roi"]).all()


def test_equal_sources_give_equal_volumes_and_others_do_not(perturbation: Perturbation) -> None:
    first, again, other = (perturbation(scan(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first.image == again.image).all()
    assert (first.masks["roi"] == again.masks["roi"]).all()
    same = (first.image == other.image).all() and (first.masks["roi"] == other.masks["roi"]).all()
    assert same != perturbation.effect.random


def test_the_effect_says_what_changes(perturbation: Perturbation) -> None:
    before, after = scan(), perturbation(scan(), np.random.default_rng(1))
    effect = perturbation.effect
    assert (effect.image or effect.grid) == (
        before.image.shape != after.image.shape or (before.image != after.image).any()
    )
    if not (effect.masks or effect.grid):
        assert (before.masks["roi"] == after.masks["roi"]).all()


@pytest.mark.parametrize("name", [name for name, one in PERTURBATIONS.items() if one.effect.image])
def test_a_gain_of_the_scan_is_a_gain_of_what_is_perturbed(name: str) -> None:
    one, scale = PERTURBATIONS[name](), 8.0
    louder = one(scan().with_image(scan().image * scale), np.random.default_rng(1)).image
    np.testing.assert_allclose(louder, scale * one(scan(), np.random.default_rng(1)).image, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, one in PERTURBATIONS.items() if one.effect.image])
def test_where_there_is_no_data_nothing_changes(name: str) -> None:
    given = scan()
    image = given.image.copy()
    image[:, :6], image[:, :, 19:] = 0.0, -2000.0
    cut = Volume(image, given.grid, given.masks, outside=image == -2000)
    found = PERTURBATIONS[name]()(cut, np.random.default_rng(1)).image
    assert (found[:, :6, :19] == 0).all()
    assert (found[:, :, 19:] == -2000).all()
    assert np.abs(found[:, 7:, :18] - image[:, 7:, :18]).max() < 200
