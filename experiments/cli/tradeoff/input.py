"""What `radharmony tradeoff` reads: the cohort, its settings, and the reliability of another study."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reading import Rows
from evaluation.tables import feature_class
from experiments.cli.shared.left_out import reasons_of
from experiments.cli.shared.provenance import cohort_of, refuse_same_data, study_of
from experiments.cli.shared.reliability_table import read_reliability
from experiments.cli.shared.steps import parse_selector
from experiments.results.tradeoff import describe_file
from harmonize.errors import ConfigurationError
from selection import Sweep, Thresholds, compare_settings, reliability_scores
from selection.sweep.tradeoff import LISTED

OF_SWEEP = ("by", "compared", "reference", "prune", "model", "folds", "repeats", "inner_folds", "n_resamples", "level",
            "seed")  # fmt: skip


def read_sweep(options: Mapping[str, Any]) -> Sweep:
    """Take the settings of the sweep from the options of the command."""
    name, select = parse_selector(options["select"])
    given = {key: options[key] for key in OF_SWEEP}
    if options["thresholds"] is not None:
        given["thresholds"] = options["thresholds"]
    return Sweep(select=name, select_options=select, **given)


def known_reliability(
    path: Path, cohort: Rows, options: Mapping[str, Any], sweep: Sweep
) -> tuple["pd.Series[float] | None", tuple[str, ...], dict[str, Any], list[str]]:
    """Read the reliability of another study, unless its features were made in another way.

    Returns
    -------
    scores : Series or None
        By feature; None where repeats of the table itself serve.
    features : tuple of str
        Of the cohort, those whose reliability is known.
    record : dict
        What it was, for tradeoff.json.
    warnings : list of str

    Raises
    ------
    ConfigurationError
        If settings differ, with all that differs, or something is absent.
    """
    if options["reliability"] is None:
        for name in ("strategy", "sequence", "roi", "settings", "allow"):
            if options[name]:
                raise ConfigurationError(f"--{name}: is about the study of --reliability, which is missing")
        return None, cohort.features, {}, []
    file, table, strategy = read_reliability(options["reliability"], options["strategy"])
    scores = reliability_scores(
        table, sweep.by, compared=sweep.compared, strategy=strategy, sequence=options["sequence"], roi=options["roi"]
    )
    warnings = _compare(path, file, table, strategy, options, sweep)
    kept, absent = _known_of(cohort.features, scores, file, options["allow"])
    if absent:
        warnings.append(f"left out, as their reliability is not known: {', '.join(absent)}")
    unreliable = int(np.isneginf(scores.reindex(list(kept)).to_numpy()).sum())
    if unreliable:
        warnings.append(f"{sweep.by} could not be computed of {unreliable} features; they reach no threshold")
    record = {**describe_file(file), "strategy": strategy, "sequence": options["sequence"], "roi": options["roi"]}
    return scores, kept, {**record, "allowed": list(options["allow"]), "not_known": list(absent)}, warnings


def _known_of(
    features: tuple[str, ...], scores: "pd.Series[float]", file: Path, allow: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the features by whether their reliability is known; refuse where it is not, unless that is allowed."""
    kept = tuple(name for name in features if name in scores.index)
    absent = tuple(name for name in features if name not in scores.index)
    if absent and ("missing" not in allow or not kept):
        patterns = exclusion(absent, kept)
        leave = f"leave them out with --exclude {patterns}, or with --allow missing" if kept else "take another study"
        more = f" and {len(absent) - LISTED} more" if len(absent) > LISTED else ""
        raise ConfigurationError(
            f"reliability: {file} does not know {len(absent)} of {len(features)} features: "
            f"{', '.join(absent[:LISTED])}{more}; {leave}"
        )
    return kept, absent


def exclusion(absent: tuple[str, ...], kept: tuple[str, ...]) -> str:
    """Give what --exclude takes to leave features out and keep the others, by their classes if these suffice.

    Examples
    --------
    >>> exclusion(("original_shape_Volume", "original_shape_Flatness"), ("original_glcm_Id",))
    "'*_shape_*'"
    >>> exclusion(("original_glcm_Idm",), ("original_glcm_Id",))
    "'original_glcm_Idm'"
    """
    patterns = {f"*_{feature_class(name)}_*" if feature_class(name) else name for name in absent}
    if any(fnmatchcase(name, pattern) for name in kept for pattern in patterns):
        patterns = set(absent)
    return f"'{','.join(sorted(patterns))}'"


def _compare(
    path: Path, file: Path, table: pd.DataFrame, strategy: str, options: Mapping[str, Any], sweep: Sweep
) -> list[str]:
    """Refuse a cohort whose features were made in another way, or nobody knows how, unless that is allowed."""
    source = study_of(file, None, strategy)
    if source is not None:
        refuse_same_data(f"--reliability: {file}", source.data_digest, path)
    cohort = cohort_of(path, options["settings"], strategy)
    rule = Thresholds({sweep.by: sweep.thresholds[0]}, compared=sweep.compared)
    whitelist = rule.whitelist(table, strategy, **({} if source is None else source.provenance()))
    found = compare_settings(whitelist, cohort)
    serious = [one for one in found if one.serious and one.kind not in options["allow"]]
    if serious:
        reasons = "".join(f"\n- {one.text.replace('the whitelist', 'the study of reliability')}" for one in serious)
        kinds = " ".join(f"--allow {kind}" for kind in dict.fromkeys(one.kind for one in serious))
        raise ConfigurationError(
            f"the reliability of {file} does not hold for this cohort:{reasons}\nIf you know better: {kinds}"
        )
    return [one.text.replace("the whitelist", "the study of reliability") for one in found]


def describe(path: Path, options: Mapping[str, Any], left_out: dict[str, str]) -> dict[str, Any]:
    """Say what the cohort was, for tradeoff.json."""
    roles = {name: options[name] for name in ("target", "subject")}
    lists = {name: list(options[name]) for name in ("condition", "unit", "where")}
    return {**describe_file(path), **roles, **lists, "left_out": reasons_of(left_out)}
