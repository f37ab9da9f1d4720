from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from experiments.page import Context, Section
from harmonize.errors import ConfigurationError


def context_of(**run: object) -> Context:
    return Context(SimpleNamespace(folder=Path("run"), path=Path("run").joinpath, **run), {})


def test_what_a_section_says_is_computed_once_and_only_when_it_is_asked_for():
    asked = []

    def summarize(context):
        asked.append(context)
        return {"n": len(asked)}

    context = Context(SimpleNamespace(), {"a": Section("m", "a", "A", summarize), "b": Section("m", "b", "B", len)})
    assert not asked
    assert context["a"] == context["a"] == {"n": 1}
    assert asked == [context]


def test_a_section_that_says_nothing_is_empty():
    context = Context(SimpleNamespace(), {"a": Section("m", "a", "A", lambda _: None)})
    assert context["a"] == {}


def test_a_record_without_a_part_is_named(golden):
    inference = {"baseline": None, "resamples": 0, "thresholds": {}, "is_rule": True, "definition": "", "factors": None}
    with golden.error(ConfigurationError):
        _ = context_of(record={"inference": inference}).inference


def test_a_strategy_with_features_but_without_a_whitelist_is_named(golden):
    table = pd.DataFrame({"strategy": ["raw", "n4"]})
    context = context_of(names=["raw", "n4"], reliability=table, whitelists={"raw": SimpleNamespace()})
    with golden.error(ConfigurationError):
        _ = context.whitelists


def test_a_direction_that_is_none_is_named(golden):
    context = context_of(summary=pd.DataFrame({"direction": ["above", "sideways"]}))
    with golden.error(ConfigurationError):
        _ = context.summary
