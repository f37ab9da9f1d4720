"""ROIs from files, drawn on the grid, and carried from the reference; each failure concerns one ROI."""

import numpy as np
import pytest

from experiments.running.between import read_usable
from experiments.study.manifest import Scan
from experiments.study.roi_sources import CarriedSource, CircleSource
from harmonize.errors import ScanError
from harmonize.formats import MaskSource, write_image
from harmonize.image.circles import Circle
from harmonize.image.volume import Grid
from harmonize.registration import Registered
from harmonize.registration.rigid import Rigid

GRID = Grid((32, 32, 4), (1.0, 1.0, 5.0))
SHIFT = Rigid(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (3.0, 0.0, 0.0))
MOTION = Registered((SHIFT,), 0, 3.0, 0.0, 0.1, 0.8, -0.5, -0.9)


def read_rois(image, sources):
    return read_usable(Scan("S1", "T2", "REF", {}, image, sources, {}, 2))


@pytest.fixture
def files(tmp_path):
    organ = np.zeros(GRID.shape, bool)
    organ[1:3, 8:20, 6:16] = True
    write_image(np.ones(GRID.shape), GRID, tmp_path / "image.nii.gz")
    write_image(np.ones(GRID.shape), GRID, tmp_path / "reference.nii.gz")
    write_image(organ, GRID, tmp_path / "organ.nii.gz")
    return tmp_path, organ


def test_all_kinds_are_read_in_the_order_of_the_study(files):
    folder, organ = files
    mask = MaskSource(folder / "organ.nii.gz")
    circle = Circle((12.0, 14.0, 2.0), 9.0)
    sources = {
        "carried": CarriedSource(mask, folder / "reference.nii.gz", MOTION),
        "circle": CircleSource(circle, folder / "image.nii.gz"),
        "organ": mask,
        "clipped": CircleSource(circle, folder / "image.nii.gz", folder / "organ.nii.gz"),
    }
    volume, failures = read_rois(folder / "image.nii.gz", sources)
    assert not failures
    assert list(volume.masks) == list(sources)
    np.testing.assert_array_equal(volume.masks["carried"], np.roll(organ, 3, axis=2))
    np.testing.assert_array_equal(volume.masks["clipped"], volume.masks["circle"] & organ)
    assert volume.masks["circle"].sum() == 69


def test_a_circle_of_the_reference_is_carried_too(files):
    folder, _ = files
    circle = CircleSource(Circle((12.0, 14.0, 2.0), 9.0), folder / "reference.nii.gz")
    volume, _ = read_rois(
        folder / "image.nii.gz", {"there": circle, "here": CarriedSource(circle, circle.image, MOTION)}
    )
    np.testing.assert_array_equal(volume.masks["here"], np.roll(volume.masks["there"], 3, axis=2))


def test_what_fails_concerns_one_roi(files):
    folder, _ = files
    image, mask = folder / "image.nii.gz", MaskSource(folder / "organ.nii.gz")
    other = Grid((8, 8, 8))
    write_image(np.ones(other.shape, bool), other, folder / "other.nii.gz")
    refused = ScanError("the registration moves the ROIs by 99 mm", "draw them here")
    sources = {
        "organ": mask,
        "off": CircleSource(Circle((99.0, 1.0, 1.0), 9.0), image),
        "bound": CircleSource(Circle((12.0, 14.0, 2.0), 9.0), image, folder / "other.nii.gz"),
        "refused": CarriedSource(mask, image, refused),
        "waiting": CarriedSource(mask, image),
        "lost": CarriedSource(MaskSource(folder / "nowhere.nii.gz"), image, MOTION),
    }
    volume, failures = read_rois(image, sources)
    assert list(volume.masks) == ["organ"]
    assert "is not in the image" in str(failures["off"])
    assert "does not lie on the grid" in str(failures["bound"])
    assert failures["refused"] is refused
    assert "has not been registered" in str(failures["waiting"])
    assert "no such file" in str(failures["lost"])


def test_what_determines_an_roi_is_told(files):
    folder, _ = files
    image, mask = folder / "image.nii.gz", MaskSource(folder / "organ.nii.gz", 3)
    small, large = (CircleSource(Circle((12.0, 14.0, 2.0), size), image) for size in (9.0, 11.0))
    assert small.chosen != large.chosen
    assert small.path == image
    assert CircleSource(small.circle, image, mask.path).path == mask.path
    assert CircleSource(small.circle, image, mask.path).chosen != small.chosen
    waiting, carried = CarriedSource(mask, image), CarriedSource(mask, image, MOTION)
    assert carried.path == mask.path
    assert carried.chosen != waiting.chosen
    assert carried.chosen["source"] == 3


def test_a_carried_label_must_be_what_the_reference_calls_it(files):
    folder, organ = files
    write_image(organ.astype(np.uint8), GRID, folder / "sub-1_dseg.nii.gz")
    (folder / "sub-1_dseg.tsv").write_text("index\tname\n1\tliver\n")
    source = CarriedSource(MaskSource(folder / "sub-1_dseg.nii.gz", 1), folder / "reference.nii.gz", MOTION)
    volume, failures = read_rois(folder / "image.nii.gz", {"liver": source, "spleen": source})
    np.testing.assert_array_equal(volume.masks["liver"], np.roll(organ, 3, axis=2))
    assert "calls the label 1 'liver', and the study 'spleen'" in failures["spleen"].problem
    assert source.files == (folder / "sub-1_dseg.nii.gz", folder / "sub-1_dseg.tsv")
