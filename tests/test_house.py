"""Rules of the house: one name for one idea, files that are read at a sitting, rooms that say what lives there."""

import ast
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from experiments.analyses import ANALYSES
from experiments.cli.steps import registries
from harmonize.entries import PREFIX
from radharmony.floors import FLOORS

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.relative_to(ROOT) for floor in ("radharmony", *FLOORS) for path in (ROOT / floor).rglob("*.py"))
OF_AN_ANALYSIS = {f"{name}.py" for name in ("settings", "run", "files", "section", "command")}
OF_ANALYSES = [Path("experiments/analyses") / name for name in ANALYSES]

LONGEST = 320


def lines_of(path):
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def test_no_file_name_stands_in_more_than_three_rooms():
    """But for the files that every analysis has."""
    same = {path for path in MODULES if path.parent in OF_ANALYSES and path.name in OF_AN_ANALYSIS}
    names = Counter(path.name for path in MODULES if path.name != "__init__.py" and path not in same)
    assert {name: count for name, count in names.items() if count > 3} == {}
    assert {path.name for path in same} == OF_AN_ANALYSIS


def test_no_file_is_longer_than_a_sitting():
    assert {path.as_posix(): lines_of(path) for path in MODULES if lines_of(path) > LONGEST} == {}


def test_the_median_file_is_below_160_lines():
    lengths = sorted(lines_of(path) for path in MODULES if path.name != "__init__.py")
    assert lengths[len(lengths) // 2] < 160


@pytest.mark.parametrize("package", ["radharmony", *FLOORS])
def test_every_public_name_can_be_imported(package):
    module = importlib.import_module(package)
    stub = (ROOT / package / "__init__.pyi").read_text(encoding="utf-8")
    assert module.__all__
    assert all(getattr(module, name) is not None for name in module.__all__)
    assert all(re.search(rf"\b{name}\b", stub) for name in module.__all__)
    assert set(module.__all__) <= set(dir(module))


ROOMS = Counter(path.parent for path in MODULES if path.name != "__init__.py")
LARGE = [room for room, count in ROOMS.items() if count > 6 and room not in OF_ANALYSES]
READMES = sorted(path.relative_to(ROOT) for floor in FLOORS for path in (ROOT / floor).rglob("README.md"))


@pytest.mark.parametrize("room", LARGE, ids=Path.as_posix)
def test_a_large_room_says_what_lives_there(room):
    assert room / "README.md" in READMES


@pytest.mark.parametrize("path", READMES, ids=Path.as_posix)
def test_what_a_room_says_is_short_and_true(path):
    """Its files are in the room or in one within, or are named from the top of the floor or the repository."""
    text = (ROOT / path).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 20
    named = set(re.findall(r"(?<![\w*/.<>])[\w/.]+\.(?:py|md|html|js|toml)\b", text))
    tops = (ROOT, ROOT / path.parts[0])
    inside = {name for name in named if any((ROOT / path.parent).rglob(name))}
    assert {name for name in named - inside if not any((top / name).exists() for top in tops)} == set()


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.ipynb"))]
HAND_WRITTEN = [path for path in PAGES if not {"generated", "jupyter_execute", "site"} & {*path.parts}]
DOTTED = rf"(?<![\w./-])(?:{'|'.join(('radharmony', *FLOORS))})(?:\.[A-Za-z_]\w*)+(?!\w|[/(.]\w)"
NOT_NAMES = {"py", "md", "json", "csv", "html", "yaml", "parquet", "svg", "git", "db"}


def test_the_documentation_names_what_there_is():
    """Modules had moved, and pages went on naming the old ones."""
    texts = {
        path: path.read_text(encoding="utf-8") for path in HAND_WRITTEN if path.stem not in ("changes", "new_analysis")
    }
    found = {(name, path.name) for path, text in texts.items() for name in re.findall(DOTTED, text)}
    names = [(name, page) for name, page in sorted(found) if name.rpartition(".")[2] not in NOT_NAMES]
    assert len(names) > 20
    assert [one for one in names if not exists(one[0])] == []


def exists(name):
    """Tell whether a dotted name leads somewhere, or is a group of entry points."""
    if name in {f"{PREFIX}{kind}s" for kind in registries()}:
        return True
    module, *rest = name.split(".")
    found = importlib.import_module(module)
    for part in rest:
        module = f"{module}.{part}"
        if not hasattr(found, part):
            try:
                importlib.import_module(module)
            except ModuleNotFoundError:
                return False
        found = getattr(found, part)
    return True


OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OF_DASK = {"--nthreads", "--nworkers"}


def messages_of(path):
    """Give the texts of a module but its docstrings."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    docs = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    texts = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return [one.value for one in texts if id(one) not in docs]


def test_the_command_line_alone_speaks_of_its_options():
    """Who calls a function has no options: messages name settings, which commands turn into their options."""
    floors = [path for path in MODULES if path.parts[:2] != ("experiments", "cli") and path.name != "command.py"]
    found = {(path.as_posix(), name) for path in floors for text in messages_of(path) for name in OPTION.findall(text)}
    assert {(path, name) for path, name in found if name not in OF_DASK} == set()
    assert {name for _, name in found} == OF_DASK


TESTED_ELSEWHERE = {
    "evaluation/comparison/blocks.py": "evaluation/comparison/test_compare.py",
    "evaluation/comparison/gains.py": "evaluation/comparison/test_compare.py",
    "evaluation/comparison/share_differences.py": "evaluation/comparison/test_shares.py",
    "evaluation/comparison/strategies.py": "evaluation/comparison/test_compare.py",
    "evaluation/publication/analysis.py": "evaluation/publication/test_methods.py",
    "evaluation/reading/text.py": "evaluation/reading/test_table_file.py",
    "evaluation/reliability/over_all.py": "evaluation/reliability/test_incomplete.py",
    "experiments/analyses/harmonize/reading.py": "experiments/analyses/harmonize/test_checks.py",
    "experiments/analyses/reliability/display.py": "experiments/analyses/reliability/test_output.py",
    "experiments/analyses/sample_size/command.py": "experiments/analyses/sample_size/test_run.py",
    "experiments/analyses/shared/reliability_table.py": "experiments/analyses/shared/test_reliability_source.py",
    "experiments/analyses/shared/whitelisted.py": "experiments/analyses/diagnose/test_whitelist.py",
    "experiments/audit/carried.py": "experiments/running/test_carry.py",
    "experiments/cli/dicom_sr.py": "experiments/running/extracting/test_reports.py",
    "experiments/cli/demo.py": "test_readme.py",
    "experiments/cli/extract.py": "experiments/running/extracting/test_extraction.py",
    "experiments/cli/import_.py": "experiments/cli/test_import.py",
    "experiments/cli/options.py": "experiments/cli/test_check.py",
    "experiments/cli/preprocess.py": "experiments/running/extracting/test_preprocessing.py",
    "experiments/cli/progress.py": "experiments/cli/test_end_of_run.py",
    "experiments/cli/report.py": "experiments/cli/test_main.py",
    "experiments/compare/opened.py": "experiments/cli/test_compare.py",
    "experiments/importing/study_files.py": "experiments/importing/test_importing.py",
    "experiments/page/modeling.py": "experiments/analyses/test_registry.py",
    "experiments/page/section.py": "experiments/report/test_registry.py",
    "experiments/report/checklists/model_rules.py": "experiments/report/sections/test_checklists.py",
    "experiments/report/checklists/study_rules.py": "experiments/report/sections/test_checklists.py",
    "experiments/report/sections/resemblance.py": "experiments/running/extracting/test_extraction.py",
    "experiments/report/sections/strategies.py": "experiments/report/test_report.py",
    "experiments/results/learned.py": "experiments/running/extracting/test_extraction.py",
    "experiments/running/cohort/observe.py": "experiments/running/cohort/test_barrier.py",
    "experiments/running/course.py": "experiments/running/test_runner.py",
    "experiments/running/extracting/before.py": "experiments/running/extracting/test_extraction.py",
    "experiments/running/extracting/course.py": "experiments/running/extracting/test_extraction.py",
    "experiments/running/extracting/map_pictures.py": "experiments/running/extracting/test_mapping.py",
    "experiments/running/extracting/resemblance.py": "experiments/running/extracting/test_like.py",
    "experiments/running/extracting/taken_over.py": "experiments/running/extracting/test_extraction.py",
    "experiments/running/feature_taker.py": "experiments/running/test_take_over.py",
    "experiments/running/record.py": "experiments/running/test_runner.py",
    "experiments/running/scans.py": "experiments/running/test_runner.py",
    "experiments/running/unchanged.py": "experiments/running/test_one_look.py",
    "experiments/study/roi_section.py": "experiments/study/test_study.py",
    "harmonize/combat/reader.py": "harmonize/combat/test_serialization.py",
    "harmonize/formats/named_rois.py": "harmonize/formats/test_seg.py",
    "harmonize/n4/itk.py": "harmonize/steps/test_n4.py",
    "harmonize/protocol/dicom_header.py": "harmonize/protocol/test_headers.py",
    "harmonize/registration/rigid_search.py": "harmonize/registration/test_registering.py",
    "selection/drawn_verdicts.py": "selection/test_intervals.py",
}
"""Parts of something larger, by the tests of the whole, which sees all that they do."""


def test_every_module_is_tested_by_its_name():
    """In a file of its name, by examples in it, by tests that import it, or as part of what is listed above."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "benchmarks" not in path.parts]
    named = set(re.findall(r"[\w.]+", "\n".join(path.read_text(encoding="utf-8") for path in tests)))
    modules = [path for path in MODULES if path.name not in ("__init__.py", "__main__.py")]
    untested = {
        path.as_posix()
        for path in modules
        if not (ROOT / "tests" / path.parent / f"test_{path.name}").exists()
        and ">>>" not in (ROOT / path).read_text(encoding="utf-8")
        and ".".join(path.with_suffix("").parts) not in named
    }
    assert sorted(untested - set(TESTED_ELSEWHERE)) == []
    assert set(TESTED_ELSEWHERE) <= {path.as_posix() for path in modules}
    assert [name for name in TESTED_ELSEWHERE.values() if not (ROOT / "tests" / name).is_file()] == []
