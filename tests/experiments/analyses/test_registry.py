"""Laws of all analyses: their options are fields of their settings, which are the same from any door."""

import ast
import dataclasses
import re
import string
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from experiments.analyses import ANALYSES
from experiments.analyses.shared import groups
from experiments.analyses.shared.fields import AnalysisSettings, Setting, settings_of
from experiments.cli.command import NAMED

ROOT = Path(__file__).resolve().parents[3]
SHOWING = {"quiet", "help"}
"""Options that are about the terminal alone."""


def settings_classes(module: ModuleType) -> list[type[AnalysisSettings]]:
    """Give the classes of settings in a module."""
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, AnalysisSettings)]
    return [one for one in found if one is not AnalysisSettings]


@pytest.mark.parametrize("name", ANALYSES)
def test_every_option_is_a_field_of_its_settings(name):
    command = ANALYSES[name].command()
    modules = (ANALYSES[name].module("settings"), groups)
    known = {one.name for module in modules for cls in settings_classes(module) for one in settings_of(cls)}
    options = {option.name for option in command.params if option.param_type_name == "option"}
    assert options - SHOWING <= known


def named_settings(tree: ast.Module) -> set[str]:
    """Give the settings that the messages of a module name; docstrings are no messages."""
    docs = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    texts = [one for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return {found[1] for one in texts if id(one) not in docs for found in NAMED.finditer(one.value)}


@pytest.mark.parametrize("name", [*ANALYSES, "shared"])
def test_messages_name_settings_that_there_are(name):
    analyses = ANALYSES.values() if name == "shared" else [ANALYSES[name]]
    modules = [groups, *(one.module("settings") for one in analyses)]
    known = {one.name for module in modules for cls in settings_classes(module) for one in settings_of(cls)}
    for path in sorted((ROOT / "experiments" / "analyses" / name).glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parameters = {one.arg for one in ast.walk(tree) if isinstance(one, ast.arg)}
        assert named_settings(tree) <= known | parameters, path


@pytest.mark.parametrize("name", ANALYSES)
def test_no_setting_is_looked_up_by_a_text(name):
    """A setting that was renamed was found missing only where somebody asked for it; mypy sees attributes."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "experiments/analyses" / name).glob("*.py")}
    assert [path.name for path, text in texts.items() if "getattr(" in text or re.search(r"\*\*\w+: Any", text)] == []


OTHERWISE = {
    "any_of": "any",  # a word of Python
    "compared": "on",  # a truth in YAML, where a rule says `compared` as well
    "n_resamples": "resamples",  # of functions that take it and much else
}
"""Settings that the command line calls otherwise than by their name or, of several values, its singular."""


@pytest.mark.parametrize("name", ANALYSES)
def test_an_option_is_called_as_its_setting(name):
    used = set()
    for option in ANALYSES[name].command().params:
        if option.param_type_name == "option" and option.name not in SHOWING:
            called = option.opts[0].removeprefix("--").replace("-", "_")
            singular = option.name.removesuffix("s") if option.multiple else option.name
            assert called in (option.name, singular, OTHERWISE.get(option.name))
            used |= {option.name} if called == OTHERWISE.get(option.name) else set()
    assert used <= set(OTHERWISE)
    documented = (ROOT / "docs" / "api" / "index.md").read_text(encoding="utf-8")
    assert all(f"`{one}` | `--{OTHERWISE[one]}`" in documented for one in used)


@pytest.mark.parametrize("name", ANALYSES)
def test_an_option_that_is_missing_is_told_as_missing(name, tmp_path):
    # and not as an invalid value, None
    command = ANALYSES[name].command()
    table = tmp_path / "table.csv"
    table.write_text("subject,condition,f\n", encoding="utf-8")
    required = [option.opts[0] for option in command.params if option.required and option.param_type_name == "option"]
    given = [str(table)] * sum(one.param_type_name == "argument" for one in command.params)
    result = CliRunner().invoke(command, given)
    assert result.exit_code == 2 or not required
    assert not required or f"Missing option '{required[0]}'" in result.output


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_has_its_modules(name):
    for module in ("settings", "run", "files", "command"):
        assert ANALYSES[name].module(module).__doc__
    if ANALYSES[name].added:
        adding = ANALYSES[name].adding
        assert ANALYSES[name].section.name == adding.place
        assert adding.place.holds


TEXTS = st.text(string.ascii_letters + string.digits + "_.*", min_size=1, max_size=8)
WORKING = {
    # Texts that only some values of are right, and what goes together.
    "harmonize": st.none(),
    "compare": st.lists(st.sampled_from(["all", "combat", "covbat:mean_only"]), min_size=1, max_size=2, unique=True),
    "method": st.sampled_from([None, "combat"]),
    "scheduler": st.none(),
    "select": st.just("mrmr:10"),
    "protocol": st.just([]),
    "visit": st.just("visit"),
    "visits": st.just([]),
    "error": st.none(),
    "margin": st.just("10%"),
    "models": st.lists(st.sampled_from(["logistic", "forest"]), min_size=1, max_size=2, unique=True),
    "condition": st.lists(TEXTS, min_size=1, max_size=2),
    "batch": st.none(),
    "save": st.none(),
    "model": st.just("logistic"),
    "icc": st.just(0.8),
    "ccc": st.none(),
    "wcv": st.none(),
    "accuracy": st.just(1.0),
}
MAPPED = {"threshold": "icc", "at": "roi", "extract": "study"}


def values_of(one: Setting) -> st.SearchStrategy[Any]:
    """Give what a field may hold."""
    if one.name in WORKING:
        return WORKING[one.name]
    if one.option.known:
        chosen = st.sampled_from(one.option.known)
        return st.lists(chosen, max_size=2) if one.option.repeated else chosen
    if one.name in MAPPED:
        return st.dictionaries(st.just(MAPPED[one.name]), TEXTS, max_size=1)
    if one.kind is bool:
        return st.booleans()
    if one.kind is int:
        limits = one.option.limits
        return st.integers(int(limits.least or 1), 500 if limits.most is None else int(limits.most))
    if one.kind is float:
        return st.floats(0.1, 0.99)
    if one.option.opened:
        return TEXTS.map(lambda text: f"{text}.csv")
    return st.none() if one.default is None else st.just(one.default) if not one.required else TEXTS


CLASSES = sorted(
    {cls for analysis in ANALYSES.values() for cls in settings_classes(analysis.module("settings"))}
    | set(settings_classes(groups)),
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@examples(max_examples=30)  # each has all settings of the class
@given(data=st.data())
def test_settings_come_back_from_their_mapping(cls, data):
    settings = settings_of(cls)
    drawn = {one.name: data.draw(values_of(one), label=one.name) for one in settings}
    if cls.__name__ == "HarmonizationSettings":
        plain = ("reference", "by", "together", "categorical", "continuous", "smooth", "exclude", "model")
        drawn = {name: value for name, value in drawn.items() if name not in plain} | {"batch": ["scanner"]}
        drawn |= {"nonparametric": False, "mean_only": False, "no_empirical_bayes": False}
    if "margin" in drawn:
        drawn["conditions"] = ["REF", "ACC"]
    if "train" in drawn:
        drawn["test"] = f"not {drawn['train']}"
    if "outcome" in drawn:
        drawn |= {"target": "ill", "outcome": "classes", "time": None, "event": None}
    if "tune_by" in drawn:
        drawn["tune_by"] = "brier"
    if "outs" in drawn:
        drawn["outs"] = ["w.json", drawn["outs"]]
    if "whitelist" in drawn or "reliability" in drawn or cls.__name__ == "Batches":
        drawn |= {name: None for name in ("reference",) if name in drawn}
        drawn |= {"whitelist": "w.json"} if "whitelist" in drawn else {}
    if "top" in drawn:
        drawn["by"] = "icc"
    made = cls(**drawn)
    assert cls.from_mapping(made.to_mapping()) == made
    assert dataclasses.replace(made) == made
