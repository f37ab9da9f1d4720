"""The two tables that travel between the floors, and the checks at every door."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

FEATURE_CLASSES = (
    *("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm", "shape", "shape2D"),
    *("gldzm", "ngldm", "histogram", "volumehistogram", "localintensity"),
)
"""The feature classes of PyRadiomics, then those of IBSI that it has not; a feature column is named
`<image type>_<class>_<feature>`."""

FEATURE_KEYS = ("strategy", "subject", "sequence", "condition", "roi")
"""What names a row of the feature table."""

SEGMENTATION = "segmentation"
"""The column of who or what drew the ROIs, where several did: it names a row, too."""

PERTURBATION, UNPERTURBED = "perturbation", "unperturbed"
"""The column of how a scan was perturbed before it was measured, and what stands there of one that was not: it names a
row, too, where it is not the condition."""

RELIABILITY_KEYS = ("strategy", "sequence", "roi", "feature", "condition", "statistic")
"""What names a row of the reliability table; `condition` is the one compared with the reference, or `all`."""

RELIABILITY_COLUMNS = (*RELIABILITY_KEYS, "estimate", "lower", "upper", "n", "status")
"""Columns of the reliability table. `estimate` is never NaN where `status` is ``ok``; another status names the reason
for a missing estimate, or a remark on one that is given (see `evaluation.reliability.Status`). `lower` and `upper`
are NaN for statistics without limits; `n` counts the subjects used."""

SCORECARD_TEXTS = ("method", "measure", "status", "reason")
SCORECARD_NUMBERS = (
    *("estimate", "lower", "upper"),
    *("rank", "rank_lower", "rank_upper", "first", "gain", "p", "n"),
)
"""Columns of a scorecard of harmonizers, see `evaluation.batch_effects.harmonization_scorecard`."""

WORTH_KEYS = ("strategy", "chain", "condition", "by", "level", "measure")
"""What names a row of the table that tells what perturbations are worth (`evaluation.perturbed`)."""

WORTH_NUMBERS = ("estimate", "lower", "upper", "n", "in_halves", "ceiling", "features", "left_out", "subjects")
"""Its columns of numbers."""

ALL_CONDITIONS = "all"
"""The value of `condition` for statistics over all conditions at once, such as CV and QCD."""


def feature_class(feature: str) -> str:
    """Give the class of a feature column, or an empty text for any other column.

    Examples
    --------
    >>> feature_class("wavelet-LLH_glcm_Contrast")
    'glcm'
    >>> feature_class("subject")
    ''
    """
    parts = feature.split("_")
    return parts[-2] if len(parts) >= 3 and parts[-2] in FEATURE_CLASSES else ""


def condition_name(condition: str) -> str:
    """Write a condition so that it reads as one.

    Examples
    --------
    >>> condition_name("REF+STD"), condition_name("2")
    ('REF+STD', 'condition 2')
    """
    return f"condition {condition}" if condition.replace(".", "").isdigit() else condition


def feature_columns(table: "pd.DataFrame") -> list[str]:
    """List the feature columns of a table, in their order."""
    return [column for column in map(str, table.columns) if feature_class(column)]


def check_feature_table(
    table: "pd.DataFrame", columns: Sequence[str] | None = None, *, mixed: bool = False
) -> "pd.DataFrame":
    """Return a feature table with float64 features, or say what is wrong with it.

    One row per strategy, subject, sequence, condition and ROI; one float64 column per feature, also as pandas' Float64
    or Arrow's double, which become float64. Other columns
    (the factors behind the condition, counts, covariates) are allowed.

    Parameters
    ----------
    table : DataFrame
        A feature table.
    columns : sequence of str or None
        The feature columns of a table whose features have other names, as those of another tool; None takes
        `feature_columns`.
    mixed : bool
        Whether there may be several segmentations that neither condition nor ROI names. Statistics must not mix them.

    Raises
    ------
    ConfigurationError
        For several segmentations that are not told apart, a missing key column, a row or a column that stands there
        twice, no feature column, or one that is absent or not numeric.
    """
    several = refused_segmentations(table)
    if several and not mixed:
        raise ConfigurationError(
            f"feature table: holds the segmentations {', '.join(several)}, which no statistic may mix; keep the rows "
            f"of one (column '{SEGMENTATION}'), or compare them as conditions or facets"
        )
    perturbed = mixed and len(unperturbed(table)) < len(table)
    told = ((SEGMENTATION, several), (PERTURBATION, perturbed))
    _check_keys(table, (*FEATURE_KEYS, *(name for name, there in told if there)), "feature table")
    features = feature_columns(table) if columns is None else list(columns)
    for name in features:
        if name in FEATURE_KEYS or name not in table.columns:
            raise ConfigurationError(f"feature table: '{name}' is no feature column of it")
    if not features:
        raise ConfigurationError(
            "feature table: no column is named <image type>_<class>_<feature>, such as original_glcm_Contrast"
        )
    twice = set(features) & set(table.columns[table.columns.duplicated()])
    if twice:
        raise ConfigurationError(f"feature table: two columns are called '{min(twice)}'; drop or rename one")
    kinds = dict(zip(table.columns, table.dtypes, strict=True))  # each column by itself takes ten times as long
    other = [name for name in features if kinds[name] != np.float64]
    known = {name for name in other if _is_float_with_gaps(kinds[name])}
    for name in other:
        if name not in known:
            raise ConfigurationError(f"feature table: column '{name}' is {kinds[name]}, expected float64")
    return (
        table.assign(**{name: table[name].to_numpy(np.float64, na_value=np.nan) for name in known}) if known else table
    )


def refused_segmentations(table: "pd.DataFrame") -> list[str]:
    """List the segmentations of a feature table that neither condition nor ROI tells apart; nothing if it is one.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"condition": ["REF", "ACC"], "roi": "liver", "segmentation": ["anna", "ben"]})
    >>> refused_segmentations(table), refused_segmentations(table.assign(condition=["REF+anna", "REF+ben"]))
    (['anna', 'ben'], [])
    """
    told = ["condition", "roi", SEGMENTATION]
    if not set(told) <= set(table.columns):
        return []
    met = table[told].drop_duplicates().astype(str).itertuples(index=False, name=None)
    silent = [who for condition, roi, who in met if who not in (*condition.split("+"), *roi.split(" / "))]
    found = list(dict.fromkeys(silent))
    return found if len(found) > 1 else []


def of_segmentation(table: "pd.DataFrame", segmentation: str) -> "pd.DataFrame":
    """Give the rows of one segmentation, and of none in particular; all, where there are none to choose from."""
    return table[table[SEGMENTATION].isin([segmentation, ""])] if segmentation and SEGMENTATION in table else table


def by_number(name: str) -> tuple[str, int]:
    """Give what names of draws are sorted by: their chain, and their number in it.

    Examples
    --------
    >>> sorted(["RVC-10", "RVC-2", "unperturbed"], key=by_number)
    ['RVC-2', 'RVC-10', 'unperturbed']
    """
    chain, _, number = name.rpartition("-")
    return (chain, int(number)) if chain and number.isdecimal() else (name, 0)


def as_taken(table: "pd.DataFrame") -> "pd.Series[bool]":
    """Tell which rows are of scans as they were taken.

    Examples
    --------
    >>> import pandas as pd
    >>> as_taken(pd.DataFrame({"perturbation": ["unperturbed", "noise-1"]})).tolist()
    [True, False]
    """
    return table[PERTURBATION] == UNPERTURBED


def unperturbed(table: "pd.DataFrame") -> "pd.DataFrame":
    """Give the rows of scans as they are; all of a table whose conditions are what scans were perturbed by.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"condition": ["REF", "REF"], "perturbation": ["unperturbed", "noise-1"]})
    >>> len(unperturbed(table)), len(unperturbed(table.assign(condition=table["perturbation"])))
    (1, 2)
    """
    if PERTURBATION not in table or (table["condition"] == table[PERTURBATION]).all():
        return table
    return table[as_taken(table)]


def _is_float_with_gaps(dtype: object) -> bool:
    import pandas as pd  # only here: loading it takes long

    return bool(pd.api.types.is_extension_array_dtype(dtype) and pd.api.types.is_float_dtype(dtype))


def check_reliability_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a reliability table unchanged, or say what is wrong with it.

    Raises
    ------
    ConfigurationError
        For a missing column, a row that stands there twice, or an estimate that is missing without a reason.
    """
    _check_keys(table, RELIABILITY_KEYS, "reliability table", RELIABILITY_COLUMNS)
    silent = table["estimate"].isna() & (table["status"] == "ok")
    if silent.any():
        row = table.loc[silent.idxmax(), list(RELIABILITY_KEYS)].to_dict()
        raise ConfigurationError(f"reliability table: no estimate although the status is ok, at {row}")
    return table


def _check_keys(table: "pd.DataFrame", keys: tuple[str, ...], what: str, columns: Iterable[str] | None = None) -> None:
    missing = [name for name in (columns or keys) if name not in table.columns]
    if missing:
        raise ConfigurationError(
            f"{what}: column '{missing[0]}' is missing; found {', '.join(map(str, table.columns[:12]))}"
        )
    twice = table[list(keys)].duplicated()  # pandas would else take each of a thousand columns first
    if twice.any():
        row = table.loc[twice.to_numpy(), list(keys)].iloc[0]
        first = ", ".join(f"{key} '{value}'" for key, value in row.items())
        raise ConfigurationError(f"{what}: {twice.sum()} more of a row that stands there, {first}; keep one of each")
