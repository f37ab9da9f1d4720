"""Law: files of a run, and those that analyses add, are reached by what describes them, in one way."""

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import experiments
from experiments.analyses import ANALYSES
from experiments.folder import kinds
from experiments.folder.files import FILES
from experiments.folder.kinds import File


def is_kind(value):
    """Tell whether something is a class of files."""
    return isinstance(value, type) and issubclass(value, File)


EXPERIMENTS = Path(experiments.__file__).parent
ROOMS = sorted({path.parent.name for path in EXPERIMENTS.glob("*/__init__.py")} - {"folder"})
OF_ANALYSES = [one for name in ANALYSES for one in vars(ANALYSES[name].module("files")).values()]
NAMES = {str(one) for one in (*FILES, *OF_ANALYSES) if isinstance(one, File) and "." in one}
KINDS = re.compile("|".join(rf"\b{name}\b" for name, one in vars(kinds).items() if is_kind(one)))
COMMON = {name for one in (dict, list, set, str, Path) for name in dir(one)}
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


def is_typed_a_file(parameter):
    """Tell whether the type of a parameter is that of a file."""
    return parameter.annotation is not None and KINDS.search(ast.unparse(parameter.annotation)) is not None


class Module:
    """A module, and which of its variables stand for files where."""

    def __init__(self, tree, known):
        self.nodes, self.known, self.variables = list(ast.walk(tree)), known, {}
        self.functions = {one.name: one for one in self.nodes if isinstance(one, ast.FunctionDef)}
        self.calls = [unfolded(one) for one in self.nodes if isinstance(one, ast.Call)]
        self.kept: set[str] = set()
        loops = [one for one in self.nodes if isinstance(one, LOOPS)]
        self.loops = [(one, over) for one in loops for over in getattr(one, "generators", [one])]
        for function in self.functions.values():
            self.let(function.body, {one.arg for one in parameters_of(function)[1] if is_typed_a_file(one)})

    def let(self, nodes, names):
        """Let variables stand for files within some nodes, and tell whether that is news."""
        news = any(not names <= self.variables.get(id(node), set()) for node in nodes)
        for one in (one for node in nodes if news for one in ast.walk(node)):
            self.variables[id(one)] = self.variables.get(id(one), set()) | names
        return news

    def is_file(self, node):
        """Tell whether a name, a text, or several of them in brackets stand for files."""
        if isinstance(node, ast.Tuple | ast.List):
            return any(map(self.is_file, node.elts))
        if isinstance(node, ast.Starred):
            return self.is_file(node.value)
        if isinstance(node, ast.Name) and node.id in self.variables.get(id(node), ()):
            return True
        if isinstance(node, ast.Attribute) and node.attr in self.kept:
            return True
        return holds_files(value_of(node, self.known)) or (isinstance(node, ast.Constant) and node.value in NAMES)

    def names_files(self, node):
        """Tell whether files stand anywhere in an expression."""
        return any(map(self.is_file, ast.walk(node)))

    def loop(self):
        """Let the variables of loops over files stand for files, and count what is news."""
        return sum(
            self.let([loop], {one.id for one in ast.walk(over.target) if isinstance(one, ast.Name)})
            for loop, over in self.loops
            if self.names_files(over.iter)
        )

    def keep(self, modules):
        """Let attributes that are given files, or typed so, stand for files in all modules, and count what is news."""
        names = {
            to.attr
            for one in self.nodes
            if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None and self.is_file(one.value)
            for to in (one.targets if isinstance(one, ast.Assign) else [one.target])
            if isinstance(to, ast.Attribute)
        }
        names |= {
            field.target.id
            for one in self.nodes
            if isinstance(one, ast.ClassDef)
            for field in one.body
            if isinstance(field, ast.AnnAssign) and KINDS.search(ast.unparse(field.annotation))
        }
        news = names - COMMON - self.kept
        for module in modules.values() if news else ():
            module.kept |= news
        return len(news)

    def hand_on(self, modules):
        """Let the parameters that files are given for stand for files, and count what is news."""
        return sum(
            module.let(function.body, {to for value, to in bound(call, function) if self.is_file(value)})
            for call in self.calls
            for module, function in self.called(call.func, modules)
        )

    def called(self, name, modules):
        """Give the function of a name with its module; of a method that no library has, all of its name."""
        value, attribute = value_of(name, self.known), getattr(name, "attr", getattr(name, "id", None))
        if value is not None:
            found, attribute = [modules.get(getattr(value, "__module__", None))], getattr(value, "__name__", None)
        else:
            found = [self] if isinstance(name, ast.Name) else modules.values() if attribute not in COMMON else []
        return [(one, one.functions[attribute]) for one in found if one and attribute in one.functions]

    def beside(self):
        """Give what joins the name of a file to a folder, reads or writes one of a run there, or spells its name."""
        described = {id(one) for call in self.calls if is_kind(value_of(call.func, self.known)) for one in call.args}
        for one in self.nodes:
            text = one.value if isinstance(one, ast.Constant) and id(one) not in described else None
            if isinstance(text, str) and NAMES & {*text.splitlines()}:
                yield one
            called = one.func if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) else None
            if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Div):
                if self.names_files(one.right):
                    yield one
            elif called is not None and called.attr in ("read", "write"):
                value = value_of(called.value, self.known)
                if value in FILES or (value is None and self.is_file(called.value)):
                    yield one


def unfolded(call):
    """Give the call that `partial` prepares; any other call is given as it is."""
    if ast.unparse(call.func) not in ("partial", "functools.partial") or not call.args:
        return call
    return ast.Call(call.args[0], call.args[1:], call.keywords)


def parameters_of(function):
    """Give the parameters of a function that has a name: those by place, and all; `self` is not one of them."""
    arguments = function.args
    placed = [one for one in (*arguments.posonlyargs, *arguments.args) if one.arg not in ("self", "cls")]
    return placed, [*placed, *filter(None, [arguments.vararg]), *arguments.kwonlyargs]


def bound(call, function):
    """Give what a call gives, with the names of the parameters that it is for."""
    placed, _ = parameters_of(function)
    names = [one.arg for one in (*placed, *[function.args.vararg] * len(call.args)) if one is not None]
    return [*zip(call.args, names, strict=False), *((word.value, word.arg) for word in call.keywords)]


def reached_beside(modules):
    """Give by module what reaches files beside what describes them, wherever names of files are handed on."""
    while sum(one.loop() + one.keep(modules) + one.hand_on(modules) for one in modules.values()):
        pass
    return {name: list(one.beside()) for name, one in modules.items()}


@pytest.fixture(scope="module")
def beside():
    modules = {}
    for path in sorted(path for room in ROOMS for path in (EXPERIMENTS / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = known_to(path, tree)
        modules[known["__name__"]] = Module(tree, known)
    return reached_beside(modules)


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_is_reached_by_what_describes_it(room, beside):
    """Files were read and written beside RunFolder, each in a way of its own; later joined by variables of loops."""
    of_room = {name: found for name, found in beside.items() if name.split(".")[1] == room}
    assert [f"{name}, line {one.lineno}: {ast.unparse(one)}" for name, found in of_room.items() for one in found] == []


SEEN = """
from experiments.folder import files
from experiments.folder.files import FILES, REPORT

places = [folder / name for name in (REPORT, files.RUN)]
others = {name: folder / f"{name}.old" for name, other in zip(FILES, FILES)}
here = folder / REPORT, folder / files.RUN, "mlruns\\nreport.html"
for name in FILES:
    folder / name
REPORT.write(folder, "")
run.path(REPORT)
[folder / name for name in ("a", "b")]
"""

HANDED_ON = """
def all_within(folder, *names, last):
    within = [handed_on(folder, name) for name in names]
    return [*within, folder / last]


def handed_on(folder, name):
    return folder / name


def typed(folder, file: "Record | None"):
    return file.read(folder)


def other(folder, name):
    return folder / name


class Place:
    def where(self, name):
        return self.folder / name


class Kept:
    file: "Record | None"

    def __init__(self, folder):
        self.place, self.report = folder, None
        self.report = REPORT

    def both(self):
        return self.place / self.report, self.place / self.file, self.place / self.place


def prepared(folder, name):
    return folder / "within" / name


all_within(folder, "plain", REPORT, last=files.RUN)
partial(prepared, name=REPORT)(folder)
other(REPORT, "name")
place.where(REPORT)
"""


def found_in(text):
    known = {"files": importlib.import_module("experiments.folder.files")}
    known |= {name: getattr(known["files"], name) for name in ("FILES", "REPORT")}
    return [ast.unparse(one) for one in reached_beside({"seen": Module(ast.parse(text), known)})["seen"]]


def test_the_law_sees_names_texts_and_loops():
    assert len(found_in(SEEN)) == 7


def test_the_law_sees_what_is_handed_on():
    """Whoever was given a file joined it to a folder, which the law had not seen."""
    kept = ["self.place / self.report", "self.place / self.file", "folder / 'within' / name"]
    wanted = ["folder / last", "folder / name", "file.read(folder)", "self.folder / name", *kept]
    assert sorted(found_in(HANDED_ON)) == sorted(wanted)
