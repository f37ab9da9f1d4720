"""What `radharmony tradeoff` reads: the cohort, its settings, and the reliability of another study."""

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from evaluation.diagnostic.guards import check_rows
from evaluation.reading import Rows, read_rows
from evaluation.reading.files import TableFile
from evaluation.tables import feature_class
from experiments import outputs
from experiments.cli.select import read_reliability, source_of
from experiments.cli.tradeoff_run import reasons_of
from experiments.results.tradeoff import describe_file
from harmonize.configuration import refuse_unknown, suggest
from harmonize.digest import digest_of_file
from harmonize.documents import read_json
from harmonize.errors import ConfigurationError
from selection import Cohort, Sweep, Thresholds, compare_settings, reliability_scores
from selection.selectors import SELECTORS
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


def parse_selector(text: str) -> tuple[str | None, dict[str, Any]]:
    """Take a selector as NAME, NAME:VALUE of its first option, or NAME:OPTION=VALUE,...

    Examples
    --------
    >>> parse_selector("mrmr:10"), parse_selector("rfe:step=0.2,n_features=5"), parse_selector("none")
    (('mrmr', {'n_features': 10}), ('rfe', {'step': 0.2, 'n_features': 5}), (None, {}))
    """
    name, _, rest = text.partition(":")
    if name == "none":
        return None, {}
    refuse_unknown([name], SELECTORS, "--select")
    options: dict[str, Any] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            key, value = next(iter(signature(SELECTORS[name]).parameters)), part
        options[key.strip()] = yaml.safe_load(value)
    return name, options


def read_cohort(path: Path, options: Mapping[str, Any]) -> Rows:
    """Read the table, and keep the rows that are wanted.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or options, and for the same scan under two subjects.
    """
    wanted: dict[str, list[str]] = {}
    for text in options["where"]:
        column, equals, value = text.partition("=")
        if not equals:
            raise ConfigurationError(f"--where: expected COLUMN=VALUE, found '{text}'")
        wanted.setdefault(column.strip(), []).append(value.strip())
    roles: dict[str, list[str]] = {"target": [options["target"]], "subject": [options["subject"]]}
    # A structure may be what is predicted and what tells the rows of a subject apart.
    for role, names in (("condition", options["condition"]), ("unit", options["unit"]), ("where", wanted)):
        roles[role] = [name for name in names if not any(name in others for others in roles.values())]
    rows = read_rows(path, roles, features=options["features"], exclude=options["exclude"])
    keep = pd.Series(True, index=rows.frame.index)
    for column, values in wanted.items():
        known = [str(name) for name in pd.unique(rows.frame[column])]
        for value in values:
            if value not in known:
                raise ConfigurationError(f"--where: no row has '{value}' in '{column}'; {suggest(value, known)}")
        keep &= rows.frame[column].isin(values)
    if not keep.any():
        raise ConfigurationError(f"--where: no row of {path} is left")
    _check_scans(path, rows, keep, options["subject"])
    return replace(rows, frame=rows.frame[keep].reset_index(drop=True))


def _check_scans(path: Path, rows: Rows, keep: "pd.Series[bool]", subject: str) -> None:
    """Refuse the same scan under two subjects, by all measurements of the file: a few may well be the same twice."""
    further = [name for name in rows.left_out if name in rows.original and feature_class(name)]
    others = rows.original[further].apply(pd.to_numeric, errors="coerce")
    measured = pd.concat([rows.frame[list(rows.features)], others.set_axis(rows.frame.index)], axis=1)[keep]
    at = np.flatnonzero(keep.to_numpy())
    file = TableFile.open(path)
    try:
        check_rows(
            measured.reset_index(drop=True),
            rows.frame.loc[keep, subject].to_numpy(dtype=object),
            lambda row: file.place(int(at[row])),
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def refuse_same_data(what: str, digest: str, path: Path) -> None:
    """Refuse features that were chosen from the very scans that are to be diagnosed, as far as digests tell.

    Parameters
    ----------
    what : str
        What they were chosen by, for the message.
    digest : str
        Of its data: the images of a run, or the table that `radharmony reliability` read; empty if not known.
    path : Path
        The table to be diagnosed.

    Raises
    ------
    ConfigurationError
    """
    same = [digest_of_file(path)]
    beside = path.parent / outputs.RUN
    if path.name == outputs.FEATURES and beside.is_file():
        same.append(str(read_json(beside).get("data_digest", "")))
    if digest and digest in same:
        raise ConfigurationError(
            f"{what} was made from the same scans as {path}, so that the subjects of every test fold took part in the "
            "choice of features; take one from another cohort, or compute reliability from the training subjects of "
            "each fold: `radharmony tradeoff --condition`"
        )


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
    given = options["reliability"]
    file = given / outputs.RELIABILITY if given.is_dir() else given
    table = read_reliability(file)
    strategies = [str(name) for name in table["strategy"].unique()]
    strategy = options["strategy"] or (strategies[0] if len(strategies) == 1 else None)
    if strategy not in strategies:
        hint = f"; {suggest(strategy, strategies)}" if strategy else ", name one with --strategy"
        raise ConfigurationError(f"{file}: holds the strategies {', '.join(strategies)}{hint}")
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
    source = source_of(file, None, strategy)
    if source is not None:
        refuse_same_data(f"--reliability: {file}", source.data_digest, path)
    beside = path.parent / outputs.RUN
    cohort = None
    if options["settings"] is not None or (path.name == outputs.FEATURES and beside.is_file()):
        cohort = Cohort.read(options["settings"] or beside, strategy)
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
