"""The harmonizer of another study, applied to rows that it was not fitted on."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from threadpoolctl import threadpool_limits

from evaluation.tables import feature_columns
from experiments.folder.failures import Failure
from experiments.running.extracting.before import STEP
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from harmonize.combat import GroupedHarmonizer


def harmonize_as(
    features: pd.DataFrame, harmonizers: Mapping[str, "GroupedHarmonizer"]
) -> tuple[pd.DataFrame, list[Failure]]:
    """Harmonize the rows of each strategy by the harmonizer of another study.

    Parameters
    ----------
    features : DataFrame
        The feature table.
    harmonizers : mapping of str to GroupedHarmonizer
        By strategy.

    Returns
    -------
    features : DataFrame
        Without the rows of groups, such as a sequence and ROI, that cannot be harmonized: these are failures, as raw
        values must not stand among harmonized ones.
    failures : list of Failure
    """
    parts, failures = [], []
    for name, rows in features.groupby("strategy", sort=False):
        model = harmonizers.get(str(name))
        if model is None:
            parts.append(rows)
            continue
        for _, part in rows.groupby(list(model.by), sort=False) if model.by else [((), rows)]:
            try:
                parts.append(_harmonized(part, model))
            except ConfigurationError as error:
                problem, _, advice = str(error).partition("; ")
                failures += _failures(str(name), part, problem, advice)
    if not parts:
        return features.iloc[:0], failures
    return pd.concat(parts).sort_index(), failures


def _harmonized(rows: pd.DataFrame, model: "GroupedHarmonizer") -> pd.DataFrame:
    names = set(model.features)
    given = rows.assign(**{name: float("nan") for name in names - set(rows.columns)})
    covariates = {
        str(column): pd.to_numeric(given[column], errors="coerce")
        for one in model.models.values()
        for role in ("continuous", "smooth")
        for column in one._roles().get(role, ())
        if column in given
    }
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of features that become negative, as in a run
        values = model.transform(given.assign(**covariates))
    kept = [name for name in feature_columns(rows) if name in values]
    others = [name for name in feature_columns(rows) if name not in values]
    return rows.assign(**{name: values[name] for name in kept}, **dict.fromkeys(others, float("nan")))


def _failures(strategy: str, rows: pd.DataFrame, problem: str, advice: str) -> list[Failure]:
    return [
        Failure(
            strategy=strategy,
            subject=str(row["subject"]),
            sequence=str(row["sequence"]),
            condition=str(row["condition"]),
            roi=str(row["roi"]),
            file="",
            step=STEP,
            problem=problem,
            advice=advice or "extract features of scans that the harmonizer was fitted for",
        )
        for row in rows[["subject", "sequence", "condition", "roi"]].to_dict("records")
    ]
