import json

import pandas as pd
import pytest
import yaml

from experiments.folder.files import REMARKS
from experiments.running.extracting.asked import asked_study
from experiments.running.extracting.extraction import run_extraction
from experiments.running.extracting.like import Like
from experiments.running.extracting.remarks import UnlikeWarning
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError


def refused(golden, study, tmp_path, **options):
    with golden.error(ConfigurationError):
        run_extraction(study, tmp_path / "out", track=False, **options)
    assert not (tmp_path / "out").exists()  # before anything is computed


def changed(study, **values):
    content = {**yaml.safe_load(study.read_text(encoding="utf-8")), **values}
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    return study


def test_settings_that_contradict_are_refused(measured, patients, tmp_path, golden):
    study = changed(patients, strategies={"raw": {"extraction": {"setting": {"binWidth": 5}}}})
    refused(golden, study, tmp_path, like=measured.folder)
    study = changed(
        patients, strategies={"raw": {"steps": ["zscore"], "extraction": {"setting": {"binWidth": 3, "force2D": True}}}}
    )
    refused(golden, study, tmp_path, like=measured.folder)


def test_an_extraction_without_strategies_must_be_the_same(measured, patients, tmp_path, golden):
    study = changed(patients, extraction={"setting": {"binWidth": 5}})
    refused(golden, study, tmp_path, like=measured.folder, strategies=["raw"])
    study = changed(patients, extraction={"setting": {"binWidth": 3, "force2D": True}})
    assert len(run_extraction(study, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False).features)


def test_strategies_of_other_names_are_passed_over_with_a_word(measured, patients, tmp_path, golden):
    study = changed(patients, strategies={"mine": {"steps": ["zscore"]}})
    with golden.warning(UnlikeWarning):
        found = run_extraction(study, tmp_path / "out", like=measured.folder, strategies=["raw"], track=False)
    assert set(found.features["strategy"]) == {"raw"}


def test_rois_are_called_as_the_study_does(measured, patients, tmp_path, golden):
    study = changed(patients, rois={"labels": {"Leber": 1, "Milz": 2}})
    refused(golden, study, tmp_path, like=measured.folder)
    named = {"rois": {"Leber": "liver", "Milz": "spleen"}, "like": measured.folder, "strategies": ["raw"]}
    assert set(run_extraction(study, tmp_path / "out", track=False, **named).features["roi"]) == {"liver", "spleen"}


@pytest.mark.parametrize(
    "rois",
    [{"lifer": "liver"}, {"liver": "spleen"}],
)
def test_names_that_do_not_fit_are_refused(measured, patients, tmp_path, rois, golden):
    refused(golden, patients, tmp_path, like=measured.folder, rois=rois)


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


def test_a_table_alone_keeps_its_own_factors(measured, patients, change_rows, liver_of, tmp_path, golden):
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
    refused(golden, table, tmp_path / "again", like=other)


def test_a_table_alone_that_does_not_tell_is_refused(measured, patients, change_rows, tmp_path, golden):
    table = patients.with_name("images.csv")
    refused(golden, table, tmp_path, like=measured.folder)
    change_rows(patients, lambda row: {key: row[key] for key in row if key != "reconstruction"})
    refused(golden, table, tmp_path, like=measured.folder)


def test_without_a_study_to_be_like_harmonizers_are_refused(volunteers, tmp_path, golden):
    refused(golden, volunteers, tmp_path)
    refused(golden, volunteers, tmp_path, strategies=["rau"])


def test_without_strategies_of_its_own_a_study_has_to_be_like_another(patients, tmp_path, golden):
    refused(golden, patients, tmp_path)


def test_a_table_alone_may_have_several_segmentations(measured, patients, change_rows, liver_of, tmp_path):
    """None was that by which pictures and cohorts are chosen."""
    change_rows(patients, lambda row: {**row, "liver": liver_of(row["mask"]), "segmentation": "anna"})
    table = patients.parent / "images.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([head, *rows, *(row.replace(",anna", ",ben") for row in rows)]), encoding="utf-8")
    study, _ = asked_study(table, None, None, (), {"liver": "liver"})
    assert (study.segmentation, study.segmentations, len(study.images)) == ("anna", ("anna", "ben"), 4)
    run = run_extraction(table, tmp_path / "out", like=measured.folder, strategies=["nyul"], track=False)
    features = pd.read_parquet(run.folder / "features.parquet")
    assert features["segmentation"].value_counts().to_dict() == {"anna": 4, "ben": 4}
    assert len(run.features) == 4  # of the first


COUNTED = {"raw": {"extraction": {"setting": {"binCount": 16}}}}
PERTURBED = {"noise": {"steps": ["noise"], "repeats": 2}}


@pytest.mark.parametrize("given", ["a file", "a study"])
def test_scans_to_measure_are_not_perturbed(patients, tmp_path, golden, given):
    """Those of a file were passed over without a word, and those of a study in memory were done."""
    path = changed(patients, perturbations=PERTURBED, strategies=COUNTED, reference="REF+STD")
    with golden.warning(UnlikeWarning, varies=r"^.*?(?=: perturb)"):
        found = run_extraction(path if given == "a file" else Study.from_yaml(path), tmp_path / "out", track=False)
    assert len(found.features) == 4 * 2
    assert not {"noise-1", "noise-2"} & set(found.features["condition"])


def test_what_compares_is_told_to_be_passed_over(patients, tmp_path, golden):
    """Of facets and harmonizers nothing was said."""
    path = changed(patients, facets=["acquisition"], harmonizers=["combat"], strategies=COUNTED, reference="REF+STD")
    with golden.warning(UnlikeWarning, varies=r"^.*?(?=: (facets|harmonizers))"):
        run_extraction(path, tmp_path / "out", track=False)


def test_scans_are_measured_like_a_study_of_one_condition_and_its_perturbations(patients, tmp_path, golden):
    """Each was said to be of a condition that the study did not have."""
    path = changed(patients, perturbations=PERTURBED, strategies=COUNTED, reference="REF+STD", pictures=0)
    run = run_study(path, tmp_path / "run", track=False)
    others = changed(patients, perturbations=None, reference=None)
    with golden.warning(UnlikeWarning, varies=r"^.*?(?=: perturb)"):
        found = run_extraction(others, tmp_path / "out", like=run.folder, track=False)
    assert set(found.features["condition"]) == {"REF+STD"}
    assert not (found[REMARKS]["what"] == "condition").any()
    own = run.features[run.features["condition"] == "unperturbed"]
    assert found.features["original_glcm_Idm"].tolist() == own["original_glcm_Idm"].tolist()
