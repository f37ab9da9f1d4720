"""Rules of the house: one name for one idea, files that are read at a sitting, rooms that say what lives there."""

import ast
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from experiments.analyses import ANALYSES
from radharmony.floors import FLOORS

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.relative_to(ROOT) for floor in ("radharmony", *FLOORS) for path in (ROOT / floor).rglob("*.py"))
OF_AN_ANALYSIS = {f"{name}.py" for name in ("settings", "run", "files", "section", "adding", "command")}
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
    """Tell whether a dotted name leads somewhere."""
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
