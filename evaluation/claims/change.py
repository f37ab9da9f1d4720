"""Whether features of patients changed between two visits, by more than measurement error explains."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy

from evaluation.claims.measurement_error import KEYS, LOG, RAW
from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.multiplicity import ADJUSTMENTS
from evaluation.reliability.status import Status, first_reason
from evaluation.reliability.within_subject import REPEATABILITY
from evaluation.tables import check_feature_table
from harmonize.arrays import BoolArray, FloatArray
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames
from harmonize.inputs.limits import Bounds

COEFFICIENTS = ("rc", "rdc", "mdc")
SCALES = ("auto", RAW, LOG)
CHANGED, WITHIN, NOT_JUDGED = "changed", "within", "not judged"
NONE = "none"
Z = REPEATABILITY / np.sqrt(2)
"""Coefficients over the SD of a difference."""
NUMBERS = ("first", "second", "change", "lower", "upper", "error_lower", "error_upper", "size", "by_chance", "p", "q")
COLUMNS = (*KEYS, "subject", "verdict", "scale", *NUMBERS, "status")


@takes_frames
def change_table(
    features: pd.DataFrame,
    errors: pd.DataFrame,
    first: str,
    second: str,
    coefficient: str,
    *,
    of: Mapping[str, tuple[str, str]] | None = None,
    scale: str = "auto",
    adjust: str = NONE,
    alpha: float = 0.05,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Judge the change of every feature of every subject between two visits against its measurement error.

    Parameters
    ----------
    features : DataFrame
        A feature table whose conditions are visits.
    errors : DataFrame
        What `measurement_error_table` gave of other subjects, who did not change.
    first, second : str
        The visits.
    coefficient : {"rc", "rdc", "mdc"}
        Against what: the repeatability coefficient, where both visits had the same protocol on the same scanner, else
        the reproducibility coefficient.
    of : mapping of str to (str, str) or None
        By condition of the table the visit and the protocol, for tables that tell protocols; a subject whose protocol
        differs between the visits is judged by the RDC alone.
    scale : {"auto", "raw", "log"}
        By difference, by ratio, or as the table of errors says for each feature.
    adjust : {"none", "fdr", "holm"}
        Which changes count: those beyond the coefficient, each by itself; or with an adjusted p below alpha, over all
        features, ROIs and sequences of a subject.
    alpha : float
        For adjusted p.
    columns : sequence of str or None
        As for `reliability_table`.

    Returns
    -------
    DataFrame
        A row for each strategy, sequence, ROI, feature and subject: both values; ``change`` with the band ``lower`` to
        ``upper`` that measurement error leaves around it, and ``error_lower`` to ``error_upper``, the changes that it
        explains: in units of the feature, or on the scale ``log`` as fractions of the first value; ``size``, the change
        over the coefficient on its scale; ``by_chance``, how often an unchanged feature exceeds it; ``p``, ``q`` and
        ``verdict``: changed, within measurement error, or not judged. ``status`` says why not, or what to know:
        ``too_few`` without both values, ``not_studied``, ``no_logarithm``, ``protocol_changed``; and, of changes that
        are judged, ``out_of_range`` where a value lies outside those that errors are known of, ``heteroscedastic``.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, or an option is unknown.

    Notes
    -----
    p is of Student's t = change / (coefficient / 1.96), whose degrees of freedom are those of the errors' limits: an
    error that few subjects tell is itself not sure, so that more than 5 % of unchanged features exceed the coefficient.

    References
    ----------
    Obuchowski NA, Bullen J. Quantitative imaging biomarkers: effect of sample size and bias on confidence interval
    coverage. Statistical Methods in Medical Research 2018;27:3139-3150. Raunig DL et al. Quantitative imaging
    biomarkers: a review of statistical methods for technical performance assessment. Statistical Methods in Medical
    Research 2015;24:27-67.

    Examples
    --------
    >>> from radharmony import measurement_error_table
    >>> rng = np.random.default_rng(0)
    >>> def cohort(name, second):
    ...     truth = rng.normal(50, 5, 20)
    ...     values = np.stack([truth, truth + second], axis=1) + rng.normal(0, 1, (20, 2))
    ...     rows = {"strategy": "none", "subject": np.repeat([f"{name}{i}" for i in range(20)], 2), "sequence": "T2"}
    ...     rows |= {"condition": ["1", "2"] * 20, "roi": "liver", "original_glcm_Id": values.ravel()}
    ...     return pd.DataFrame(rows)
    >>> errors = measurement_error_table(cohort("volunteer", 0))
    >>> found = change_table(cohort("patient", 9), errors, "1", "2", "rc")
    >>> found["verdict"].value_counts().to_dict()
    {'changed': 20}
    """
    refuse_unknown([coefficient], COEFFICIENTS, "`coefficient`", "unknown")
    refuse_unknown([scale], SCALES, "`scale`", "unknown")
    refuse_unknown([adjust], (NONE, *ADJUSTMENTS), "`adjust`", "unknown")
    Bounds(above=0, below=1).check("alpha", alpha)
    features = check_feature_table(features, columns)
    of = of or {str(name): (str(name), "") for name in features["condition"].unique()}
    for name in (first, second):
        refuse_unknown([name], [visit for visit, _ in of.values()], "`visit`", "there is none")
    subjects = np.array(list(dict.fromkeys(features["subject"])), dtype=object)
    parts = []
    for group in groups(features, columns):
        known = _errors_of(group, errors)
        judged = _judged(group, known, (first, second), of, coefficient, scale)
        shape = len(group.features), len(subjects)
        keys = {"strategy": group.strategy, "sequence": group.sequence, "roi": group.roi}
        names = np.array(group.features, dtype=object)
        named = {"feature": np.repeat(names, shape[1]), "subject": np.tile(subjects, shape[0])}
        parts.append(pd.DataFrame({**keys, **named, **{name: one.ravel() for name, one in judged.items()}}))
    table = pd.concat(parts, ignore_index=True)
    how = adjust if adjust != NONE else "fdr"
    table["q"] = table.groupby(["strategy", "subject"], sort=False)["p"].transform(ADJUSTMENTS[how])
    beyond = table["size"].abs() > 1 if adjust == NONE else table["q"] < alpha
    verdict = np.select([table["p"].isna(), beyond], [NOT_JUDGED, CHANGED], WITHIN)
    return table.assign(verdict=pd.Series(verdict, dtype=object))[list(COLUMNS)]


def _errors_of(group: Group, errors: pd.DataFrame) -> pd.DataFrame:
    """Give the errors of the features of a group, NaN where there are none."""
    here = errors[(errors["sequence"] == group.sequence) & (errors["roi"] == group.roi)]
    if here["strategy"].nunique() > 1:
        here = here[here["strategy"] == group.strategy]
    return here.drop_duplicates("feature").set_index("feature").reindex(list(group.features))


def _judged(
    group: Group,
    errors: pd.DataFrame,
    visits: tuple[str, str],
    of: Mapping[str, tuple[str, str]],
    coefficient: str,
    scale: str,
) -> dict[str, Any]:
    """Judge the changes of (n_features, n_subjects)."""
    (x, y), switched = _values(group, visits, of)
    log = errors["scale"].eq(LOG).to_numpy() if scale == "auto" else np.full(len(x), scale == LOG)
    bound, upper = (
        np.where(log, errors[f"{coefficient}_log{end}"].astype(float), errors[f"{coefficient}{end}"].astype(float))
        for end in ("", "_upper")
    )
    log, bound = log[:, None], bound[:, None]
    degrees = _degrees(upper[:, None] / bound, errors["level"].to_numpy(dtype=np.float64)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.where(log, np.log(y / x), y - x)
        size = difference / bound
    missing, unknown = np.isnan(x) | np.isnan(y), np.broadcast_to(~(bound > 0), x.shape)
    moved = switched & (coefficient != "rdc")
    low, high = (errors[name].to_numpy(dtype=np.float64)[:, None] for name in ("lowest", "highest"))
    heteroscedastic = errors["status"].eq(Status.HETEROSCEDASTIC).to_numpy()[:, None]
    outside = (np.minimum(x, y) < low) | (np.maximum(x, y) > high)
    status = first_reason(
        {
            Status.TOO_FEW: missing,
            Status.NOT_STUDIED: unknown,
            Status.NO_LOGARITHM: log & ~np.isfinite(difference),
            Status.PROTOCOL_CHANGED: np.broadcast_to(moved, x.shape),
            Status.OUT_OF_RANGE: outside,
            Status.HETEROSCEDASTIC: np.broadcast_to(heteroscedastic, x.shape),
        }
    )
    gone = ~np.isin(status, (Status.OK, Status.OUT_OF_RANGE, Status.HETEROSCEDASTIC))

    def told(values: FloatArray, judged: bool = True) -> FloatArray:
        with np.errstate(over="ignore"):  # of an error so large that it explains any rise
            relative = np.where(log, np.expm1(values), values)
        return np.where(gone if judged else missing, np.nan, relative)

    p = 2 * scipy.special.stdtr(degrees, -np.abs(size) * Z)
    chance = 2 * scipy.special.stdtr(degrees, -Z)
    return {
        "first": x,
        "second": y,
        "scale": np.broadcast_to(np.where(log, LOG, RAW), x.shape).astype(object),
        "change": np.where(log & ~np.isfinite(difference), np.nan, told(difference, judged=False)),
        "lower": told(difference - bound),
        "upper": told(difference + bound),
        "error_lower": told(np.broadcast_to(-bound, x.shape)),
        "error_upper": told(np.broadcast_to(bound, x.shape)),
        "size": np.where(gone, np.nan, size),
        "by_chance": np.where(gone, np.nan, chance),
        "p": np.where(gone, np.nan, p),
        "status": status.astype(object),
    }


def _values(
    group: Group, visits: tuple[str, str], of: Mapping[str, tuple[str, str]]
) -> tuple[tuple[FloatArray, FloatArray], BoolArray]:
    """Give the values at both visits, (n_features, n_subjects), and who changed the protocol, (1, n_subjects)."""
    found = []
    protocols: list[list[set[str]]] = []
    for visit in visits:
        places = [place for place, name in enumerate(group.conditions) if of[name][0] == visit]
        values = group.values[..., places] if places else np.full((*group.values.shape[:2], 1), np.nan)
        there = np.isfinite(values)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.where(there, values, 0.0).sum(axis=-1) / there.sum(axis=-1))
        names = [of[group.conditions[place]][1] for place in places]
        seen = np.asarray(there.any(axis=0)).tolist()
        protocols.append([{name for name, one in zip(names, row, strict=False) if one} for row in seen])
    switched = [bool(one and other) and one != other for one, other in zip(*protocols, strict=True)]
    return (found[0], found[1]), np.array([switched])


def _degrees(ratio: FloatArray, level: FloatArray) -> FloatArray:
    """Give the degrees of freedom of a variance whose upper limit is so many times the estimate, both as SDs."""
    grid = np.geomspace(0.5, 1e5, 400)
    result = np.full(ratio.shape, np.inf)
    for one in np.unique(level[np.isfinite(level)]):
        known = np.sqrt(grid / scipy.special.chdtri(grid, (1 + one) / 2))  # falls with the degrees
        here = (level == one) & np.isfinite(ratio)
        result = np.where(here, np.interp(ratio, known[::-1], grid[::-1]), result)
    return result
