"""The examples of CONTRIBUTING.md: read from the page, and added to the program as they stand there."""

import importlib
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from evaluation.reliability.statistics import STATISTICS
from experiments.analyses import ANALYSES
from experiments.simulate import Simulation, write_study
from harmonize.combat import METHODS
from harmonize.entries import Registry
from harmonize.formats.registry import FORMATS
from harmonize.perturbations import PERTURBATIONS
from harmonize.steps import STEPS
from selection.selectors.registry import SELECTORS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ANALYSIS = (ROOT / "docs" / "new_analysis.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^##+ (.+?)\n(.*?)(?=^##|\Z)", f"{PAGE}\n#{ANALYSIS}", flags=re.DOTALL | re.MULTILINE))
REGISTRIES = {
    "A step": STEPS,
    "A perturbation": PERTURBATIONS,
    "A statistic": STATISTICS,
    "A harmonizer": METHODS,
    "A file format": FORMATS,
    "A selector": SELECTORS,
    "A new analysis": ANALYSES,
}


def files_of_page(section):
    """Give the files that a section shows, by their names."""
    blocks = re.findall(r"^```(?:python|html)\n(.*?)^```", SECTIONS[section], flags=re.DOTALL | re.MULTILINE)
    shown = dict(block.split("\n", 1) for block in blocks)
    return {re.search(r"[\w/]+\.\w+", line)[0]: text for line, text in shown.items()}


def entry_of_page(section):
    """Give the name of the file that a section has a line added to, and its text with that line."""
    (block,) = re.findall(r"^```diff\n--- (.*?)^```", SECTIONS[section], flags=re.DOTALL | re.MULTILINE)
    name, _, lines = block.partition("\n")
    text = (ROOT / name).read_text(encoding="utf-8")
    for before, added in re.findall(r"^ (.*\n)((?:\+.*\n)+)", lines, flags=re.MULTILINE):
        assert text.count(f"\n{before}") == 1, f"{name} has not one line {before!r}"
        text = text.replace(f"\n{before}", f"\n{before}{re.sub('^[+]', '', added, flags=re.MULTILINE)}")
    return name, text


@contextmanager
def added_to_the_program(section, folder):
    """Add an example of the page: its files where a package finds them, and its entry as the changed file makes it."""
    paths = pytest.MonkeyPatch()
    for name, text in files_of_page(section).items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        room = next(one for one in Path(name).parents if (ROOT / one / "__init__.py").is_file())
        package = importlib.import_module(".".join(room.parts))
        if str(folder / room) not in package.__path__:
            paths.setattr(package, "__path__", [*package.__path__, str(folder / room)])
    importlib.invalidate_caches()
    known = set(sys.modules)
    name, text = entry_of_page(section)
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    registry = REGISTRIES[section]
    (variable,) = (one for one, value in vars(importlib.import_module(module)).items() if value is registry)
    space = {"__name__": module, "__file__": name}
    exec(compile(text, name, "exec"), space)  # noqa: S102 - a file of ours
    registry, made = (one.own if isinstance(one, Registry) else one for one in (registry, space[variable]))
    former = registry.copy()
    assert len(made) == len(former) + 1
    registry.clear()
    (registry.extend if isinstance(registry, list) else registry.update)(made)
    try:
        yield folder
    finally:
        registry.clear()
        (registry.extend if isinstance(registry, list) else registry.update)(former)
        paths.undo()
        _forget(folder, known)


def _forget(folder, known):
    for one in set(sys.modules) - known:
        if str(getattr(sys.modules[one], "__file__", "")).startswith(str(folder)):
            parent, _, name = one.rpartition(".")
            vars(sys.modules[parent]).pop(name, None) if parent in sys.modules else None
            del sys.modules[one]


def small_study(folder, strategies, thresholds=None):
    """Write the smallest simulated study, with strategies of one's own; gives its study file."""
    simulation = Simulation(subjects=3, sequences=("HASTE",), rois=1, matrix=96, slices=1, seed=7)
    path = write_study(folder / "study", simulation)
    values = yaml.safe_load(path.read_text(encoding="utf-8")) | {"strategies": strategies}
    values |= {} if thresholds is None else {"thresholds": thresholds}
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path
