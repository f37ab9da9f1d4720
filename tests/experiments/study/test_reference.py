"""What scans take over from the reference, as the study file and images.csv say; no image is opened for it."""

import pytest
import yaml

from experiments.study.reference import parse_registration
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import MaskSource
from harmonize.registration import Registration

SETTINGS = {"from": "reference", "metric": "correlation", "most_residual": 1.5}


@pytest.fixture
def folder(tmp_path):
    """Two subjects whose organs are drawn on the first scan."""
    rows = ["subject,sequence,run,image,mask"]
    for subject in ("S1", "S2"):
        rows += [f"{subject},T2,a,{subject}_a.nii.gz,rois.nii.gz", f"{subject},T2,b,{subject}_b.nii.gz,"]
    (tmp_path / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def study(folder, registration, **changes) -> Study:
    values = {
        "images": "images.csv",
        "reference": "a",
        "factors": ["run"],
        "rois": {"labels": {"liver": 1, "kidney": 2}},
        "registration": registration,
        "strategies": {"raw": None},
        **changes,
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return Study.from_yaml(path)


def test_scans_without_masks_get_those_of_the_reference(folder):
    found = study(folder, SETTINGS)
    assert found.registration == Registration(metric="correlation", most_residual=1.5)
    first, second = found.scans[:2]
    assert isinstance(first.masks["liver"], MaskSource)
    assert second.masks["liver"] == CarriedSource(first.masks["liver"], first.image)
    assert list(second.masks) == ["liver", "kidney"]
    assert not study(folder, None).scans[1].masks
    assert found.settings_digest() != study(folder, None).settings_digest()


def test_a_mask_of_its_own_is_kept(folder):
    text = (folder / "images.csv").read_text(encoding="utf-8")
    own = text.replace("S1_b.nii.gz,", "S1_b.nii.gz,rois.nii.gz")
    (folder / "own.csv").write_text(own, encoding="utf-8")
    scans = study(folder, SETTINGS, images="own.csv").scans
    assert isinstance(scans[1].masks["liver"], MaskSource)
    assert isinstance(scans[3].masks["liver"], CarriedSource)


@pytest.mark.parametrize(
    "registration",
    [
        {"from": "b"},
        {"dimensions": 2},
        {"most_rotation": -1},
        True,
    ],
)
def test_mistakes_are_named(registration, golden):
    with golden.error(ConfigurationError):
        parse_registration(registration, "study.yaml: registration")


def test_scans_are_told_the_grid_of_the_reference_where_a_step_needs_it(folder):
    resampled = {"resampled": {"steps": [{"resample": {"to": "reference"}}]}}
    scans = study(folder, None, strategies=resampled).scans
    assert [scan.reference.name for scan in scans] == ["S1_a.nii.gz"] * 2 + ["S2_a.nii.gz"] * 2
    assert all(scan.reference is None for scan in study(folder, None).scans)
