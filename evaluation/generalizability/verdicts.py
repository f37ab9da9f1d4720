"""To what each feature is robust: a verdict for each facet, by the agreement between its levels."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluation.reliability.by_facet import coefficient_name, facet_of
from evaluation.reliability.criteria import criteria_of
from evaluation.reliability.statistics import REPRODUCIBLE
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames

YES, ESTIMATE, NO, NOT_COMPUTED = "yes", "estimate", "no", "not computed"
"""The lower limit passes; the estimate alone does; it does not; there is none."""


@takes_frames
def facet_verdicts(
    coefficients: pd.DataFrame, thresholds: Mapping[str, float] | None = None, usual: float = REPRODUCIBLE["icc"]
) -> pd.DataFrame:
    """Say of each feature to which facets it is robust.

    Parameters
    ----------
    coefficients : DataFrame
        See `FacetTables`.
    thresholds : mapping of str to float, optional
        By facet what its ``icc[FACET]`` must exceed.
    usual : float
        The same for facets that are not named.

    Returns
    -------
    DataFrame
        strategy, sequence, roi, feature, facet, threshold, estimate, lower, upper, and `verdict`: ``yes`` (the lower
        limit exceeds the threshold), ``estimate`` (the estimate alone does), ``no``, or ``not computed``. What is not
        ``no`` and is computed passes a rule on estimates, ``yes`` one on limits.

    Raises
    ------
    ConfigurationError
        For a threshold of a facet that there is none of.

    Examples
    --------
    >>> rows = {"strategy": "raw", "sequence": "T2", "roi": "liver", "feature": ["a", "b"], "lower": [0.92, 0.8]}
    >>> table = pd.DataFrame({**rows, "coefficient": "icc[reader]", "estimate": [0.95, 0.91], "upper": 0.97})
    >>> facet_verdicts(table)["verdict"].tolist()
    ['yes', 'estimate']
    """
    facets = coefficients["coefficient"].map(facet_of)
    rows = coefficients[facets != ""].assign(facet=facets)
    known = rows["facet"].unique().tolist()
    given = dict(thresholds or {})
    refuse_unknown(given, known, "`threshold`", "there is no facet")
    limits = {facet: float(given.get(facet, usual)) for facet in known}
    verdict = np.full(len(rows), NOT_COMPUTED, dtype=object)
    for facet, limit in limits.items():
        own = (rows["facet"] == facet).to_numpy()
        of_facet = rows[own]
        (estimate,), (lower,) = (criteria_of({coefficient_name(facet): limit}, on) for on in ("estimate", "limit"))
        passes, sure = (one.met(of_facet[one.column].to_numpy()) for one in (estimate, lower))
        found = np.where(sure & passes, YES, np.where(passes, ESTIMATE, NO))
        verdict[own] = np.where(of_facet["estimate"].isna(), NOT_COMPUTED, found)
    found = rows.assign(threshold=rows["facet"].map(limits), verdict=verdict)
    columns = ["strategy", "sequence", "roi", "feature", "facet", "threshold", "estimate", "lower", "upper", "verdict"]
    return found[columns].reset_index(drop=True)
