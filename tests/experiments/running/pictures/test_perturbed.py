import numpy as np
import pytest

from experiments.running.pictures.montage import Tile, montage
from experiments.running.pictures.perturbed import CHANGE, perturbed_scene
from harmonize.image.volume import Grid, Volume
from harmonize.perturbations import AddedNoise, Rotation, perturb


@pytest.fixture
def volume() -> Volume:
    z, y, x = np.mgrid[:5, :80, :80]
    image = 100.0 + 50 * ((x - 40) ** 2 + (y - 40) ** 2 < 900) + np.random.default_rng(0).normal(0, 1, z.shape)
    roi = ((x - 50) ** 2 + (y - 40) ** 2 < 60) & (z == 3)
    return Volume(image, Grid((80, 80, 5), (1.0, 1.0, 4.0)), {"liver": roi})


def test_a_column_for_each_perturbation_cut_to_the_rois(volume):
    made = {"noise": perturb([AddedNoise(sigma=5.0)], volume), "rotation": perturb([Rotation(9.0)], volume)}
    found = perturbed_scene("S01", volume, {**made, "contour": "nothing is left"}, True)
    assert found.columns == ("unperturbed", "noise", "rotation", "contour")
    assert found.notes == ("Slice 4 of 5.",)
    images, changes = found.rows
    assert changes.title.startswith(CHANGE)
    first, noise, rotation, contour = images.tiles
    assert contour == "nothing is left"
    assert first.values.shape == noise.values.shape == rotation.values.shape
    assert first.values.shape[0] < 40
    assert first.rois["liver"].sum() == volume.masks["liver"].sum()
    assert first.sides == ("R", "L")
    assert (rotation.rois["liver"] != first.rois["liver"]).any()
    assert changes.tiles[0] == ""
    assert isinstance(changes.tiles[1], Tile)
    assert changes.tiles[1].values.std() == pytest.approx(5, rel=0.1)
    assert montage(found.title, found.columns, found.rows, ["liver"], 100).shape[2] == 3


def test_where_only_rois_change_there_is_no_row_of_changes(volume):
    grown = Volume(volume.image, volume.grid, {"liver": np.roll(volume.masks["liver"], 3, axis=2)})
    found = perturbed_scene("S01", volume, {"volume": grown}, False)
    assert len(found.rows) == 1
    first, other = found.rows[0].tiles
    assert first.sides == ("", "")
    assert (first.rois["liver"] != other.rois["liver"]).any()


def test_without_rois_all_of_the_slice_is_shown(volume):
    plain = Volume(volume.image, volume.grid)
    found = perturbed_scene("S01", plain, {"noise": perturb([AddedNoise()], plain)}, True)
    assert found.rows[0].tiles[0].values.shape == (80, 80)
    assert found.notes == ("Slice 3 of 5.",)
