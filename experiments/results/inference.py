"""What a run tests beyond the reliability of each feature, and what it leaves of that in its folder."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluation.comparison import Comparison, Learned, compare_strategies
from evaluation.reliability import REPRODUCIBLE, Status
from evaluation.reliability.effect_tables import effects_table, rank_table
from evaluation.reliability.statistics import about, compared, completed
from evaluation.reliability.variance import variance_table
from experiments.folder.files import COMPARED_TABLES, COMPARISON, EFFECTS, TESTS, VARIANCE
from experiments.folder.run_folder import RunFolder
from harmonize.errors import ConfigurationError
from harmonize.words import plural
from selection.intervals import count_groups, share_intervals
from selection.thresholds import Thresholds

if TYPE_CHECKING:
    from evaluation.generalizability.left_out import OverFacets

RESAMPLES = 500
"""Bootstrap resamples of the ranks of strategies: a share of first places has a standard error of at most 2.2 %."""


@dataclass(frozen=True)
class Inference:
    """Intervals, comparison of strategies, effects and rank tests of a run.

    Parameters
    ----------
    intervals : DataFrame
        See `share_intervals`.
    comparison : Comparison or None
        Every strategy compared with the first.
    effects, tests : DataFrame or None
        See `effects_table` and `rank_table`.
    thresholds : mapping of str to float
        By which the comparison judged shares.
    is_rule : bool
        Whether these thresholds on estimates are all of the study's rule.
    definition : str
        The rule in words.
    factors : (str, str) or None
        The two factors of the effects.
    reasons : mapping of str to str
        Why `comparison`, `effects` or `tests` is missing.
    learned : mapping of str to bool
        Strategies whose values were learned from the other subjects, and whether they were learned anew for the
        comparison; otherwise it has neither limits nor tests of them.
    resamples : int
        Of the ranks.
    variance : DataFrame or None
        See `variance_table`; None for a single subject.
    """

    intervals: pd.DataFrame
    comparison: Comparison | None
    effects: pd.DataFrame | None
    tests: pd.DataFrame | None
    thresholds: Mapping[str, float]
    is_rule: bool
    definition: str
    factors: tuple[str, str] | None
    reasons: Mapping[str, str]
    learned: Mapping[str, bool] = field(default_factory=dict)
    resamples: int = RESAMPLES
    variance: pd.DataFrame | None = None

    def record(self) -> dict[str, Any]:
        """Give what run.json says of it."""
        return {
            "baseline": None if self.comparison is None else self.comparison.baseline,
            "resamples": self.resamples,
            "thresholds": dict(self.thresholds),
            "is_rule": self.is_rule,
            "definition": self.definition,
            "factors": None if self.factors is None else list(self.factors),
            "reasons": dict(self.reasons),
            "learned": dict(self.learned),
        }


def compared_by(rule: Thresholds) -> dict[str, float]:
    """Give the thresholds by which strategies are compared: those of a rule, as far as any can be; else the usual."""
    return {name: float(value) for name, value in rule.limits.items() if name in compared()} or dict(REPRODUCIBLE)


def infer(
    features: pd.DataFrame,
    reference: str,
    rule: Thresholds,
    factors: Sequence[str],
    progress: Callable[[int, int], None] = lambda *_: None,
    learned: Mapping[str, Learned] | None = None,
    over: "OverFacets | None" = None,
) -> Inference:
    """Test what can be tested in a run.

    Parameters
    ----------
    features : DataFrame
        The feature table; its first strategy is the baseline.
    reference : str
        The condition that the others are compared with.
    rule : Thresholds
        What a robust feature must pass.
    factors : sequence of str
        What the conditions are made of, in the order of their names.
    progress : callable
        Called as `progress(done, total)`.
    learned : mapping of str to Learned
        How the values of harmonized strategies were learned.
    over : OverFacets, optional
        Measurements over the facets that the rule names.

    Returns
    -------
    Inference
        With a reason for each part that the study does not allow.
    """
    n_subjects = features["subject"].nunique()
    total, done = count_groups(features) + 3, count(1)

    def step() -> None:
        progress(next(done), total)

    progress(0, total)
    reasons: dict[str, str] = {}
    told = completed(rule.without_facets.limits)
    single = {name: limit for name, limit in told.items() if not about(name).twin_of}
    intervals = share_intervals(features, reference, rule, single, over=over, progress=step)
    is_rule = _is_plain(rule)
    limits = compared_by(rule)

    def attempt(name: str, compute: Callable[[], Any]) -> Any:
        """Compute, or keep the reason why not."""
        try:
            if n_subjects < 2:
                raise ConfigurationError("there is one subject, expected at least 2")
            return compute()
        except ConfigurationError as error:
            reasons[name] = str(error)
            return None
        finally:
            step()

    comparison = attempt(
        "comparison",
        lambda: compare_strategies(features, reference, limits, learned=learned, n_resamples=RESAMPLES),
    )
    effects = attempt("effects", lambda: effects_table(features, reference, _opposite(features, reference, factors)))
    tests = attempt("tests", lambda: rank_table(features, reference))
    pair = (factors[0], factors[1]) if effects is not None else None
    anew = {name: name not in _untested(comparison) for name in learned or {}}
    variance = variance_table(features) if n_subjects > 1 else None
    judged = (limits, is_rule, rule.describe(), pair, reasons, anew)
    return Inference(intervals, comparison, effects, tests, *judged, variance=variance)


def write_inference(run: RunFolder, inference: Inference) -> None:
    """Write the tables, and take away those of an earlier run that there are none of now."""
    write_comparison(run, inference.comparison)
    for file, table in ((EFFECTS, inference.effects), (TESTS, inference.tests), (VARIANCE, inference.variance)):
        run.renew(file, table)


def write_comparison(run: RunFolder, comparison: Comparison | None) -> None:
    """Write the folder `comparison`, or take away that of an earlier run."""
    if comparison is None:
        shutil.rmtree(run.path(COMPARISON), ignore_errors=True)
        return
    for file in COMPARED_TABLES:
        run.write(file, getattr(comparison, PurePath(file).stem))


def _untested(comparison: Comparison | None) -> set[str]:
    """Name the strategies whose values could not be learned anew; a baseline that could not leaves no test of any."""
    if comparison is None:
        return set()
    rows = comparison.summary[comparison.summary["status"] == Status.LEARNED]
    names = set(map(str, rows["strategy"]))
    return names | {comparison.baseline} if names == set(map(str, comparison.summary["strategy"])) else names


def _is_plain(rule: Thresholds) -> bool:
    """Tell whether a rule is thresholds on the estimates of compared statistics, in each sequence and ROI."""
    plain = Thresholds(limits=rule.limits) if set(rule.limits) and set(rule.limits) <= set(compared()) else None
    return plain is not None and all(
        getattr(rule, option.name) == getattr(plain, option.name) for option in fields(Thresholds)
    )


def _opposite(features: pd.DataFrame, reference: str, factors: Sequence[str]) -> str:
    """Name the condition with the other level of both factors."""
    conditions = [str(name) for name in pd.unique(features["condition"])]
    levels = [name.split("+") for name in conditions]
    if len(factors) != 2 or any(len(parts) != 2 for parts in levels):
        raise ConfigurationError(f"conditions are made of {', '.join(factors)}; effects need two factors of two levels")
    for place, factor in enumerate(factors):
        found = list(dict.fromkeys(parts[place] for parts in levels))
        if len(found) != 2:
            raise ConfigurationError(
                f"{factor} has {plural(len(found), 'level')} ({', '.join(found)}); effects need two"
            )
    if len(conditions) != 4:
        raise ConfigurationError(f"there are {len(conditions)} of the four conditions: {', '.join(conditions)}")
    own = reference.split("+")
    return "+".join(next(parts[place] for parts in levels if parts[place] != own[place]) for place in range(2))
