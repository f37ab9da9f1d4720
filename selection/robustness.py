"""The features that are reliable, as a step of a scikit-learn pipeline."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data

from evaluation.column_selector import MissingAllowed
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from harmonize.inputs.frames import as_pandas, unmasked
from harmonize.words import some
from selection.names import column_names
from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

Column = str | tuple[str, str, str]


@dataclass(eq=False, repr=False)
class RobustnessThreshold(MissingAllowed):
    """Keep the columns whose feature passes a rule of reliability.

    The reliability comes from elsewhere, as a rule from another cohort, and is given when the selector is made; `fit`
    looks at the names of the columns only. Inside cross-validation nothing can leak from it.

    Parameters
    ----------
    reliability : Whitelist or DataFrame
        What is known of the features: a whitelist, or a reliability table to which `thresholds` are applied.
    thresholds : Thresholds, mapping or None
        The rule, for a reliability table: as an object or as a study file has it; None for ICC and CCC above 0.90.
        None for a whitelist, which has its rule already.
    strategy : str or None
        The strategy, for a reliability table of more than one.
    sequence, roi : str or None
        Where the features of the columns come from. A feature is kept if it passes in every combination of sequence
        and ROI that these leave open.
    columns : mapping of str to str or (str, str, str), optional
        For columns that are not named as their feature: the feature, or its sequence, ROI and feature. Others are taken
        by their own name.

    Attributes
    ----------
    support_ : ndarray of bool, shape (n_columns,)
        Which columns are kept.
    whitelist_ : Whitelist
        What was asked.
    n_features_in_, feature_names_in_
        Number and names of the columns.

    Raises
    ------
    ConfigurationError
        From `fit`: for columns of which no reliability is known, or if none is kept.

    Notes
    -----
    The columns of an array without names are called x0, x1, ..., as in scikit-learn.

    Examples
    --------
    >>> reliability = pd.DataFrame({
    ...     "strategy": "raw", "sequence": "T2", "roi": "liver", "condition": "ACC+STD", "statistic": "icc",
    ...     "feature": ["original_glcm_Id", "original_glcm_Contrast"], "estimate": [0.95, 0.60],
    ...     "lower": [0.9, 0.3], "upper": [0.98, 0.8], "n": 17, "status": "ok",
    ... })
    >>> patients = pd.DataFrame({"original_glcm_Id": [0.2, 0.3], "original_glcm_Contrast": [4.0, 5.0]})
    >>> selector = RobustnessThreshold(reliability, {"icc": 0.75}).set_output(transform="pandas")
    >>> selector.fit_transform(patients)
       original_glcm_Id
    0               0.2
    1               0.3
    """

    reliability: Whitelist | pd.DataFrame
    thresholds: Thresholds | Mapping[str, Any] | None = None
    _: KW_ONLY
    strategy: str | None = None
    sequence: str | None = None
    roi: str | None = None
    columns: Mapping[str, Column] | None = None

    def fit(self, X: Any, y: object = None) -> Self:
        """Look up every column.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            The features; missing values are allowed.
        y : ignored
        """
        validate_data(self, unmasked(X), ensure_all_finite="allow-nan")
        names = column_names(self)
        self.whitelist_ = self._whitelist()
        given = self.columns or {}
        refuse_unknown(given, names, "columns", "there is no column")
        self.support_ = np.array(self._verdicts({name: given.get(name, name) for name in names}), dtype=bool)
        if not self.support_.any():
            rule = self.whitelist_.rule.get("definition", "the rule of the whitelist")
            raise ConfigurationError(f"none of the {len(names)} columns passes {rule}; lower the thresholds")
        return self

    def _whitelist(self) -> Whitelist:
        if isinstance(self.reliability, Whitelist):
            if self.thresholds is not None or self.strategy is not None:
                raise ConfigurationError(
                    "a whitelist has its rule and strategy already; leave both out, or give a table"
                )
            return self.reliability.within(self.sequence, self.roi)
        reliability = as_pandas(self.reliability)
        if not isinstance(reliability, pd.DataFrame):
            raise ConfigurationError(
                f"reliability: expected a Whitelist or a reliability table, found {type(reliability).__name__}"
            )
        strategies = list(pd.unique(reliability["strategy"]))
        if self.strategy is None and len(strategies) != 1:
            raise ConfigurationError(f"strategy: the table holds {', '.join(map(str, strategies))}; name one")
        rule = self.thresholds
        if not isinstance(rule, Thresholds):
            known = tuple(map(str, pd.unique(reliability["statistic"])))
            rule = Thresholds.from_mapping(rule, "thresholds", known)
        strategy = strategies[0] if self.strategy is None else self.strategy
        return rule.whitelist(reliability, strategy).within(self.sequence, self.roi)

    def _verdicts(self, features: Mapping[str, Column]) -> list[bool]:
        passing = set(self.whitelist_.everywhere)
        known = self.whitelist_.known
        verdicts, unknown = [], []
        for column, feature in features.items():
            if isinstance(feature, str):
                verdicts.append(feature in passing)
                is_known = feature in known
            else:
                part = self.whitelist_.within(*feature[:2])
                verdicts.append(feature[2] in part.everywhere)
                is_known = feature[2] in part.known
            if not is_known:
                unknown.append(column)
        if unknown:
            raise ConfigurationError(
                f"no reliability is known of {len(unknown)} of {len(features)} columns: {some(unknown, 3)}"
                f"; drop them, or say with `columns` which feature they are ({suggest(unknown[0], known)})"
            )
        return verdicts
