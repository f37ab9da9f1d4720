import pytest
import yaml

from experiments.running.survey.survey import survey
from experiments.study.study import Study
from harmonize.steps import STEPS

NEEDED = {
    "command": {"run": ["denoise", "{in}", "{out}"]},
    "images": {"column": "network"},
    "reference_tissue": {"targets": {"liver": 100.0}},
    "resample": {"spacing": 2.0},
}
"""Parameters of the steps that cannot do without."""


def shown(study_file, steps):
    """Give the steps of a plan with the parameters that are shown of each."""
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    strategies = {f"only_{i}": {"steps": [step]} for i, step in enumerate(steps)}
    study_file.write_text(text[:before] + yaml.safe_dump({"strategies": strategies}) + text[after:], encoding="utf-8")
    return {task.name: task.changed for task in survey(Study.from_yaml(study_file)).tasks}


def test_of_every_step_only_what_it_needs_is_shown_by_default(study_file):
    table = study_file.parent / "images.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([f"{lines[0]},network", *(f"{line},a.nii" for line in lines[1:])]), encoding="utf-8")
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


def test_draws_of_a_chain_are_one_task_counted_by_draw(study_file):
    text = study_file.read_text(encoding="utf-8")
    before, after = text.index("strategies:"), text.index("thresholds:")
    strategies = {"raw": {}, "zscore": {"steps": ["zscore"]}, "again": {"steps": ["zscore"], "harmonizer": "combat"}}
    chains = {
        "noise": {"steps": ["noise"], "repeats": 5},
        "VC": ["volume", "contour"],
        "V": ["volume"],
        "W": ["volume"],
    }
    added = yaml.safe_dump({"strategies": strategies, "perturbations": chains}, sort_keys=False)
    study_file.write_text(text[:before] + added + text[after:], encoding="utf-8")
    found = survey(Study.from_yaml(study_file))
    tasks = {(task.name, task.strategies): task for task in found.every_task()}
    noise = tasks["noise", ("raw / noise", "zscore / noise", "again / noise")]
    assert (noise.draws, noise.todo, noise.of) == (5, 15, 15)  # of three subjects' reference
    assert noise.parameters == {"perturbation": "noise", "draws": 5}
    assert [(one.name, one.todo) for one in noise.children] == [("extraction", 15), ("zscore", 15)]
    after_all = tasks["VC", ("zscore / VC", "again / VC")]
    assert (after_all.parameters["perturbation"], after_all.todo) == ("volume+contour", 3)
    assert ("V", ("raw / V",)) in tasks
    assert ("W", ("raw / W",)) in tasks  # not one with V, though it does the same
    zscore = tasks["zscore", ("zscore", "again")]
    assert (zscore.todo, zscore.of, zscore.draws) == (12, 12, 0)
    assert (found.perturbed, found.perturbed_rois) == (24, 48)
    assert found.extraction_tasks == sum(task.of for task in found.every_task() if task.name == "extraction") == 72
