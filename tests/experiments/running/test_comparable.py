"""A condition, sequence or ROI that cannot be used leaves the other comparisons as they are."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml
from click.testing import CliRunner

from experiments.audit.audit import audit
from experiments.cli import radharmony
from experiments.cli.exit_codes import FAILED
from experiments.running.runner import run_study
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.formats import write_image
from harmonize.image.volume import Grid, to_itk

GRID = Grid((16, 16, 3), (2.0, 2.0, 5.0))


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """Four subjects, two sequences, conditions a, b, c of nearly the same image; a mask of two ROIs and others."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1, 2:8, 2:8], labels[1, 9:14, 9:14] = 1, 2
    for name, kept in (("both", (1, 2)), ("liver", (1,)), ("none", ())):
        sitk.WriteImage(to_itk(labels * np.isin(labels, kept), GRID), str(folder / f"{name}.nii.gz"))
    for subject in range(4):
        for sequence in ("T1", "T2"):
            base = rng.normal(100, 20 + 5 * subject, GRID.shape)
            for condition in "abc":
                image = base + rng.normal(0, 0.5, GRID.shape)
                write_image(image, GRID, folder / f"{subject}{sequence}{condition}.nii.gz")
    return folder


def study_of(place: Path, masks, conditions: str = "abc", **changes) -> Path:
    """Write a study; `masks` gives the name of the mask of a sequence and condition."""
    rows = ["subject,sequence,run,image,mask"]
    rows += [
        f"{subject},{sequence},{run},{subject}{sequence}{run}.nii.gz,{masks(sequence, run)}.nii.gz"
        for subject in range(4)
        for sequence in ("T1", "T2")
        for run in conditions
    ]
    (place / "images.csv").write_text("\n".join(rows), encoding="utf-8")
    values = {
        "images": "images.csv",
        "reference": "a",
        "factors": ["run"],
        "rois": {"labels": {"liver": 1, "kidney": 2}},
        "extraction": {"setting": {"binCount": 16}, "featureClass": {"firstorder": ["Mean", "Variance"]}},
        "strategies": {"raw": None},
        **changes,
    }
    path = place / "study.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path


def test_an_arm_without_rois_leaves_the_other_comparison_and_the_report_says_why(images, tmp_path):
    path = study_of(
        images,
        lambda _, run: "none" if run == "c" else "both",
        thresholds={"icc": 0.5, "conditions": ["b", "c"]},
    )
    out = tmp_path / "out"
    done = CliRunner().invoke(radharmony, ["run", str(path), "--out", str(out), "--no-tracking", "--quiet"])
    assert done.exit_code == FAILED, done.output
    reliability = pd.read_parquet(out / "reliability.parquet")
    assert set(reliability["condition"]) == {"b", "all"}
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [(one["sequence"], one["condition"], one["rois"]) for one in run["not_compared"]] == [
        ("T1", "c", ["liver", "kidney"]),
        ("T2", "c", ["liver", "kidney"]),
    ]
    whitelist = json.loads((out / "whitelists" / "raw.json").read_text(encoding="utf-8"))
    assert whitelist["conditions"] == ["a", "b"]
    assert whitelist["rule"]["thresholds"]["conditions"] == ["b"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Not compared" in page
    assert re.search(
        r"T1, c: no ROI of T1 under c could be used \(4 of 8 failures: ROI .{1,6}(liver|kidney).{1,6} is empty", page
    )


@pytest.mark.usefixtures("no_page")
def test_a_reference_that_fails_in_one_sequence_leaves_the_others(images, tmp_path):
    path = study_of(images, lambda sequence, run: "none" if (sequence, run) == ("T1", "a") else "both")
    run_study(Study.from_yaml(path), tmp_path / "out", track=False)
    reliability = pd.read_parquet(tmp_path / "out" / "reliability.parquet")
    icc = reliability[reliability["statistic"] == "icc"].set_index("sequence")
    assert set(icc.loc["T1", "status"]) == {"no_reference"}
    assert (icc.loc["T2", "estimate"] > 0.9).any()
    missing = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["not_compared"]
    assert {(one["sequence"], one["condition"]) for one in missing} == {("T1", "b"), ("T1", "c")}
    assert all("no ROI of T1 under a could be used" in one["reason"] for one in missing)


@pytest.mark.parametrize(
    ("bad", "changes"),
    [
        (
            "b",
            {},
        ),
        ("a", {}),
        ("b", {"thresholds": {"cv": 0.1}}),
        (
            "b",
            {"conditions": "abc", "thresholds": {"icc": 0.9, "conditions": ["b"]}},
        ),
    ],
)
def test_nothing_left_to_compare_is_one_line_and_keeps_the_files(images, tmp_path, bad, changes, golden):
    """It was 'the reliability table has no statistic icc', which says nothing to who reads it."""
    path = study_of(images, lambda _, run: "none" if run == bad else "both", **{"conditions": "ab", **changes})
    with golden.error(ConfigurationError):
        run_study(Study.from_yaml(path), tmp_path / "out", track=False)
    # `check` promised that a run goes on.
    told = {finding.problem for finding in audit(Study.from_yaml(path)).findings if finding.kind == "no_comparison"}
    golden.text("\n".join(sorted(told)))
    assert len(pd.read_csv(tmp_path / "out" / "failures.csv")) == 16
    assert len(pd.read_parquet(tmp_path / "out" / "features.parquet")) >= 16


def test_check_counts_a_comparison_that_nothing_is_left_of(images):
    path = study_of(images, lambda _, run: "none" if run == "c" else "both")
    gone = [finding for finding in audit(Study.from_yaml(path)).findings if finding.kind == "no_comparison"]
    assert [(finding.level, finding.sequence, finding.condition) for finding in gone] == [
        ("error", "T1", "c"),
        ("error", "T2", "c"),
    ]
    assert all("a run goes on" in finding.problem for finding in gone)
