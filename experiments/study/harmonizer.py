"""The harmonizer of a strategy: what takes batch effects out of its features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown, suggest
from harmonize.inputs.levels import find_level, refuse_missing
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.inputs.missing_codes import number_of, refuse_code_values

if TYPE_CHECKING:
    import pandas as pd

    from experiments.study.manifest import Scan
    from harmonize.combat.base import BatchHarmonizer

# `harmonize.combat` is imported where it is used: it loads scikit-learn, for half a second in each process, and the
# workers of a run, and studies without a harmonizer, do without it.

KEYS = ("batch", "by", "permutations")
MOST_PERMUTATIONS = 10_000
CONDITION = "condition"


@dataclass(frozen=True)
class Harmonizer:
    """Which method with which options, on which batches, fitted group by group.

    Parameters
    ----------
    method : str
        One of `harmonize.combat.METHODS`.
    options : mapping
        Its options, all defaults filled in.
    batch : str
        The condition, one of its factors, or a covariate of the table of images; several, joined by ``+``, for a method
        that takes one after the other.
    by : tuple of str
        Fitted separately for each level of these.
    permutations : int
        How often conditions are permuted to see what is gained by chance; no part of the result itself.

    Examples
    --------
    >>> Harmonizer.parse({"combat": {"reference": "REF+STD"}}, "study.yaml: harmonizer").model()
    ComBat(batch='condition', reference='REF+STD')
    """

    method: str
    options: Mapping[str, Any]
    batch: str = CONDITION
    by: tuple[Literal["sequence", "roi"], ...] = ("sequence", "roi")
    permutations: Annotated[int, Bounds(least=0, most=MOST_PERMUTATIONS)] = 20

    def __post_init__(self) -> None:
        if len(set(self.by)) < len(self.by):
            raise ValueError(f"by: expected each of sequence and roi once, found {list(self.by)}")
        check_limits(self)

    @classmethod
    def parse(cls, values: object, where: str) -> "Harmonizer":
        """Read the entry of a study file: the name of a method with its options, and what `KEYS` lists.

        Raises
        ------
        ConfigurationError
            For unknown keys, methods and options, with the nearest right name, and values that do not fit.
        """
        from harmonize.combat.methods import METHODS, make_harmonizer, method_options

        if isinstance(values, str):
            values = {values: None}
        methods = [name for name, cls in METHODS.items() if cls.new_rows]
        if not isinstance(values, Mapping):
            raise ConfigurationError(
                f"{where}: expected a method, such as combat: {{reference: REF+STD}}, found {values!r}"
            )
        for name in set(values) & set(METHODS) - set(methods):
            raise ConfigurationError(
                f"{where}: {name} cannot be applied to held-out subjects; use combat, which gives the same numbers"
            )
        refuse_unknown(values, (*methods, *KEYS), where)
        named = [name for name in values if name in METHODS]
        if len(named) != 1:
            raise ConfigurationError(
                f"{where}: expected one method of {', '.join(methods)}, found {', '.join(named) or 'none'}"
            )
        method = named[0]
        given = values[method] if values[method] is not None else {}
        if not isinstance(given, Mapping):
            raise ConfigurationError(f"{where}: {method}: expected its options, found {given!r}")
        fitted = {key: values[key] for key in KEYS if key in values}
        harmonizer = build(cls, {"method": method, "options": {}, **fitted}, where)
        model = make_harmonizer(method, given, batch=harmonizer.batch, subject="subject", where=where)
        return replace(harmonizer, options={name: getattr(model, name) for name in method_options(method, where)})

    def model(self) -> "BatchHarmonizer":
        """Give the harmonizer, not fitted yet."""
        from harmonize.combat import make_harmonizer

        return make_harmonizer(self.method, self.options, batch=self.batch, subject="subject", where="harmonizer")

    def to_mapping(self) -> dict[str, Any]:
        """Give all that determines the result, ready for JSON."""
        options = {name: list(value) if isinstance(value, tuple) else value for name, value in self.options.items()}
        return {self.method: options, "batch": self.batch, "by": list(self.by)}

    def on(self, scans: Sequence["Scan"], where: str) -> "Harmonizer":
        """Give the harmonizer with its reference as the table of images spells it.

        Raises
        ------
        ConfigurationError
            Where a column, or the reference, is not there, or a level may be a missing value.
        """
        from harmonize.combat.methods import COLUMNS, METHODS, batch_columns

        levels: dict[str, set[str]] = {}
        for scan in scans:
            for column, level in {**scan.covariates, **scan.levels, CONDITION: scan.condition}.items():
                levels.setdefault(column, set()).add(level)
        batches = tuple(map(str, batch_columns(self.method, self.batch)))
        for batch in batches:
            if batch not in levels:
                raise ConfigurationError(f"{where}: batch: no column '{batch}'; {suggest(batch, levels)}")
            if len(levels[batch]) < 2:
                raise ConfigurationError(
                    f"{where}: batch: all scans have {batch} '{min(levels[batch])}': nothing to harmonize"
                )
        of_scans = ({**scan.covariates, **scan.levels, CONDITION: scan.condition} for scan in scans)
        known = {"+".join(found.get(batch, "") for batch in batches) for found in of_scans}
        reference = self.options.get("reference")
        if reference is not None:
            reference = find_level(reference, known, f"{where}: reference: no scan has {self.batch}")
        for batch in batches:
            refuse_missing(levels[batch], f"{where}: batch: {batch}")
        if reference is None and METHODS[self.method].needs_reference:
            raise ConfigurationError(
                f"{where}: {self.method}: reference is missing; name one of {', '.join(sorted(known))}"
            )
        for role in COLUMNS:
            for column in self.options.get(role, ()):
                if column in batches or column in self.by:
                    raise ConfigurationError(f"{where}: {role}: '{column}' has another role already; leave it out")
                if column not in levels:
                    raise ConfigurationError(f"{where}: {role}: no column '{column}'; {suggest(column, levels)}")
                what = f"{where}: {role}: {column}"
                refuse_missing(levels[column], what, codes=role == "categorical")
                if role != "categorical":
                    texts = [{**scan.covariates, **scan.levels}.get(column, "") for scan in scans]
                    refuse_code_values(np.array([number_of(text) for text in texts], dtype=np.float64), what)
        return self if reference is None else replace(self, options={**self.options, "reference": reference})


def with_batch(table: "pd.DataFrame", batch: str) -> "pd.DataFrame":
    """Give a table with a column of the batch, which several columns may make together."""
    if batch in table.columns:
        return table
    return table.assign(**{batch: table[batch.split("+")].astype(str).agg("+".join, axis=1)})


def method_text(harmonizer: Mapping[str, Any]) -> str:
    """Name a harmonizer with its batch and reference.

    Examples
    --------
    >>> method_text({"combat": {"reference": "REF+STD", "mean_only": False}, "batch": "condition", "by": ["roi"]})
    'ComBat of the batches in condition, onto REF+STD, fitted by roi'
    """
    from harmonize.combat.methods import METHODS, batch_columns

    (method,) = [key for key in harmonizer if key not in KEYS]
    options = harmonizer[method] or {}
    batches = " and ".join(map(str, batch_columns(method, harmonizer["batch"])))
    parts = [f"{METHODS[method].title} of the batches in {batches}"]
    if options.get("reference") is not None:
        parts.append(f"onto {options['reference']}")
    if options.get("parametric") is False:
        parts.append("nonparametric")
    if options.get("mean_only"):
        parts.append("locations only")
    if options.get("empirical_bayes") is False:
        parts.append("without empirical Bayes")
    kept = [column for role in ("categorical", "continuous", "smooth") for column in options.get(role) or ()]
    if kept:
        parts.append(f"keeping {' and '.join(kept)}")
    parts.append(f"fitted by {' and '.join(harmonizer['by'])}" if harmonizer["by"] else "fitted on all rows together")
    text = ", ".join(parts)
    return text[0].upper() + text[1:]
