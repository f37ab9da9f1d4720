import json
import re

import pytest
import yaml

from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.like import Like
from harmonize.errors import ConfigurationError


def refused(message, study, tmp_path, **options):
    with pytest.raises(ConfigurationError, match=message):
        run_extraction(study, tmp_path / "out", track=False, **options)
    assert not (tmp_path / "out").exists()  # before anything is computed


def changed(study, **values):
    content = {**yaml.safe_load(study.read_text(encoding="utf-8")), **values}
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    return study


def test_settings_that_contradict_are_refused(measured, patients, tmp_path):
    study = changed(patients, strategies={"raw": {"extraction": {"setting": {"binWidth": 5}}}})
    refused(r"raw: extraction.setting.binWidth is 5.0, but 3.0 in .*remove them", study, tmp_path, like=measured.folder)
    study = changed(
        patients, strategies={"raw": {"steps": ["zscore"], "extraction": {"setting": {"binWidth": 3, "force2D": True}}}}
    )
    refused(r"raw: steps.1.zscore.* but absent in ", study, tmp_path, like=measured.folder)


def test_an_extraction_without_strategies_must_be_the_same(measured, patients, tmp_path):
    study = changed(patients, extraction={"setting": {"binWidth": 5}})
    refused("extraction.setting.binWidth", study, tmp_path, like=measured.folder, strategies=["raw"])
    study = changed(patients, extraction={"setting": {"binWidth": 3, "force2D": True}})
    assert len(run_extraction(study, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False).features)


def test_strategies_of_other_names_are_passed_over_with_a_word(measured, patients, tmp_path):
    study = changed(patients, strategies={"mine": {"steps": ["zscore"]}})
    with pytest.warns(UserWarning, match="strategies of its own are passed over: mine; raw of"):
        found = run_extraction(study, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False)
    assert set(found.features["strategy"]) == {"raw"}


def test_rois_are_called_as_the_study_does(measured, patients, tmp_path):
    study = changed(patients, rois={"labels": {"Leber": 1, "Milz": 2}})
    refused(r"Leber, Milz are none of the ROIs of .*as in `roi=Leber=liver`", study, tmp_path, like=measured.folder)
    named = {"rois": {"Leber": "liver", "Milz": "spleen"}, "like": measured.folder, "strategies": ["raw"]}
    assert set(run_extraction(study, tmp_path / "out", track=False, **named).features["roi"]) == {"liver", "spleen"}


@pytest.mark.parametrize(
    ("rois", "message"),
    [
        ({"lifer": "liver"}, "there is no ROI 'lifer'; did you mean 'liver'"),
        ({"liver": "spleen"}, "two ROIs of study.yaml would be called 'spleen'"),
    ],
)
def test_names_that_do_not_fit_are_refused(measured, patients, tmp_path, rois, message):
    refused(message, patients, tmp_path, like=measured.folder, rois=rois)


def test_a_table_alone_has_a_column_for_each_roi(measured, patients, change_rows, liver_of, tmp_path):
    change_rows(patients, lambda row: {**{k: row[k] for k in row if k != "mask"}, "liver": liver_of(row["mask"])})
    table = patients.with_name("images.csv")
    found = run_extraction(table, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False)
    assert set(found.features["roi"]) == {"liver"}
    assert found.record["reference"] == "REF+STD"


def test_a_table_alone_needs_neither_factors_nor_another_study(patients, change_rows, liver_of, tmp_path):
    kept = ("subject", "sequence", "image")
    change_rows(patients, lambda row: {**{key: row[key] for key in kept}, "mask": liver_of(row["mask"])})
    table = patients.with_name("images.csv")
    found = run_extraction(table, tmp_path / "out", rois={"mask": "liver"}, track=False)
    assert set(found.features["condition"]) == {"unstated"}
    assert set(found.features["roi"]) == {"liver"}
    assert set(found.features["strategy"]) == {"raw"}


def test_a_table_alone_keeps_its_own_factors(measured, patients, change_rows, liver_of, tmp_path):
    # Where the study that it is measured like has others, two scans of a subject became the same cell.
    whitelist = Like.read(measured.folder, ["raw"]).whitelists["raw"]
    learned = json.loads(json.dumps({**whitelist.learned}))
    learned["seen"]["factors"] = ["echo", "run"]
    other = type(whitelist)(**{**vars(whitelist), "learned": learned})
    change_rows(patients, lambda row: {**{k: row[k] for k in row if k != "mask"}, "liver": liver_of(row["mask"])})
    table = patients.with_name("images.csv")
    found = run_extraction(table, tmp_path / "out", like=other, track=False)
    assert set(found.features["condition"]) == {"REF+STD"}
    change_rows(patients, lambda row: {key: row[key] for key in row if key not in ("acquisition", "reconstruction")})
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    message = "condition unstated; keep one, or tell them apart by a factor: a column acquisition, reconstruction, or"
    refused(message, table, tmp_path / "again", like=other)


def test_a_table_alone_that_does_not_tell_is_refused(measured, patients, change_rows, tmp_path):
    table = patients.with_name("images.csv")
    refused("no column names the masks of an ROI .*roi=COLUMN=ROI", table, tmp_path, like=measured.folder)
    change_rows(patients, lambda row: {key: row[key] for key in row if key != "reconstruction"})
    refused("column 'reconstruction' is missing beside acquisition", table, tmp_path, like=measured.folder)


def test_without_a_study_to_be_like_harmonizers_are_refused(volunteers, tmp_path):
    refused("strategy 'combat' has a harmonizer.*choose others with `strategy` .raw, nyul", volunteers, tmp_path)
    refused("there is no strategy 'rau'; did you mean 'raw'", volunteers, tmp_path, strategies=["rau"])


def test_without_strategies_of_its_own_a_study_has_to_be_like_another(patients, tmp_path):
    refused(re.escape("strategies: holds none; add one, or name the run or whitelist"), patients, tmp_path)
