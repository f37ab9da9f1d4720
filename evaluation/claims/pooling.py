"""Whether two conditions may be pooled, feature by feature."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluation.claims.equivalence import equivalence
from evaluation.claims.interchangeability import interchangeability
from evaluation.claims.margin import EquivalenceMargin
from evaluation.claims.measurement_error import KEYS
from evaluation.reliability.contrasts import Group, groups
from evaluation.reliability.multiplicity import ADJUSTMENTS
from evaluation.reliability.repeatability import logarithms
from evaluation.reliability.status import Status
from evaluation.reliability.within_subject import REPEATABILITY
from evaluation.tables import check_feature_table
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames

YES, NO, NOT_SHOWN = "yes", "no", "not shown"
NUMBERS = (
    "n",
    *("difference", "lower", "upper", "margin_lower", "margin_upper", "p", "q", "p_beyond", "q_beyond"),
    *("gamma", "gamma_upper", "gamma_margin", "n_repeated", "p_gamma", "q_gamma", "p_gamma_beyond", "q_gamma_beyond"),
)
COLUMNS = (*KEYS, "pooled", "equivalent", "interchangeable", *NUMBERS, "status", "status_gamma")


@takes_frames
def pooling_table(
    features: pd.DataFrame,
    reference: str,
    other: str,
    margin: EquivalenceMargin,
    *,
    of: Mapping[str, str] | None = None,
    errors: pd.DataFrame | None = None,
    columns: Sequence[str] | None = None,
    alpha: float = 0.05,
    adjust: str = "fdr",
) -> pd.DataFrame:
    """Tell for every feature whether two conditions may be pooled: yes, no, or not shown.

    Parameters
    ----------
    features : DataFrame
        A feature table.
    reference, other : str
        The conditions.
    margin : EquivalenceMargin
        What counts as no difference.
    of : mapping of str to str or None
        By condition of the table the one that it is a repeat of, such as ``{"REF+1": "REF", "REF+2": "REF"}``.
    errors : DataFrame or None
        What `measurement_error_table` gave of other subjects, for a margin that is a multiple of it.
    columns : sequence of str or None
        As for `reliability_table`.
    alpha : float
        What adjusted p values must lie below.
    adjust : {"fdr", "holm"}
        Benjamini and Hochberg's false discovery rate, or Holm's; over all features, ROIs and sequences of a strategy.

    Returns
    -------
    DataFrame
        A row for each strategy, sequence, ROI and feature. ``equivalent``: whether means differ by less than the
        margin, see `equivalence` (``q``), or by more (``no``, ``q_beyond``). ``interchangeable``: the same of single
        subjects, √gamma against the margin, see `interchangeability`; ``not shown`` with status ``no_repeats`` where
        the reference was measured once. ``pooled``: yes where both are, or the means are and there are no repeats.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema or lacks a condition, or for a margin of errors without these.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(50, 5, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + rng.normal(shift, 1, 17),
    ...         "original_firstorder_Range": truth + rng.normal(9 * shift, 1, 17),
    ...     })
    ...     for name, shift in [("REF", 0), ("DLR", 1)]
    ... ])
    >>> found = pooling_table(table, "REF", "DLR", EquivalenceMargin.parse("5%"))
    >>> found[["feature", "equivalent", "difference"]].round(2)
                         feature equivalent  difference
    0   original_firstorder_Mean        yes        0.02
    1  original_firstorder_Range         no        0.17
    """
    refuse_unknown([adjust], ADJUSTMENTS, "`adjust`", "unknown")
    features = check_feature_table(features, columns)
    of = of or {str(name): str(name) for name in features["condition"].unique()}
    for name in (reference, other):
        refuse_unknown([name], list(of.values()), "`pair`", "there is no condition")
    if margin.of_error and errors is None:
        raise ConfigurationError(
            f"`margin`: is a multiple of measurement error ({margin}); name where that is from with `error`"
        )
    parts = []
    for group in groups(features, columns):
        error = None if errors is None else _errors_of(group, errors, margin)
        keys = {"strategy": group.strategy, "sequence": group.sequence, "roi": group.roi}
        named = {"feature": np.array(group.features, dtype=object)}
        parts.append(pd.DataFrame({**keys, **named, **_compared(group, of, (reference, other), margin, error, alpha)}))
    table = pd.concat(parts, ignore_index=True)
    for name in ("", "_beyond", "_gamma", "_gamma_beyond"):
        table[f"q{name}"] = table.groupby("strategy", sort=False)[f"p{name}"].transform(ADJUSTMENTS[adjust])
    return _judged(table, alpha)[list(COLUMNS)]


def _compared(
    group: Group,
    of: Mapping[str, str],
    names: tuple[str, str],
    margin: EquivalenceMargin,
    error: FloatArray | None,
    alpha: float,
) -> dict[str, Any]:
    """Compute the columns of a group."""
    x, y = (group.values[..., [of[one] == name for one in group.conditions]] for name in names)
    if not x.shape[-1] or not y.shape[-1]:
        x, y = (np.full((*group.values.shape[:2], 1), np.nan) for _ in range(2))
    repeated = (np.isfinite(x).sum(axis=-1) > 1).any(axis=-1)
    mean_x, mean_y = _mean(x), _mean(y)
    found = equivalence(mean_x, mean_y, margin, error=error, alpha=alpha)
    half = margin.ends(np.ones(len(x)) if error is None else error)[1]
    none = np.zeros(len(x), dtype=bool)
    if margin.log:
        _, none = logarithms(np.stack([mean_x, mean_y], axis=-1))
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = (np.where(none[:, None, None], np.nan, np.log(np.abs(one))) for one in (x, y))
    elif margin.unit == "%":
        half = half * np.abs(_mean(np.where(np.isfinite(mean_y), mean_x, np.nan)))
    single = interchangeability(x, y, alpha)
    status = single.status.astype(object)
    status[none & repeated] = Status.NO_LOGARITHM
    below, above = single.tests(half)
    with np.errstate(over="ignore", under="ignore"):
        margin_squared = np.where(np.isnan(single.gamma), np.nan, half**2)
    ends = ("difference", "lower", "upper", "margin_lower", "margin_upper")
    return {
        **{name: getattr(found, name) for name in ("n", *ends)},
        **{"p": found.p, "p_beyond": found.p_beyond, "status": found.status.astype(object)},
        **{"gamma": single.gamma, "gamma_upper": single.upper, "gamma_margin": margin_squared, "n_repeated": single.n},
        **{"p_gamma": below, "p_gamma_beyond": above, "status_gamma": status},
    }


def _mean(values: FloatArray) -> FloatArray:
    """Give means over the last axis of what is there, NaN where nothing is."""
    there = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(there, values, 0.0).sum(axis=-1) / there.sum(axis=-1))


def _errors_of(group: Group, errors: pd.DataFrame, margin: EquivalenceMargin) -> FloatArray:
    """Give the measurement error of each feature on the scale of the margin, NaN where there is none."""
    here = errors[(errors["sequence"] == group.sequence) & (errors["roi"] == group.roi)]
    if here["strategy"].nunique() > 1:
        here = here[here["strategy"] == group.strategy]
    found = here.drop_duplicates("feature").set_index("feature")["rc_log" if margin.log else "rc"]
    values = found.reindex(list(group.features)).to_numpy(dtype=np.float64)
    return np.asarray(values / REPEATABILITY if margin.unit == "wsd" else values)


def _judged(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Give the answers."""

    def answer(yes: str, no: str) -> Any:
        return np.select([table[yes] < alpha, table[no] < alpha], [YES, NO], NOT_SHOWN)

    means, singles = answer("q", "q_beyond"), answer("q_gamma", "q_gamma_beyond")
    once = (table["status_gamma"] == Status.NO_REPEATS).to_numpy()
    both = (means == YES) & (once | (singles == YES))
    pooled = np.select([(means == NO) | (singles == NO), both], [NO, YES], NOT_SHOWN)
    answers = {"pooled": pooled, "equivalent": means, "interchangeable": singles}
    return table.assign(**answers).astype(dict.fromkeys(answers, object))
