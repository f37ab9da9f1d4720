import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
from click.testing import CliRunner

from experiments.cli.simulate import simulate
from experiments.simulate import Simulation, write_study
from experiments.simulate.disease import draw_disease, is_patient
from experiments.study.study import Study
from harmonize.errors import ConfigurationError

SIZE = {"subjects": 6, "sequences": ("HASTE",), "rois": 2, "slices": 1}


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The same six people in health, three of them ill, and all ill."""
    made = {patients: tmp_path_factory.mktemp(f"patients{patients}") for patients in (0, 3, 6)}
    for patients, folder in made.items():
        write_study(folder, Simulation(patients=patients, **SIZE))
    return made


def truth_of_liver(folder):
    rows = rows_of(folder / "truth.csv")
    return {(row["subject"], row["acquisition"]): row for row in rows if row["roi"] == "liver"}


def organ(folder, row, label):
    image, mask = (sitk.GetArrayFromImage(sitk.ReadImage(str(folder / row[key]))) for key in ("image", "mask"))
    return image.astype(float), mask == label


def measured(folder, label):
    """Mean, and roughness from voxel to voxel in shares of the standard deviation, by arm."""
    signs = {}
    for row in rows_of(folder / "images.csv"):
        image, inside = organ(folder, row, label)
        steps = np.abs(np.diff(image, axis=2))[inside[:, :, 1:] & inside[:, :, :-1]]
        arm = f"{row['acquisition']}+{row['reconstruction']}"
        signs.setdefault(arm, []).append((image[inside].mean(), steps.mean() / image[inside].std()))
    return {arm: np.array(values) for arm, values in signs.items()}


def test_patients_are_as_many_as_wanted_and_spread_over_the_numbers():
    for subjects in (1, 7, 20):
        for patients in range(subjects + 1):
            found = is_patient(subjects, patients)
            assert found.sum() == patients
            assert abs(found[: subjects // 2].sum() - patients * (subjects // 2) / subjects) < 1.0


def test_without_patients_no_table_speaks_of_a_diagnosis(folders):
    for name in ("images.csv", "truth.csv", "truth.json", "study.yaml"):
        text = (folders[0] / name).read_text(encoding="utf-8")
        assert "patients" not in text
        assert "diagnosis" not in text


def test_the_diagnosis_is_a_covariate_of_the_study_and_stands_in_the_truth(folders):
    images, truth = rows_of(folders[3] / "images.csv"), rows_of(folders[3] / "truth.csv")
    by_subject = {row["subject"]: row["diagnosis"] for row in images}
    assert sorted(by_subject.values()) == ["0", "0", "0", "1", "1", "1"]
    assert {(row["subject"], row["diagnosis"]) for row in truth} == set(by_subject.items())
    for row in truth:
        is_ill = row["diagnosis"] == "1" and row["roi"] == "liver"
        assert (float(row["fine_texture"]) > 0.0) == is_ill
    scan = Study.from_yaml(folders[3] / "study.yaml").scans[0]
    assert scan.covariates == {"diagnosis": by_subject[scan.subject]}
    settings = json.loads((folders[3] / "truth.json").read_text(encoding="utf-8"))
    assert settings["simulation"]["patients"] == 3
    assert "fine_texture" in settings["model"]


def test_the_healthy_are_who_they_were_and_patients_differ_in_the_liver(folders):
    health, some = (truth_of_liver(folders[patients]) for patients in (0, 3))
    for key, row in some.items():
        longer = float(row["t2_ms"]) / float(health[key]["t2_ms"]) - 1.0
        assert longer == pytest.approx(0.22, rel=0.85) if row["diagnosis"] == "1" else longer == 0.0
    for row in rows_of(folders[3] / "images.csv"):
        before, after = (organ(folders[n], row, 1)[0] for n in (0, 3))
        assert (before.tobytes() == after.tobytes()) == (row["diagnosis"] == "0")


def test_every_arm_shows_the_bright_liver_but_noise_hides_its_texture(folders):
    health, ill = measured(folders[0], 1), measured(folders[6], 1)
    change = {arm: (ill[arm] / health[arm]).mean(axis=0) for arm in health}
    brighter = np.array([change[arm][0] for arm in change])
    assert brighter.min() > 1.2
    assert np.ptp(brighter) < 0.02
    assert change["REF+STD"][1] > change["ACC+STD"][1] + 0.04


def test_another_organ_stays_healthy(folders):
    health, ill = measured(folders[0], 2), measured(folders[6], 2)
    assert ill["REF+STD"][:, 0] == pytest.approx(health["REF+STD"][:, 0], rel=0.01)


def test_signs_vary_between_patients_each_by_itself():
    drawn = [draw_disease(np.random.default_rng(seed)) for seed in range(400)]
    signs = np.log([(one.t2_change, one.fine_texture) for one in drawn])
    assert signs.std(axis=0) == pytest.approx([0.3, 0.3], abs=0.05)
    assert abs(np.corrcoef(signs.T)[0, 1]) < 0.15


def test_more_patients_than_subjects_are_refused(golden):
    with golden.error(ValueError):
        Simulation(subjects=6, patients=7)


def test_the_command_takes_patients_but_not_for_real_images(tmp_path):
    size = ["--subjects", "2", "--sequences", "HASTE", "--rois", "1", "--matrix", "96", "--slices", "1", "--quiet"]
    done = CliRunner().invoke(simulate, [str(tmp_path / "s"), "--patients", "1", *size])
    assert done.exit_code == 0, done.output
    assert [row["diagnosis"] for row in rows_of(tmp_path / "s/images.csv")] == ["0"] * 4 + ["1"] * 4
    table = tmp_path / "cases.csv"
    table.write_text("subject,sequence,image,mask\n")
    refused = CliRunner().invoke(simulate, [str(tmp_path / "t"), "--patients", "1", "--scans", str(table)])
    assert isinstance(refused.exception, ConfigurationError)
    assert "--patients: real images" in str(refused.exception)
