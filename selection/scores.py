"""One number of reliability for each feature."""

import numpy as np
import pandas as pd

from evaluation.reliability.statistics import STATISTICS, about
from evaluation.tables import check_reliability_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames
from selection.thresholds import Side, Thresholds
from selection.verdicts import check_limits


@takes_frames
def reliability_scores(
    reliability: pd.DataFrame,
    statistic: str = "icc",
    *,
    compared: Side = "estimate",
    strategy: str | None = None,
    sequence: str | None = None,
    roi: str | None = None,
) -> "pd.Series[float]":
    """Give the worst value of a statistic of each feature, over all conditions, sequences and ROIs that are asked for.

    Parameters
    ----------
    reliability : DataFrame
        A reliability table.
    statistic : str
        Which statistic.
    compared : {"estimate", "limit"}
        Its estimate or a confidence limit, see `Thresholds`.
    strategy, sequence, roi : str or None
        Which part of the table; the strategy may be left out if there is one.

    Returns
    -------
    Series
        By feature; more is better: a statistic of dispersion comes with a minus. -inf for a feature of which a value
        could not be computed.

    Raises
    ------
    ConfigurationError
        If the table has no such statistic, strategy, sequence or ROI, or it is not known whether more or less of the
        statistic is better.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "strategy": "raw", "sequence": "T2", "roi": "liver", "condition": ["ACC+STD", "ACC+DLR"],
    ...     "statistic": "icc", "feature": "original_glcm_Id", "estimate": [0.95, 0.90],
    ...     "lower": 0.8, "upper": 0.99, "n": 17, "status": "ok",
    ... })
    >>> reliability_scores(table).to_dict()
    {'original_glcm_Id': 0.9}
    """
    check_reliability_table(reliability)
    rows = reliability
    for column, wanted in (("strategy", strategy), ("sequence", sequence), ("roi", roi), ("statistic", statistic)):
        known = [str(name) for name in pd.unique(rows[column])]
        if column == "strategy" and wanted is None and len(known) != 1:
            raise ConfigurationError(f"strategy: the reliability table holds {', '.join(known)}; name one")
        if wanted is not None:
            refuse_unknown([wanted], known, column, "the reliability table has no")
            rows = rows[rows[column] == wanted]
    if about(statistic).direction is None:
        raise ConfigurationError(
            f"statistic: whether more or less of '{statistic}' is better is not known, expected one of "
            f"{', '.join(name for name, one in STATISTICS.items() if one.direction)}"
        )
    ranking = Thresholds({}, compared=compared, top=1, by=statistic).resolved.ranks_by
    check_limits(rows, ranking)
    score = ranking.score(rows[ranking.column].to_numpy(dtype=np.float64))
    found = pd.Series(score, index=rows["feature"].to_numpy(), name=statistic)
    return found.groupby(level=0, sort=True).min().astype(np.float64)
