"""How reliable features are over what scans were perturbed by: a table of each chain of perturbations."""

from collections.abc import Iterator, Sequence

import pandas as pd

from evaluation.reliability.statistic import Settings
from evaluation.reliability.table import reliability_of
from evaluation.tables import PERTURBATION, UNPERTURBED, as_taken, check_feature_table
from harmonize.errors import ConfigurationError

ONE_WAY, TWO_WAY = "icc_1", "icc_a1"
"""ICC(1,1) over the draws of a chain, and ICC(A,1) over these and the unperturbed scan."""
OVER_ALL = {"icc_all": TWO_WAY, "cv": "cv", "qcd": "qcd"}
DRAWS = ("icc", "ccc")
"""Of each draw against the unperturbed scan."""
ON = "on"
"""The column of the condition whose scans were perturbed."""


def chain_of(perturbation: str) -> str:
    """Give the chain of a draw.

    Examples
    --------
    >>> chain_of("RVC-12")
    'RVC'
    """
    return perturbation.rpartition("-")[0]


def perturbed_reliability(
    features: pd.DataFrame, *, columns: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Compute how far features agree over the draws of each chain of perturbations.

    Parameters
    ----------
    features : DataFrame
        A feature table with the column `perturbation`: ``unperturbed``, or a chain and the number of the draw such as
        ``RVC-3``.
    columns, level
        As for `reliability_table`.

    Returns
    -------
    DataFrame
        A reliability table with the columns `on` (the condition that was perturbed) and `chain` before it. Of a chain
        as a whole (`condition` is ``all``): ``icc_1``, the ICC(1,1) over its draws, which are exchangeable, so that no
        draw has an effect of its own [1]_; of a chain of one draw over this and the unperturbed scan; ``icc_a1``, the
        ICC(A,1) over unperturbed scan and draws, with what the chain shifts counted as error; ``cv`` and ``qcd`` over
        the same. Of each draw (`condition` is its name) ``icc``, which is ICC(A,1), and ``ccc`` against the
        unperturbed scan.

    Raises
    ------
    ConfigurationError
        If the table breaks its schema, or has no column `perturbation` or no perturbed row.

    References
    ----------
    .. [1] A. Zwanenburg et al., "Assessing robustness of radiomic features by image perturbation", Scientific Reports
       9:614, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.normal(10, 2, 20)
    >>> table = pd.concat(
    ...     pd.DataFrame({
    ...         "strategy": "raw", "subject": [f"S{i}" for i in range(20)], "sequence": "T2", "condition": "REF",
    ...         "roi": "liver", "perturbation": name, "original_firstorder_Mean": truth + rng.normal(0, sd, 20),
    ...     })
    ...     for name, sd in [("unperturbed", 0), ("noise-1", 0.5), ("noise-2", 0.5)]
    ... )
    >>> found = perturbed_reliability(table)
    >>> found[["chain", "condition", "statistic", "estimate"]].round(2).head(4)
       chain condition statistic  estimate
    0  noise       all     icc_1      0.90
    1  noise       all    icc_a1      0.94
    2  noise       all        cv      0.03
    3  noise       all       qcd      0.01
    """
    features = check_feature_table(features, columns, mixed=True)
    if PERTURBATION not in features or as_taken(features).all():
        raise ConfigurationError(
            f"perturbations: the table has no rows of perturbed scans in a column '{PERTURBATION}'; add "
            "`perturbations` to the study, or name that column so"
        )
    parts = [
        part.assign(on=condition, chain=chain)
        for condition, chain, rows in _chains(features)
        for part in _of_chain(rows, columns, level)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found[[ON, "chain", *(name for name in found if name not in (ON, "chain"))]]


def _chains(features: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Give the rows of each chain with the unperturbed ones, which are then conditions."""
    plain = as_taken(features)
    alone = (features["condition"] == features[PERTURBATION]).all()
    where = pd.Series(UNPERTURBED, features.index) if alone else features["condition"]
    for condition in pd.unique(where[~plain]):
        here = features[where == condition]
        own, taken = here[PERTURBATION].map(chain_of), as_taken(here)
        for chain in pd.unique(own[~taken]):
            rows = here[(own == chain) | taken]
            rows = rows[rows["strategy"].isin(here.loc[own == chain, "strategy"])]
            yield str(condition), str(chain), rows.assign(condition=rows[PERTURBATION])


def _of_chain(rows: pd.DataFrame, columns: Sequence[str] | None, level: float) -> Iterator[pd.DataFrame]:
    draws = rows[rows["condition"] != UNPERTURBED]
    repeated = draws if draws["condition"].nunique() > 1 else rows
    one_way = reliability_of(repeated, Settings(None, icc_form="1", level=level), ["icc_all"], columns)
    yield one_way.assign(statistic=ONE_WAY)
    settings = Settings(UNPERTURBED, level=level)
    found = reliability_of(rows, settings, [*OVER_ALL, *DRAWS], columns)
    over_all = found["statistic"].isin(OVER_ALL)
    for name, told in OVER_ALL.items():
        yield found[found["statistic"] == name].assign(statistic=told)
    yield found[~over_all]


def perturbed_summary(reliability: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Count what is robust to each chain: medians and quartiles, and shares beyond the threshold of the ICC.

    Parameters
    ----------
    reliability : DataFrame
        As `perturbed_reliability` gives it.
    threshold : float
        Of both ICC.

    Returns
    -------
    DataFrame
        strategy, on, chain, statistic (of the chain as a whole), n_total, n_computed, median, q1, q3, and of an ICC
        `threshold`, `passing` and `sure` (whose lower limit is beyond it).
    """
    whole = reliability[reliability["condition"] == "all"]
    iccs = whole["statistic"].isin((ONE_WAY, TWO_WAY))
    rows = whole.assign(
        passing=(whole["estimate"] > threshold).where(iccs), sure=(whole["lower"] > threshold).where(iccs)
    )
    grouped = rows.groupby(["strategy", ON, "chain", "statistic"], sort=False)
    found = grouped.agg(
        n_total=("estimate", "size"),
        n_computed=("estimate", "count"),
        median=("estimate", "median"),
        q1=("estimate", lambda values: values.quantile(0.25)),
        q3=("estimate", lambda values: values.quantile(0.75)),
        passing=("passing", lambda values: values.sum(min_count=1)),
        sure=("sure", lambda values: values.sum(min_count=1)),
    ).reset_index()
    found.insert(9, "threshold", pd.Series(threshold, index=found.index).where(found["passing"].notna()))
    return found.astype({"passing": float, "sure": float})
