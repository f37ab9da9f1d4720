import pytest
import yaml

from experiments.running.survey.survey import survey
from experiments.study.study import Study
from harmonize.steps import STEPS

NEEDED = {"reference_tissue": {"targets": {"liver": 100.0}}, "resample": {"spacing": 2.0}}
"""Parameters of the steps that cannot do without."""


def shown(study_file, steps):
    """Give the steps of a plan with the parameters that are shown of each."""
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    strategies = {f"only_{i}": {"steps": [step]} for i, step in enumerate(steps)}
    study_file.write_text(text[:before] + yaml.safe_dump({"strategies": strategies}) + text[after:], encoding="utf-8")
    return {task.name: task.changed for task in survey(Study.from_yaml(study_file)).tasks}


def test_of_every_step_only_what_it_needs_is_shown_by_default(study_file):
    steps = [{name: NEEDED[name]} if name in NEEDED else name for name in STEPS]
    assert shown(study_file, steps) == {name: tuple(NEEDED.get(name, ())) for name in STEPS}


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        ({"resample": {"to": "reference"}}, ("to",)),
        ({"resample": {"spacing": [1.5, 1.5], "interpolator": "linear"}}, ("spacing", "interpolator")),
        ({"clip": {"bounds": [0, 500]}}, ("bounds",)),
        ({"clip": {"percentiles": [5, 95]}}, ("percentiles",)),
        ({"n4": {"engine": "itk"}}, ("engine",)),
        ({"zscore": {"scale": 100}}, ()),
        ({"nyul": {"fit_on": {"acquisition": "REF"}}}, ("fit_on",)),
    ],
)
def test_parameters_without_which_it_would_be_another_step(study_file, step, changed):
    ((_, found),) = shown(study_file, [step]).items()
    assert found == changed
