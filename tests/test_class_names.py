"""Names that a reader meets: each class is called what no other is."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("radharmony", "harmonize", "evaluation", "selection", "experiments")


def classes_of(folder: Path) -> dict[str, list[str]]:
    """Give the public classes of all modules in a folder, and the modules that define each."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(folder).as_posix())
    return found


def test_a_name_that_two_classes_have_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class Grid: ...\nclass _Part: ...", encoding="utf-8")
    (tmp_path / "other.py").write_text("class Grid: ...\nclass _Part: ...\nclass Scan: ...", encoding="utf-8")
    assert classes_of(tmp_path) == {"Grid": ["one.py", "other.py"], "Scan": ["other.py"]}


@pytest.fixture(scope="module")
def classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for name, places in classes_of(ROOT / package).items():
            found[name] += [f"{package}/{place}" for place in places]
    return found


def test_no_two_public_classes_have_one_name(classes: dict[str, list[str]]) -> None:
    assert len(classes) > 100
    assert {name: places for name, places in classes.items() if len(places) > 1} == {}
