import pandas as pd
import pytest

from experiments.audit.perturbed import audit_perturbed
from experiments.audit.scans import Look
from experiments.study.study import Study
from tests.experiments.conftest import write_images

CHAINS = """
perturbations:
  RV: {steps: [rotation: {angle: [-7, 7]}, volume: {change: [-0.1, 0, 0.1]}]}
  noise: {steps: [noise], repeats: 4}
"""


@pytest.mark.parametrize("conditions", ["several", "one"])
def test_draws_of_each_chain_are_counted_with_the_scans_they_are_of(study_file, golden, conditions):
    if conditions == "one":
        rows = pd.read_csv(study_file.parent / "images.csv", dtype=str)
        rows = rows[(rows["acquisition"] == "REF") & (rows["reconstruction"] == "STD")]
        write_images(study_file, rows.to_dict("records"))
    assert not list(audit_perturbed(Study.from_yaml(study_file)))
    study_file.write_text(study_file.read_text(encoding="utf-8") + CHAINS, encoding="utf-8")
    found = list(audit_perturbed(Study.from_yaml(study_file)))
    assert {(one.level, one.kind) for one in found} == {("note", "perturbations")}
    golden.text("\n".join(f"{one.where}: {one.problem} -> {one.advice}" for one in found))


def test_contours_across_slices_of_an_roi_in_one_slice_are_warned_of(study_file, golden):
    text = study_file.read_text(encoding="utf-8")
    kinds = {}
    for dimension in (2, 3):
        chain = f"\nperturbations:\n  C: {{steps: [contour: {{dimension: {dimension}}}]}}\n"
        study_file.write_text(text + chain, encoding="utf-8")
        study = Study.from_yaml(study_file)
        flat = [(scan, Look(single_slice=("liver",))) for scan in study.scans]
        found = list(audit_perturbed(study, flat))
        kinds[dimension] = [one.kind for one in found]
    assert kinds == {2: ["perturbations"], 3: ["perturbations", "contour_of_one_slice"]}
    golden.text(f"{found[1].where}: {found[1].problem} -> {found[1].advice}")
