"""The four packages that radharmony is made of: found in this distribution, whatever else is called like them.

`evaluation`, `experiments` and the others are names that a user's own files may have as well, beside a script or a
notebook, where Python looks first. What stands there is found here as long as nobody asks for it: one program can have
one module of a name only, and which one is meant is not guessed.
"""

import ast
import importlib
import multiprocessing.process
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

FLOORS = ("harmonize", "evaluation", "selection", "experiments")
HOME = Path(__file__).resolve().parents[1]
"""The folder that this distribution is in."""

STARTED = ("__main__", "__mp_main__")
"""What a script is called that was started, here or to set up a worker process; a notebook too."""


INSTALLED = {"site-packages", "dist-packages"}
"""Folders of what is installed; one of them may lie within the user's own folder."""


class Finder:
    """Finds the floors beside this package, before Python looks elsewhere."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None, *_: object) -> ModuleSpec | None:
        """Find a floor, or what is in it; see `importlib.abc.MetaPathFinder`.

        Raises
        ------
        ImportError
            If the user's own module of that name may be meant.
        """
        floor, *inner = fullname.split(".")
        if floor not in FLOORS:
            return None
        if not inner:
            _refuse_doubt(floor)
            return PathFinder.find_spec(floor, [str(HOME)])
        found = PathFinder.find_spec(fullname, path)
        if len(inner) == 1:
            _tell_of_another(floor, fullname, found is None)
        return found


def place() -> None:
    """Have the floors found here from now on, and in the processes that `multiprocessing` or joblib start from here.

    Raises
    ------
    ImportError
        If the user's own module of one of their names is imported already.
    """
    for floor in FLOORS:
        spec = getattr(sys.modules.get(floor), "__spec__", None)
        if spec is not None and not _ours(spec.origin):
            raise ImportError(_both(floor, spec), name=floor)
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)
    # A process that is started takes over the configuration of its parent before it is told what to do, and has to
    # import this module for it: a task may name a floor before it names anything else.
    multiprocessing.process.current_process()._config["radharmony"] = place  # type: ignore[attr-defined]  # the stubs leave it out


def run(module: str, function: str, *arguments: Any) -> None:
    """Call a function of a floor in a process that was started to do so."""
    place()
    getattr(importlib.import_module(module), function)(*arguments)


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function: what is pickled as this call imports this module first, and then what the function needs."""
    return function(*arguments)


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Give a package the names that are listed in the stub beside its `__init__`, each imported when it is used.

    Parameters
    ----------
    package, file : str
        Its `__name__` and `__file__`.

    Returns
    -------
    tuple
        Its `__getattr__`, `__dir__` and `__all__`.

    Examples
    --------
    >>> import harmonize
    >>> get, names, _ = attach("harmonize", harmonize.__file__)
    >>> get("ComBat").__name__, "ComBat" in names()
    ('ComBat', True)
    """
    stub = Path(file).with_suffix(".pyi").read_text(encoding="utf-8")
    homes = {
        name.name: f"{package}.{node.module}" if node.level else str(node.module)
        for node in ast.parse(stub).body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    public = [name for name in sorted(homes) if not name.startswith("__")]
    return partial(_get, package, homes), lambda: sorted(homes), public


def _get(package: str, homes: dict[str, str], name: str) -> Any:
    if package in FLOORS and not name.startswith("__"):
        try:
            _refuse_doubt(package)
        except ImportError as error:
            asking = str(sys._getframe(1).f_globals.get("__name__"))
            if asking.partition(".")[0] == "importlib":  # `from ... import`, which would replace the text of another
                raise
            raise AttributeError(str(error), name=name, obj=sys.modules[package]) from None  # as `hasattr` expects
    if name not in homes:
        raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=sys.modules[package])
    return getattr(importlib.import_module(homes[name]), name)


def _refuse_doubt(floor: str) -> None:
    """Raise if code of the user asks for a floor, and Python itself would give it another module."""
    frame: Any = sys._getframe(2)
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "importlib":
        frame = frame.f_back
    if frame is None:
        return
    file = Path(frame.f_code.co_filename)
    if _ours(str(file)) or not INSTALLED.isdisjoint(file.parts):
        return
    other = PathFinder.find_spec(floor, sys.path)
    if other is None or other.origin is None or _ours(other.origin):
        return
    place = Path(other.origin).parents[1 if other.submodule_search_locations else 0]
    if frame.f_globals.get("__name__") in STARTED or place in file.parents:
        raise ImportError(_both(floor, other), name=floor)


def _tell_of_another(floor: str, fullname: str, absent: bool) -> None:
    """Raise for a module that a floor does not have and the user's package of its name does; warn if both have it.

    Whoever asks for it once it is loaded is given that of the floor without a word.
    """
    for other in _others(floor, tuple(sys.path))[: None if absent else 1]:
        if not _ours(other.origin) and PathFinder.find_spec(fullname, other.submodule_search_locations or ()):
            if absent:
                raise ModuleNotFoundError(_both(floor, other), name=fullname)
            _warn(_both(floor, other))


@cache
def _others(floor: str, path: tuple[str, ...]) -> list[ModuleSpec]:
    """Give what is called like a floor on a path: what Python itself would import, then all that is there."""
    found = (PathFinder.find_spec(floor, entries) for entries in (path, *([entry] for entry in path)))
    return [spec for spec in found if spec is not None]


@cache
def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=2)


def _ours(file: str | None) -> bool:
    """Say whether a file is of this distribution."""
    if file is None:
        return False
    place = Path(file).resolve()
    return any(HOME / name in place.parents for name in (*FLOORS, "radharmony"))


def _both(floor: str, other: ModuleSpec) -> str:
    place = other.origin or ", ".join(other.submodule_search_locations or ())
    return (
        f"`{floor}` is a package of radharmony and also {place}, and one program can have only one of the two: rename "
        "yours; all names of radharmony are in `import radharmony`"
    )
