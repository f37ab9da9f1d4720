"""Law: what the maps of the report show as robust is what the whitelists hold, whatever is absent of a table."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluation.tables import ALL_CONDITIONS, RELIABILITY_COLUMNS
from experiments.page import Context
from experiments.report.sections.where import summarize
from harmonize.errors import ConfigurationError
from selection.thresholds import Thresholds

STRATEGIES, SEQUENCES, ROIS, CONDITIONS = ("raw", "n4"), ("T1", "T2"), ("liver", "spleen"), ("ACC", "DLR")
FEATURES = [f"original_glcm_F{number}" for number in range(6)]
RULES: list[dict[str, Any]] = [
    {"limits": {"icc": 0.5}},
    {"limits": {"icc": 0.5, "ccc": 0.4}},
    {"limits": {"icc": 0.5, "ccc": 0.4, "cv": 0.6}},
    {"limits": {"icc": 0.5, "cv": 0.6}, "combine": "any"},
    {"limits": {"icc": 0.2, "ccc": 0.4}, "compared": {"icc": "limit"}},
]


def random_table(seed: int) -> pd.DataFrame:
    """Estimates of which some are missing, and of which some have no row at all; the first feature has all."""
    rng = np.random.default_rng(seed)
    rows = []
    for strategy, sequence, roi, feature in (
        (a, b, c, d) for a in STRATEGIES for b in SEQUENCES for c in ROIS for d in FEATURES
    ):
        for statistic, condition in [
            *((name, condition) for name in ("icc", "ccc") for condition in CONDITIONS),
            ("cv", ALL_CONDITIONS),
        ]:
            if feature != FEATURES[0] and rng.random() < 0.1:
                continue
            estimate = np.nan if rng.random() < 0.1 else rng.uniform(0.3, 1.0)
            lower = np.nan if statistic == "cv" else estimate - rng.uniform(0, 0.4)
            status = "constant" if np.isnan(estimate) else "ok"
            rows.append((strategy, sequence, roi, feature, condition, statistic, estimate, lower, np.nan, 9, status))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def shown(context: Context) -> dict[str, set[tuple[str, ...]]]:
    """What the page holds as robust, by the condition of the field, as strategy, sequence, ROI and feature."""
    packed = json.loads(summarize(context)["cells"]["json"])
    places = pd.MultiIndex.from_product(packed["axes"])
    found = {}
    for condition, text in zip(packed["conditions"], packed["passes"], strict=True):
        flags = np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), bitorder="little")
        found[condition] = set(places[np.flatnonzero(flags[: len(places)])])
    return found


def context_of(table: pd.DataFrame, rule: Thresholds) -> Context:
    run = {
        "rule": rule.to_mapping(),
        "reference": "REF",
        "conditions": ["REF", *CONDITIONS],
        "sequences": list(SEQUENCES),
        "rois": list(ROIS),
    }
    whitelists = {name: rule.whitelist(table, name) for name in STRATEGIES}
    summary = pd.DataFrame({"statistic": ["icc", "ccc", "cv"], "direction": ["above", "above", "below"]})
    files = SimpleNamespace(
        record=run, names=list(STRATEGIES), reliability=table, whitelists=whitelists, summary=summary
    )
    strategies = SimpleNamespace(summarize=lambda _: {"statistics": ["icc", "ccc", "cv"]})
    return Context(files, {"strategies": strategies})


def held(table: pd.DataFrame, rule: Thresholds) -> set[tuple[str, ...]]:
    return {
        (strategy, sequence, roi, feature)
        for strategy in STRATEGIES
        for sequence, rois in rule.whitelist(table, strategy).features.items()
        for roi, features in rois.items()
        for feature in features
    }


@pytest.mark.parametrize("options", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_maps_and_whitelists_agree(seed, options):
    table, rule = random_table(seed), Thresholds(**options)
    found = shown(context_of(table, rule))
    assert found["every"] == held(table, rule)
    assert 0 < len(found["every"]) < len(STRATEGIES) * len(SEQUENCES) * len(ROIS) * len(FEATURES)
    for condition in CONDITIONS:
        alone = table[table["condition"].isin([condition, ALL_CONDITIONS])]
        assert found[condition] == held(alone, rule)
    if rule.combine == "all":
        assert found["every"] == found["ACC"] & found["DLR"]
    else:
        assert found["every"] <= found["ACC"] & found["DLR"]


def test_a_statistic_that_is_absent_altogether_is_refused_by_both(golden):
    table, rule = random_table(0), Thresholds({"icc": 0.5, "ccc": 0.5})
    table = table[table["statistic"] != "ccc"]
    context = context_of(table, Thresholds({"icc": 0.5}))
    context.run.record["rule"] = rule.to_mapping()
    for judge in (lambda: held(table, rule), lambda: shown(context)):
        with golden.error(ConfigurationError):
            judge()
