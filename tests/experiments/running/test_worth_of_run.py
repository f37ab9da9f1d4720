"""Runs with perturbed scans and several conditions say what perturbations are worth."""

import pytest

from experiments.cli.end_of_run import show_worth
from experiments.folder.condition_files import PERTURBATION_WORTH
from experiments.folder.run_folder import RunFolder
from experiments.results.worth import TITLE
from experiments.running.runner import run_study
from experiments.study.study import Study
from experiments.tracking.contents import strategy_entry

STEPS = """strategies:
  raw: {extraction: {setting: {binCount: 32}}}
perturbations:
  G: {steps: [gamma: {exponent: [0.8, 1.2]}]}
"""


@pytest.mark.usefixtures("no_page")
def test_it_is_written_with_the_rule_of_the_study_and_goes_with_the_perturbations(study_file, tmp_path, capsys):
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    study_file.write_text(f"{text[:before]}{STEPS}{text[after:]}", encoding="utf-8")
    show_worth(run_study(Study.from_yaml(study_file), tmp_path / "out", track=False))
    assert TITLE[:30] in capsys.readouterr().out
    run = RunFolder.open(tmp_path / "out")
    found = run[PERTURBATION_WORTH]
    assert set(found["chain"]) == {"G"}
    assert set(found["condition"]) == {"REF+STD"}
    assert set(found["strategy"]) == {"raw"}
    metrics = strategy_entry(run, run.record["strategies"][0]).metrics
    known = found[(found["by"] == "overall") & found["estimate"].notna()].set_index("measure")["estimate"]
    assert {name: metrics[f"worth/G/{name}"] for name in known.index} == known.to_dict()

    plain = STEPS[: STEPS.index("perturbations:")]
    study_file.write_text(f"{text[:before]}{plain}{text[after:]}", encoding="utf-8")
    run_study(Study.from_yaml(study_file), tmp_path / "out", track=False)
    assert not (tmp_path / "out" / PERTURBATION_WORTH).exists()
