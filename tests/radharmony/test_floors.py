"""Scripts that stand beside files of a user that are called like the floors, in processes of their own."""

import subprocess
import sys
from importlib.metadata import version

import pytest

import radharmony as rh
from experiments.simulate import Simulation, write_study
from radharmony.floors import FLOORS, attach

STUDY = """
import radharmony as rh

run = rh.run_study(rh.Study.from_yaml("study.yaml"), "results", jobs=1, track=False)
print("computed", *run.strategies["strategy"])
"""

WORKERS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":  # so that a process that is spawned does not import radharmony by importing this
    import joblib

    from radharmony import Round

    print(*joblib.Parallel(2)(joblib.delayed(repr)(Round()) for _ in range(2)))
    for method in set(multiprocessing.get_all_start_methods()) - {"fork"}:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            print(*pool.map(repr, [Round()]))
"""


def python(*arguments, folder):
    """Run Python in a folder; what it said, last."""
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def folder(tmp_path):
    """A folder with a module or package of each floor's name; whoever imports one is told so."""
    for floor in FLOORS[:-1]:
        (tmp_path / f"{floor}.py").write_text("print('own')\nicc = mine = None\n")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "__init__.py").write_text("print('own')\n")
    (tmp_path / "experiments" / "training.py").write_text("mine = None\n")
    return tmp_path


def test_a_study_runs_in_worker_processes(folder, tmp_path_factory):
    """The README's example ended in `'evaluation' is not a package`."""
    simulation = Simulation(subjects=2, sequences=("HASTE",), rois=1, matrix=96, slices=1, seed=7)
    study = write_study(tmp_path_factory.mktemp("simulated") / "study", simulation)
    before, after = study.read_text(encoding="utf-8").split("strategies:")
    after = after[after.index("thresholds:") :]
    study.write_text(f"{before}strategies:\n  zscore: {{steps: [zscore]}}\n{after}", encoding="utf-8")
    for path in folder.iterdir():
        path.rename(study.parent / path.name)
    (study.parent / "script.py").write_text(STUDY)
    ended = python("script.py", folder=study.parent)
    assert ended.stdout == "computed zscore\n", ended.stderr


def test_a_task_reaches_worker_processes_of_any_kind(folder):
    """A worker is told of a step by the name of its module, and knows no more of radharmony."""
    (folder / "script.py").write_text(WORKERS)
    ended = python("script.py", folder=folder)
    assert ended.stdout.split() == ["Round()"] * (3 if sys.platform == "win32" else 4), ended.stderr


def test_the_command_runs(folder):
    ended = python("-m", "radharmony", "validate-ibsi", "--help", folder=folder)
    assert ended.stdout.startswith("Usage: "), ended.stderr


def test_one_floor_brings_the_others(folder):
    """`from selection import ...` beside an evaluation.py ended in `'evaluation' is not a package`."""
    (folder / "selection.py").unlink()
    ended = python("-c", "from selection import RobustnessThreshold as one; print(one.__name__)", folder=folder)
    assert ended.stdout == "RobustnessThreshold\n", ended.stderr


@pytest.mark.parametrize(
    ("script", "floor"),
    [
        ("import evaluation, radharmony", "evaluation"),
        ("import radharmony, evaluation", "evaluation"),
        ("from radharmony import icc\nfrom evaluation import icc", "evaluation"),
        ("from radharmony import icc\nimport evaluation\nevaluation.mine", "evaluation"),
        ("from radharmony import Study\nimport experiments.training", "experiments"),
    ],
)
def test_where_only_one_can_be_had_a_line_says_what_to_rename(script, floor, folder):
    (folder / "script.py").write_text(script)
    told = python("script.py", folder=folder).stderr.splitlines()[-1]
    assert f"Error: `{floor}` is a package of radharmony and also {folder / floor}" in told
    assert "rename" in told


def test_whether_a_name_is_there_can_be_asked(folder):
    """`hasattr` ended in an ImportError."""
    asked = (
        "from radharmony import icc\nimport evaluation\nprint(hasattr(evaluation, 'mine'), hasattr(evaluation, 'icc'))"
    )
    (folder / "script.py").write_text(asked)
    ended = python("script.py", folder=folder)
    assert ended.stdout == "False False\n", ended.stderr


def test_a_folder_of_scripts_is_told_apart_too(tmp_path):
    """A folder without `__init__.py` is a package for Python as well, if there is no other."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "training.py").write_text("")
    ended = python("-c", "import radharmony, experiments.training", folder=tmp_path)
    assert f"also {tmp_path / 'experiments'}, and" in ended.stderr


def test_modules_of_one_name_in_both_are_told_before_one_is_taken_for_the_other(folder):
    (folder / "experiments" / "study").mkdir()
    (folder / "experiments" / "study" / "__init__.py").write_text("")
    ended = python("-c", "from radharmony import Study; from experiments.study import strategy", folder=folder)
    assert ended.returncode == 0
    assert ended.stderr.count("UserWarning: `experiments` is a package of radharmony and also") == 1


def test_a_name_that_is_not_there_is_refused_as_python_does(golden):
    get, names, public = attach("selection", __import__("selection").__file__)
    assert names() == public
    with golden.error(AttributeError):
        get("Whitlist")


def test_the_version_is_the_one_that_the_command_prints():
    assert rh.__version__ == version("radharmony")
