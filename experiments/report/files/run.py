"""Read what a finished run has left in its folder, or say which file is missing or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.tables import FEATURE_KEYS, check_reliability_table, feature_columns
from experiments.folder.files import (
    AUDIT,
    COMPARISON,
    EFFECTS,
    FAILURES,
    FEATURES,
    RELIABILITY,
    RUN,
    STRATEGIES,
    SUMMARY,
    TESTS,
    WHITELISTS,
)
from experiments.folder.run_folder import RunFolder
from experiments.report.files.harmonization import Harmonized, read_harmonization
from experiments.results.reading import (
    Kinds,
    parquet_columns,
    read_csv,
    read_parquet,
    read_record,
    read_table,
    to_numbers,
)
from harmonize.errors import ConfigurationError
from selection.whitelist import Whitelist

AUDIT_KEYS: Kinds = {
    "errors": int,
    "warnings": int,
    "findings": list,
    "cells": dict,
    "completeness": list,
}
SUMMARY_COLUMNS = (
    "strategy",
    "statistic",
    "by",
    "level",
    "n_total",
    "n_computed",
    "threshold",
    "direction",
    "passing",
    "share_of_computed",
    "share_of_all",
    "text",
)
SIGNS = {"above": ">", "below": "<"}
"""The side of a threshold on which an estimate passes, as summary.csv writes it and as the report does."""
INFERENCE_KEYS = ("baseline", "resamples", "thresholds", "is_rule", "definition", "factors", "reasons")
COMPARED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "summary": ("strategy", "statistic", "by", "ratio", "ratio_lower", "ratio_upper", "p", "q"),
    "shares": ("strategy", "statistic", "by", "n_total", "difference", "lower", "upper", "p", "q"),
    "ranks": ("strategy", "statistic", "rank", "lower", "upper", "first"),
}
"""The columns that the report needs of the tables of the comparison; what is no text is a number."""
TEXTS = frozenset({"strategy", "statistic", "by"})
EFFECT_COLUMNS = ("strategy", "sequence", "roi", "feature", "acquisition", "combined", "share_subject")
TEST_COLUMNS = ("strategy", "condition", "test", "p", "q", "n")
FAILURE_COLUMNS = ("strategy", "subject", "sequence", "condition", "roi", "file", "step", "problem", "advice")


@dataclass(frozen=True)
class RunFiles:
    """The files of one finished run.

    Attributes
    ----------
    run, audit : dict
        The contents of run.json and audit.json.
    scans : DataFrame
        The rows of the feature table without its features: keys, and `voxels` and `bins` where they stand there.
    features : tuple of str
        The feature columns of the feature table.
    reliability : DataFrame
        The reliability table.
    summary, strategies, failures : DataFrame
        The tables of those names, all columns as text.
    whitelists : dict
        The content of the whitelist by strategy, in the order of run.json; a strategy that gave no feature has none.
    comparison : dict
        Tables `summary`, `shares` and `ranks` of the comparison of strategies; empty where nothing was compared.
    effects, tests : DataFrame or None
        The tables of those names; None where there is none.
    harmonization : Harmonized or None
        What harmonizers did; None where no strategy has one.
    """

    run: Mapping[str, Any]
    audit: Mapping[str, Any]
    scans: pd.DataFrame
    features: tuple[str, ...]
    reliability: pd.DataFrame
    summary: pd.DataFrame
    strategies: pd.DataFrame
    failures: pd.DataFrame
    whitelists: Mapping[str, Mapping[str, Any]]
    comparison: Mapping[str, pd.DataFrame]
    effects: pd.DataFrame | None
    tests: pd.DataFrame | None
    harmonization: Harmonized | None = None


def read_run(finished: RunFolder) -> RunFiles:
    """Read the folder of a finished run.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable, without a part that the report needs, or not one of this run; the
        text names it.
    """
    folder, run = finished.folder, dict(finished.record)
    finished.check()
    names = [strategy["name"] for strategy in run["strategies"] if isinstance(strategy, dict) and "name" in strategy]
    inference = run["inference"]
    absent = [key for key in INFERENCE_KEYS if key not in inference]
    if absent:
        raise ConfigurationError(f"{folder / RUN}: 'inference' lacks '{absent[0]}'; run the study again")
    compared = inference["baseline"] is not None
    reliability = _reliability(folder / RELIABILITY)
    computed = set(reliability["strategy"])
    scans, features = _scans(folder / FEATURES)
    strategies = read_csv(folder / STRATEGIES, ("strategy",))
    absent = [name for name in names if name not in set(strategies["strategy"])]
    if absent:
        raise ConfigurationError(
            f"{folder / STRATEGIES}: no row for strategy '{absent[0]}' of run.json; were the files mixed up?"
        )
    return RunFiles(
        run=run,
        audit=read_record(folder / AUDIT, AUDIT_KEYS),
        scans=scans,
        features=features,
        reliability=reliability,
        summary=_summary(folder / SUMMARY),
        strategies=strategies,
        failures=read_csv(folder / FAILURES, FAILURE_COLUMNS),
        whitelists=_whitelists(finished, [name for name in names if name in computed]),
        comparison=_comparison(folder / COMPARISON) if compared else {},
        effects=read_table(folder / EFFECTS, EFFECT_COLUMNS) if inference["factors"] else None,
        tests=None if "tests" in inference["reasons"] else read_table(folder / TESTS, TEST_COLUMNS),
        harmonization=read_harmonization(folder),
    )


def _summary(path: Path) -> pd.DataFrame:
    table = read_csv(path, SUMMARY_COLUMNS)
    strange = table.loc[~table["direction"].isin(list(SIGNS)), "direction"]
    if len(strange):
        raise ConfigurationError(f"{path}: direction '{strange.iloc[0]}', expected one of {', '.join(SIGNS)}")
    return table.assign(direction=table["direction"].map(SIGNS))


def _scans(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    names = parquet_columns(path)
    missing = [name for name in FEATURE_KEYS if name not in names]
    if missing:
        raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; found {', '.join(map(str, names[:12]))}")
    wanted = [*FEATURE_KEYS, *(name for name in ("voxels", "bins") if name in names)]
    return read_parquet(path, wanted), tuple(feature_columns(pd.DataFrame(columns=names)))


def _comparison(folder: Path) -> dict[str, pd.DataFrame]:
    tables = {}
    for name, columns in COMPARED_COLUMNS.items():
        path = folder / f"{name}.csv"
        table = read_csv(path, columns)[list(columns)]
        tables[name] = to_numbers(table, [key for key in columns if key not in TEXTS], path)
    return tables


def _reliability(path: Path) -> pd.DataFrame:
    table = read_parquet(path)
    if table.empty:
        raise ConfigurationError(f"{path}: holds no row, so there is nothing to report")
    try:
        return check_reliability_table(table)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _whitelists(run: RunFolder, names: list[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for path in run.within(WHITELISTS):
        content = read_record(path, {"strategy": str, "rule": dict, "features": dict, "everywhere": list})
        Whitelist.read(path)  # refuses one that was changed after it was written
        found[content["strategy"]] = content
    absent = [name for name in names if name not in found]
    if absent:
        raise ConfigurationError(
            f"{run.folder / WHITELISTS}: no whitelist of strategy '{absent[0]}'; expected one JSON file for each "
            "strategy with features"
        )
    return {name: found[name] for name in names}
