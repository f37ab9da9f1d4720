import pandas as pd
import pytest

from experiments.audit.perturbed import audit_perturbed
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
