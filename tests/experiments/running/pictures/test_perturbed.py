import numpy as np
import pytest

from experiments.folder.files import PICTURE_LIST, PICTURES
from experiments.folder.run_folder import RunFolder
from experiments.running.pictures.montage import Tile, montage
from experiments.running.pictures.perturbed import CHANGE, perturbed_scene
from experiments.running.runner import run_study
from experiments.study.study import Study
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


def test_a_run_shows_scans_beside_the_first_draw_of_each_chain(study_file, tmp_path):
    """Of the reference condition; a second run draws nothing anew, and the report has them."""
    text = study_file.read_text(encoding="utf-8")
    chains = "perturbations:\n  contrast: [gamma: {exponent: [0.8, 1.2]}]\n  noise: [noise]\npictures: 1\n"
    study_file.write_text("\n".join([text, chains]), encoding="utf-8")
    run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    run = RunFolder(tmp_path / "out")
    listed = run[PICTURE_LIST]["pictures"]
    drawn = [one for one in listed if one["file"].startswith("perturbations/")]
    assert {(one["subject"], one["sequence"]) for one in drawn} == {(one["subject"], one["sequence"]) for one in listed}
    assert drawn[0]["conditions"] == ["unperturbed", "contrast-1", "noise-1"]
    place = run.path(PICTURES)
    times = {one["file"]: (place / one["file"]).stat().st_mtime_ns for one in drawn}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Perturbed scans of" in page
    run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    assert {one["file"]: (place / one["file"]).stat().st_mtime_ns for one in drawn} == times
