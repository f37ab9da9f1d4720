"""Tests of the intermediates that a run leaves on request."""

import csv
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.extraction import ExtractionSettings
from experiments.running.between import read_usable
from experiments.running.intermediates import IntermediateWriter, folder_names, named_subjects
from experiments.running.runner import run_study
from experiments.running.scan_task import Wanted, process_image
from experiments.running.store.finished import Store
from experiments.study.manifest import Scan
from experiments.study.plan import show, walk
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import MaskSource, write_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import N4BiasField, Resample, ZScore, apply_steps, parse_steps

TILT = np.deg2rad(10)
DIRECTION = (1.0, 0.0, 0.0, 0.0, np.cos(TILT), -np.sin(TILT), 0.0, np.sin(TILT), np.cos(TILT))
GRID = Grid((24, 20, 5), (1.1, 1.3, 4.0), (-31.5, 12.25, 7.0), DIRECTION)


@pytest.fixture
def scan(tmp_path):
    rng = np.random.default_rng(3)
    image = 1.0 + rng.random(GRID.shape)
    image[:, 4:16, 4:20] += 50 + 30 * rng.random((5, 12, 16)) * np.linspace(1, 2, 16)
    labels = {"liver": np.s_[2, 5:9, 5:9], 'odd "name", x': np.s_[3, 8:12, 8:12]}
    masks = {}
    for i, (name, where) in enumerate(labels.items()):
        mask = np.zeros(GRID.shape, bool)
        mask[where] = True
        write_image(mask, GRID, tmp_path / f"mask{i}.nii.gz")
        masks[name] = MaskSource(tmp_path / f"mask{i}.nii.gz")
    write_image(image, GRID, tmp_path / "scan.nii.gz")
    return Scan("../x", "T2 fs", "REF+STD", {}, tmp_path / "scan.nii.gz", masks, {}, 2)


def strategy(name, *steps):
    return Strategy(name, parse_steps(list(steps), ""), ExtractionSettings())


CHAIN = ("n4", {"resample": {"spacing": [2.0, 2.0]}}, "zscore")


def volume_of(scan):
    image = sitk.ReadImage(str(scan.image))
    return Volume(sitk.GetArrayFromImage(image).astype(float), Grid.of(image))


def write_intermediates(scan, strategies, folder, name):
    volume, _ = read_usable(scan)
    writer = IntermediateWriter(strategies, volume, folder, name)
    show([writer], walk(writer.places, volume))


def test_every_step_is_left_on_its_grid_as_32_bit_floats(scan, tmp_path):
    (name,) = folder_names([scan])
    write_intermediates(scan, [strategy("chain", *CHAIN)], tmp_path / "out", name)
    place = tmp_path / "out" / "chain" / "x_T2-fs_REF+STD"
    steps = [N4BiasField(), Resample((2.0, 2.0)), ZScore()]
    names = ["00_read", "01_n4", "02_resample", "03_zscore"]
    assert len(list(place.glob("*.nii.gz"))) == 4 + 1 + 2
    for i, stem in enumerate(names):
        written = sitk.ReadImage(str(place / f"{stem}.nii.gz"))
        expected = apply_steps(steps[:i], volume_of(scan))
        assert written.GetPixelID() == sitk.sitkFloat32
        assert Grid.of(written).differences(expected.grid) == []
        assert np.array_equal(sitk.GetArrayFromImage(written), expected.image.astype(np.float32))


def test_the_geometry_of_the_input_is_kept(scan, tmp_path):
    write_intermediates(scan, [strategy("z", "zscore")], tmp_path / "out", "s")
    original = sitk.ReadImage(str(scan.image))
    for path in (tmp_path / "out").rglob("*.nii.gz"):
        image = sitk.ReadImage(str(path))
        assert image.GetSize() == original.GetSize()
        assert image.GetSpacing() == pytest.approx(original.GetSpacing(), rel=1e-6)
        assert image.GetOrigin() == pytest.approx(original.GetOrigin(), abs=1e-4)
        assert image.GetDirection() == pytest.approx(original.GetDirection(), abs=1e-5)


def test_the_bias_field_is_the_factor_between_before_and_after(scan, tmp_path):
    write_intermediates(scan, [strategy("chain", *CHAIN)], tmp_path / "out", "s")
    before, after, field = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "chain" / "s" / f"{name}.nii.gz")))
        for name in ("00_read", "01_n4", "01_n4_bias_field")
    )
    assert np.allclose(after * field, before, rtol=1e-5)
    assert np.ptp(field) > 0


def test_rois_are_label_maps_where_they_change_and_a_table_names_them(scan, tmp_path):
    write_intermediates(scan, [strategy("chain", *CHAIN)], tmp_path / "out", "s")
    place = tmp_path / "out" / "chain" / "s"
    assert sorted(path.name for path in place.glob("*_rois.nii.gz")) == [
        "00_read_rois.nii.gz",
        "02_resample_rois.nii.gz",
    ]
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(place / "00_read_rois.nii.gz")))
    with (place / "rois.csv").open(encoding="utf-8", newline="") as file:
        table = {row["name"]: int(row["label"]) for row in csv.DictReader(file)}
    assert table == {"liver": 1, 'odd "name", x': 2}
    assert [(labels == label).sum() for label in (1, 2)] == [16, 16]


def test_shared_steps_are_the_same_files(scan, tmp_path):
    write_intermediates(scan, [strategy("a", "n4"), strategy("b", "n4", "zscore")], tmp_path / "out", "s")
    one, other = (tmp_path / "out" / name / "s" for name in "ab")
    for name in ("00_read", "00_read_rois", "01_n4", "01_n4_bias_field"):
        assert (one / f"{name}.nii.gz").read_bytes() == (other / f"{name}.nii.gz").read_bytes()
    assert (other / "02_zscore.nii.gz").is_file()
    assert not (one / "02_zscore.nii.gz").exists()


def test_a_strategy_ends_at_the_step_that_fails(scan, tmp_path):
    write_intermediates(scan, [strategy("bad", "zscore", {"resample": {"spacing": 90.0}}, "zscore")], tmp_path, "s")
    assert sorted(path.name for path in (tmp_path / "bad" / "s").glob("*[!s].nii.gz")) == [
        "00_read.nii.gz",
        "01_zscore.nii.gz",
    ]


def test_what_an_earlier_run_left_goes_and_nothing_else(scan, tmp_path):
    place = tmp_path / "out" / "a" / "s"
    write_intermediates(scan, [strategy("a", "n4", "zscore")], tmp_path / "out", "s")
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    write_intermediates(scan, [strategy("a", "zscore")], tmp_path / "out", "s")
    assert sorted(path.name for path in place.iterdir()) == [
        *("00_read.nii.gz", "00_read_rois.nii.gz", "01_zscore.nii.gz", "notes.txt", "rois.csv"),
    ]


def test_a_scan_that_cannot_be_read_leaves_nothing(scan, tmp_path):
    scan.image.write_bytes(b"damaged")
    (found,) = process_image(
        [scan], [strategy("a")], Store(tmp_path), wanted=[Wanted(intermediates=(tmp_path / "out", "s"))]
    )
    assert len(found.failures) == 1
    assert not (tmp_path / "out").exists()


def test_names_that_would_become_the_same_stay_apart():
    def scan_of(subject, line):
        return Scan(subject, "T2", "REF", {}, None, {}, {}, line)

    names = folder_names([scan_of("a/b", 2), scan_of("a-b", 3), scan_of("A-B", 4), scan_of("c", 5)])
    assert [name[:11] for name in names[:3]] == ["a-b_T2_REF_", "a-b_T2_REF_", "A-B_T2_REF_"]
    assert len({name.casefold() for name in names}) == 4
    assert names[3] == "c_T2_REF"


def test_an_unknown_subject_is_refused_with_the_nearest(golden):
    with golden.error(ConfigurationError):
        named_subjects(["sub-1"], ["sub-01", "sub-02"])


def test_a_subject_may_be_called_all():
    assert named_subjects(["all"], ["all", "b"]) == ("all",)


@pytest.mark.usefixtures("no_page")
def test_a_run_leaves_them_for_the_subjects_asked_for_alone(finished, simulated, tmp_path, golden):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    study = Study.from_yaml(simulated)
    run_study(study, folder, track=False, intermediates=["sub-02"])
    found = sorted(path.name for path in (folder / "intermediates" / "zscore").iterdir())
    assert found == sorted(f"sub-02_HASTE_{condition}" for condition in study.conditions)
    for path in (folder / "intermediates").rglob("00_read.nii.gz"):
        assert (path.parent.parent.name == "raw") != (path.parent / "01_zscore.nii.gz").exists()
    with golden.error(ConfigurationError):
        run_study(study, folder, track=False, intermediates=["sub-9"])
