"""Reports of a study's DICOM scans, by the command's function and by the command."""

import highdicom as hd
import numpy as np
import pytest

from evaluation.extraction import ExtractionSettings
from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.reports import IN_REPORTS, NO_VALUE, run_reports
from harmonize.errors import ConfigurationError
from harmonize.formats import read_image, write_image
from selection.whitelist import Whitelist

FEATURES = ("original_firstorder_Mean", "original_glcm_Contrast", "original_glcm_Correlation")
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:highdicom"),
    pytest.mark.filterwarnings("ignore::experiments.running.extracting.remarks.UnlikeWarning"),
]


@pytest.fixture
def table(write_slices, tmp_path):
    """One DICOM series with a mask, and the same image as NIfTI."""
    pixels = np.random.default_rng(0).integers(100, 900, (4, 12, 11))
    write_slices(tmp_path / "t2", pixels)
    array, grid = read_image(tmp_path / "t2")
    mask = np.zeros(array.shape, bool)
    mask[1:3, 2:9, 2:9] = True
    write_image(mask, grid, tmp_path / "mask.nii.gz")
    write_image(array.astype(np.float32), grid, tmp_path / "t2.nii.gz")
    rows = ["S1,T2,REF,STD,t2,mask.nii.gz", "S2,T2,REF,STD,t2.nii.gz,mask.nii.gz"]
    head = "subject,sequence,acquisition,reconstruction,image,mask"
    (tmp_path / "images.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return tmp_path / "images.csv"


@pytest.fixture
def whitelist(table, tmp_path):
    run = run_extraction(table, tmp_path / "first", track=False)
    settings = {name: run.record["strategies"][0][name] for name in ("steps", "extraction")}
    lists = {"T2": {"mask": FEATURES}}
    rule = {"thresholds": {"icc": 0.9}, "definition": "all"}
    return Whitelist("raw", lists, {"T2": {"mask": 93}}, rule, settings=settings, study="s", conditions=("REF+STD",))


def test_each_dicom_scan_has_a_report_of_its_whitelisted_features(table, whitelist, tmp_path):
    made = run_reports(table, tmp_path / "out", like=whitelist, track=False)
    (file,) = made.files
    content = hd.sr.srread(file).content
    (group,) = content.get_image_measurement_groups()
    found = {one.name.meaning: one.value for one in group.get_measurements()}
    (rows,) = made.table.groupby("file")
    features = run_extraction(table, tmp_path / "again", track=False).features.set_index("subject").loc["S1"]
    for row in rows[1].to_dict("records"):
        assert row["status"] == "ok"
        assert found[row["meaning"]] == pytest.approx(features[row["feature"]], rel=1e-12)
    assert set(made.table["feature"]) == {*FEATURES}
    assert list(IN_REPORTS.read(tmp_path / "out")["value"]) == list(made.table["value"])
    (failed,) = made.failures.to_dict("records")
    assert (failed["subject"], failed["step"]) == ("S2", "DICOM SR")
    assert "is no DICOM" in failed["problem"]


def test_a_feature_without_a_value_is_told_and_not_in_the_report(table, whitelist, tmp_path, write_slices):
    write_slices(tmp_path / "t2", np.where(np.arange(11) % 2, 310, 305) + np.zeros((4, 12, 11)))
    settings = {**whitelist.settings, "extraction": ExtractionSettings({"binWidth": 25}, bin_limits=None).to_mapping()}
    flat = Whitelist("raw", whitelist.features, whitelist.considered, whitelist.rule, settings=settings)
    made = run_reports(table, tmp_path / "out", like=flat, track=False)
    status = made.table.set_index("feature")["status"]
    assert status[FEATURES[2]] == NO_VALUE
    (group,) = hd.sr.srread(made.files[0]).content.get_image_measurement_groups()
    assert len(group.get_measurements()) == 2


def test_without_dicom_or_a_whitelist_it_is_refused(table, whitelist, tmp_path, golden):
    with golden.error(ConfigurationError):
        run_reports(table, tmp_path / "out", track=False)
    text = table.read_text(encoding="utf-8").replace("STD,t2,", "STD,t2.nii.gz,")
    table.write_text(text, encoding="utf-8")
    with golden.error(ConfigurationError):
        run_reports(table, tmp_path / "out", like=whitelist, track=False)


def test_the_command_says_that_reports_hold_names(table, whitelist, tmp_path, radharmony):
    (tmp_path / "whitelist.json").write_text(whitelist.to_json(), encoding="utf-8")
    wish = ("--like", tmp_path / "whitelist.json", "--out", tmp_path / "out", "--no-tracking", "--jobs", "1")
    done = radharmony("dicom-sr", table, *wish)
    assert done.returncode == 3, done.stderr
    assert done.stdout == f"1 report: {tmp_path / 'out' / 'sr'}\n"
    assert "they hold the patients' names and identifiers" in done.stderr
    assert "S2, T2: " in done.stderr
