"""The measurement error of every feature, on the scale on which it does not change with the value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.reliability.contrasts import groups
from evaluation.reliability.error_trend import error_trend
from evaluation.reliability.multiplicity import benjamini_hochberg
from evaluation.reliability.repeatability import (
    RepeatabilityResult,
    log_repeatability,
    logarithms,
    repeatability,
)
from evaluation.reliability.sample import StatusArray
from evaluation.reliability.status import Status
from evaluation.tables import check_feature_table
from harmonize.arrays import FloatArray
from harmonize.inputs.frames import takes_frames
from harmonize.inputs.limits import Bounds

RAW, LOG = "raw", "log"
"""The scales."""

KEYS = ("strategy", "sequence", "roi", "feature")
LIMITED = ("rc", "rdc", "mdc", "wcv", "rc_log", "rdc_log", "mdc_log")
NUMBERS = (
    "n",
    "level",
    "conditions",
    "lowest",
    "highest",
    *("tau", "p", "q", "tau_log", "q_log"),
    *(f"{name}{end}" for name in LIMITED for end in ("", "_lower", "_upper")),
)
COLUMNS = (*KEYS, "scale", *NUMBERS, "status")


@takes_frames
def measurement_error_table(
    features: pd.DataFrame,
    *,
    columns: Sequence[str] | None = None,
    level: float = 0.95,
    interval: str = "chi-square",
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Compute repeatability and reproducibility of every feature, and tell features whose error grows with the value.

    Parameters
    ----------
    features : DataFrame
        A feature table of subjects that did not change between the conditions.
    columns : sequence of str or None
        As for `reliability_table`.
    level, interval
        As for `repeatability`.
    alpha : float
        The false discovery rate at which errors are said to change with the value.

    Returns
    -------
    DataFrame
        A row for each strategy, sequence, ROI and feature: ``n`` subjects, number of ``conditions``, ``lowest`` and
        ``highest`` value; ``tau``, ``p`` and ``q`` of `error_trend` and, of logarithms, ``tau_log`` and ``q_log``;
        ``rc``, ``rdc`` and ``mdc`` in units of the feature; ``wcv`` as a fraction; ``rc_log``, ``rdc_log`` and
        ``mdc_log``, the coefficients c of logarithms, of which exp(±c) - 1 bounds a relative change; each with
        ``_lower`` and ``_upper`` at ``level``; and the ``scale`` on which to judge changes, see Notes. ``status`` is
        that of the scale.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, or an option is unknown.

    Notes
    -----
    ``scale`` is ``log`` where q < alpha, tau > 0, and tau of logarithms is nearer to zero, else ``raw``. Where the
    error still changes with the value on the scale that is chosen (q < alpha), ``status`` is ``heteroscedastic``. q is
    Benjamini and Hochberg's over all features, ROIs and sequences of a strategy, of raw values and of logarithms each.

    ``status`` is ``too_few`` below 4 subjects, which give no trend and, below 2, neither RDC nor MDC;
    ``no_error_variance`` where RC or MDC is 0; ``undefined`` where all subjects have one mean or one SD, so that there
    is no trend. A feature without any value in a strategy counts as not extracted by it and has no row there.

    References
    ----------
    Bland JM, Altman DG. Measurement error proportional to the mean. BMJ 1996;313:106. Obuchowski NA, Bullen J.
    Quantitative imaging biomarkers: effect of sample size and bias on confidence interval coverage. Statistical
    Methods in Medical Research 2018;27:3139-3150.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat(rng.lognormal(3, 0.8, 30), 2)
    >>> table = pd.DataFrame({
    ...     "strategy": "none", "subject": np.repeat([f"S{i}" for i in range(30)], 2), "sequence": "T2", "roi": "liver",
    ...     "condition": ["test", "retest"] * 30, "original_glcm_Contrast": truth * rng.lognormal(0, 0.1, 60),
    ...     "original_glcm_Id": truth + rng.normal(0, 1, 60),
    ... })
    >>> found = measurement_error_table(table).set_index("feature")
    >>> found[["scale", "n", "rc", "wcv", "status"]].round(3)
                           scale   n     rc    wcv status
    feature...
    original_glcm_Contrast   log  30  8.071  0.101     ok
    original_glcm_Id         raw  30  2.583  0.092     ok
    """
    Bounds(above=0, below=1).check("alpha", alpha)
    parts = []
    for group in groups(check_feature_table(features, columns), columns):
        values = group.over_conditions()
        keys = {"strategy": group.strategy, "sequence": group.sequence, "roi": group.roi}
        of_features = {
            "feature": np.array(group.features, dtype=object),
            "conditions": len(group.conditions),
            "level": level,
        }
        parts.append(pd.DataFrame({**keys, **of_features, **_errors(values, level, interval)}))
    table = pd.concat(parts, ignore_index=True)
    for end in ("", "_log"):
        table[f"q{end}"] = table.groupby("strategy", sort=False)[f"p{end}"].transform(benjamini_hochberg)
    return _scaled(table, alpha)[list(COLUMNS)]


def _errors(values: FloatArray, level: float, interval: str) -> dict[str, Any]:
    """Compute the columns of (n_features, n_subjects, n_conditions)."""
    raw, log = repeatability(values, level, interval), log_repeatability(values, level, interval)
    logs, none = logarithms(values)
    (trend, p), (trend_log, p_log) = error_trend(values), error_trend(logs)
    used = np.isfinite(values).all(axis=-1, keepdims=True)
    columns: dict[str, Any] = {
        "n": raw.repeated.n,
        "lowest": np.where(used, values, np.inf).min(axis=(-2, -1), initial=np.inf),
        "highest": np.where(used, values, -np.inf).max(axis=(-2, -1), initial=-np.inf),
        "p": p,
        "p_log": np.where(none, np.nan, p_log),
        "status_raw": _status(raw, trend.status),
        "status_log": _status(log, trend_log.status),
    }
    columns |= {"tau": trend.estimate, "tau_log": np.where(none, np.nan, trend_log.estimate)}
    for name, sd in (("rc", raw.repeated), ("rdc", raw.reproduced), ("mdc", raw.detectable)):
        columns |= _limited(name, sd.coefficient)
    columns |= _limited("wcv", log.repeated.cv)
    columns |= _limited("rc_log", log.repeated.coefficient) | _limited("rdc_log", log.reproduced.coefficient)
    columns |= _limited("mdc_log", log.detectable.coefficient)
    return columns


def _status(found: RepeatabilityResult, trend: StatusArray) -> StatusArray:
    """Give the first reason why a number on a scale is missing, or without limits."""
    status = found.repeated.status
    for one in (found.reproduced.status, found.detectable.status, trend):
        status = np.where(status == Status.OK, one, status)
    return status


def _limited(name: str, found: tuple[FloatArray, FloatArray, FloatArray]) -> dict[str, FloatArray]:
    return dict(zip((name, f"{name}_lower", f"{name}_upper"), found, strict=True))


def _scaled(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Choose the scale of each feature, and give its status."""
    grows = (table["q"] < alpha) & (table["tau"] > 0)
    log = grows & (table["status_log"] == Status.OK) & (table["tau_log"].abs() < table["tau"].abs())
    status = table["status_log"].where(log, table["status_raw"])
    left = table["q_log"].where(log, table["q"]) < alpha
    status = status.mask(left & (status == Status.OK), str(Status.HETEROSCEDASTIC))
    known = table["n"] > 0
    ends = {name: table[name].where(known) for name in ("lowest", "highest")}
    return table.assign(scale=np.where(log, LOG, RAW), status=status.astype(object).map(str), **ends)
