"""Law: files of a run, and those that analyses add, are reached by what describes them, in one way."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

import experiments
from experiments.analyses import ANALYSES
from experiments.folder.files import FILES
from experiments.folder.kinds import File

EXPERIMENTS = Path(experiments.__file__).parent
ROOMS = sorted({path.parent.name for path in EXPERIMENTS.glob("*/__init__.py")} - {"folder"})
OF_ANALYSES = [one for name in ANALYSES for one in vars(ANALYSES[name].module("files")).values()]
NAMES = {str(one) for one in (*FILES, *OF_ANALYSES) if isinstance(one, File) and "." in one}
LOOPS = (ast.For, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def known_to(path, tree):
    """Give what a module knows by its names, with those that its functions import."""
    known = dict(vars(importlib.import_module(".".join(path.relative_to(EXPERIMENTS.parent).with_suffix("").parts))))
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom):
            module = importlib.import_module(one.module)
            known |= {name.name: getattr(module, name.name) for name in one.names if hasattr(module, name.name)}
    return known


def holds_files(value):
    """Tell whether something is a file that is described, or several of them."""
    return isinstance(value, File) or (isinstance(value, tuple | list) and any(map(holds_files, value)))


def value_of(node, known):
    """Give what a name, or one of a module, stands for."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    owner = known.get(node.value.id) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else None
    return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None


def names_files(node, known, looped=()):
    """Tell whether files stand in an expression: by their names, as texts, or as the variable of a loop over them."""
    return any(
        (isinstance(one, ast.Name) and one.id in looped)
        or holds_files(value_of(one, known))
        or (isinstance(one, ast.Constant) and one.value in NAMES)
        for one in ast.walk(node)
    )


def loops_of(tree, known):
    """Give by expression the variables of the loops around it that go over files."""
    looped = {}
    for loop in (one for one in ast.walk(tree) if isinstance(one, LOOPS)):
        for over in [loop] if isinstance(loop, ast.For) else loop.generators:
            if names_files(over.iter, known):
                names = {one.id for one in ast.walk(over.target) if isinstance(one, ast.Name)}
                looped |= {id(one): looped.get(id(one), set()) | names for one in ast.walk(loop)}
    return looped


def reached_beside(tree, known):
    """Give what joins the name of a file to a folder, and what reads or writes one of a run there."""
    looped = loops_of(tree, known)
    for one in ast.walk(tree):
        called = one.func if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) else None
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
            if names_files(one.right, known, looped.get(id(one), ())):
                yield one
        elif called is not None and called.attr in ("read", "write") and value_of(called.value, known) in FILES:
            yield one


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_is_reached_by_what_describes_it(room):
    """Files were read and written beside RunFolder, each in a way of its own; later joined by variables of loops."""
    found = []
    for path in sorted((EXPERIMENTS / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        place = path.relative_to(EXPERIMENTS).as_posix()
        beside = reached_beside(tree, known_to(path, tree))
        found += [f"{place}, line {one.lineno}: {ast.unparse(one)}" for one in beside]
    assert found == []


SEEN = """
from experiments.folder import files
from experiments.folder.files import FILES, REPORT

places = [folder / name for name in (REPORT, files.RUN)]
others = {name: folder / f"{name}.old" for name, other in zip(FILES, FILES)}
here = folder / REPORT, folder / files.RUN, folder / "report.html"
for name in FILES:
    folder / name
REPORT.write(folder, "")
run.path(REPORT)
[folder / name for name in ("a", "b")]
"""


def test_the_law_sees_names_texts_and_loops():
    tree = ast.parse(SEEN)
    known = {"files": importlib.import_module("experiments.folder.files")}
    known |= {name: getattr(known["files"], name) for name in ("FILES", "REPORT")}
    assert len(list(reached_beside(tree, known))) == 7
