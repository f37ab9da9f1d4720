"""Maps of a study's scans, by the command's function."""

import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from evaluation.extraction import feature_maps
from evaluation.reliability.voxelwise import between_maps
from experiments.running.between import read_usable
from experiments.running.extracting.mapping import BETWEEN, MAPS, run_maps
from experiments.study.opened import open_scan
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import read_image, write_image
from harmonize.image.volume import Grid

FEATURES = ["original_firstorder_Mean", "original_glcm_Contrast"]


def array_of(mapped, file):
    """Read by nibabel: ITK makes 0 of NaN in NIfTI files."""
    return nib.load(mapped.folder / file).get_fdata(dtype=np.float32).T


@pytest.fixture(scope="module")
def mapped(simulated, tmp_path_factory):
    out = tmp_path_factory.mktemp("maps")
    return run_maps(simulated, out, "raw", FEATURES, subjects=["sub-01"])


def test_each_map_is_that_of_the_scan_on_its_grid(simulated, mapped):
    study = Study.from_yaml(simulated)
    scans = [scan for scan in study.scans if scan.subject == "sub-01"]
    assert len(mapped.maps) == len(scans) * len(study.rois) * len(FEATURES)
    scan, roi = scans[1], study.rois[0]
    volume, _ = read_usable(scan)
    own = feature_maps(volume, roi, study.strategies[0].extraction, FEATURES)
    rows = mapped.maps[(mapped.maps["condition"] == scan.condition) & (mapped.maps["roi"] == roi)].set_index("feature")
    for feature in FEATURES:
        image = sitk.ReadImage(str(mapped.folder / rows.loc[feature, "file"]))
        assert volume.grid.differences(Grid.of(image)) == []
        np.testing.assert_allclose(array_of(mapped, rows.loc[feature, "file"]), own.maps[feature].astype(np.float32))
        assert rows.loc[feature, "voxels"] == own.mask.sum()
        np.testing.assert_array_equal(array_of(mapped, rows.loc[feature, "mask"]) > 0, own.mask)
        assert rows.loc[feature, "median"] == pytest.approx(np.nanmedian(own.maps[feature]))
        assert rows.loc[feature, "image"] == scan.image.name


def test_conditions_on_one_grid_are_compared_voxel_by_voxel(mapped):
    row = mapped.between.iloc[0]
    assert row["status"] == "ok"
    of = mapped.maps[(mapped.maps["roi"] == row["roi"]) & (mapped.maps["feature"] == row["feature"])]
    assert row["conditions"] == ", ".join(of["condition"])
    maps = [array_of(mapped, file) for file in of["file"]]
    found = between_maps(maps, np.isfinite(maps[0]))
    np.testing.assert_allclose(array_of(mapped, row["file"]), found.cv, rtol=1e-4, atol=1e-6)
    assert row["icc"] == pytest.approx(found.icc, abs=1e-4)


def test_tables_pictures_and_record_are_there(mapped):
    for file, table in ((MAPS, mapped.maps), (BETWEEN, mapped.between)):
        pd.testing.assert_frame_equal(file.read(mapped.folder), file.plain(table), check_dtype=False)
    assert len(list((mapped.folder / "pictures").glob("*.png"))) == len(mapped.between)
    record = json.loads((mapped.folder / "maps.json").read_text(encoding="utf-8"))
    assert (record["radius"], record["masked"], record["strategy"]) == (1, True, "raw")


def test_features_of_a_whitelist_are_those_of_its_sequence_and_roi(simulated, finished, tmp_path, golden):
    known = finished.whitelists["raw"]
    roi = finished.record["rois"][0]
    whitelist = replace(known, features={"HASTE": {roi: (FEATURES[0], "original_shape_Sphericity")}})
    made = run_maps(simulated, tmp_path / "a", "raw", whitelist=whitelist, subjects=["sub-01"]).maps
    assert {*zip(made["roi"], made["feature"], strict=True)} == {(roi, FEATURES[0])}
    other = replace(known, features={"HASTE": {roi: ("log-sigma-2-0-mm-3D_glcm_Contrast",)}})
    with golden.error(ConfigurationError):
        run_maps(simulated, tmp_path / "b", "raw", whitelist=other)


def test_other_grids_are_not_compared_and_the_reason_is_told(simulated, tmp_path):
    study = Study.from_yaml(simulated)
    scan = next(scan for scan in study.scans if scan.subject == "sub-01")
    array, grid = read_image(scan.image)
    for name, spacing in (("a", 1.0), ("b", 1.1)):
        write_image(array, Grid(grid.size, (spacing, *grid.spacing[1:])), tmp_path / f"{name}.nii.gz")
        mask = open_scan(scan.image, scan.masks).masks[study.rois[0]]
        write_image(mask, Grid(grid.size, (spacing, *grid.spacing[1:])), tmp_path / f"{name}_mask.nii.gz")
    rows = [f"S1,T2,{name},STD,{name}.nii.gz,{name}_mask.nii.gz" for name in ("a", "b")]
    table = tmp_path / "images.csv"
    table.write_text("\n".join(["subject,sequence,acquisition,reconstruction,image,mask", *rows]) + "\n")
    found = run_maps(table, tmp_path / "out", "raw", FEATURES[:1])
    assert len(found.maps) == 2
    (row,) = found.between.to_dict("records")
    assert row["file"] == ""
    assert row["status"].startswith("the grids differ (b+STD: ")
    assert row["status"].endswith("; resample to one grid, or register, to compare")


def test_what_cannot_be_mapped_is_refused(simulated, tmp_path, golden):
    for features, more in (
        ([], {}),
        (["original_shape_Sphericity"], {}),
        (["original_firstorder_Men"], {}),
        (FEATURES, {"radius": 0}),
        (FEATURES, {"subjects": ["sub-9"]}),
    ):
        with golden.error(ConfigurationError):
            run_maps(simulated, tmp_path / "out", "raw", features, **more)
