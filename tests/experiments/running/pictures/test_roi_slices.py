"""Slices that show all ROIs: one where they share it, and a note where a scan cannot be used."""

from pathlib import Path

import numpy as np

from experiments.running.pictures.roi_slices import roi_layout
from experiments.study.manifest import Scan
from experiments.study.opened import open_scan
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid

GRID = Grid((24, 24, 8), (2.0, 2.0, 5.0))
PLACES = {"liver": slice(1, 4), "spleen": slice(2, 5), "kidney": slice(6, 7)}


def scan(folder):
    image = np.zeros(GRID.shape)
    image[:, 4:20, 4:20] = np.random.default_rng(0).uniform(50, 90, (8, 16, 16))
    write_image(image, GRID, folder / "image.nii.gz")
    masks = {}
    for place, (roi, slices) in enumerate(PLACES.items()):
        mask = np.zeros(image.shape)
        mask[slices, 6 + 4 * place : 9 + 4 * place, 6:12] = 1
        write_image(mask, GRID, folder / f"{roi}.nii.gz")
        masks[roi] = MaskSource(folder / f"{roi}.nii.gz", label=1)
    return Scan("S1", "T2", "REF", {}, folder / "image.nii.gz", masks, {}, 2)


def opening(one):
    return one, open_scan(one.image, one.masks), None


def test_rois_that_share_a_slice_share_a_row_and_each_is_seen(tmp_path):
    found = roi_layout([scan(tmp_path), "ACC"], list(PLACES), "S1", opening)
    assert [row.title.split(":")[0] for row in found.rows] == ["liver, spleen", "kidney"]
    assert found.rois == set(PLACES)
    for row, names in zip(found.rows, ({"liver", "spleen"}, {"kidney"}), strict=True):
        assert {name for name, mask in row.tiles[0].rois.items() if mask.any()} == names
        assert row.tiles[1] == "no scan"


def test_a_scan_that_cannot_be_read_is_said_and_makes_no_row(tmp_path):
    lost = Scan("S1", "T2", "REF", {}, Path(tmp_path / "absent.nii.gz"), {}, {}, 2)
    found = roi_layout([lost], ["liver"], "S1", opening)
    assert found.rows == ()
    (told,) = found.notes
    assert told.startswith("REF: ")
