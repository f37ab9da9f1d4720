"""The rule by which a feature counts as robust: thresholds on statistics of reliability, and where they must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from evaluation.reliability.by_facet import of_facets
from evaluation.reliability.criteria import Combine, Criterion
from evaluation.reliability.statistics import REPRODUCIBLE, about, below, usual
from evaluation.reliability.terms import limit
from evaluation.tables import check_reliability_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown, suggest
from harmonize.inputs.frames import takes_frames
from harmonize.inputs.limits import Bounds, Count, check_limits
from selection.rule import SCOPES, Rule, Scope
from selection.rule_text import parse_rule

if TYPE_CHECKING:
    import pandas as pd

    from selection.whitelist import Whitelist

Side = Literal["estimate", "limit"]


def reachable(statistic: str) -> Bounds:
    """Give the limits of a threshold: beyond them no estimate lies, or a fraction was meant in per cent.

    Examples
    --------
    >>> str(reachable("icc")), str(reachable("cv")), str(reachable("rc_percent"))
    ('less than 1', 'more than 0 and at most 1', 'a number above 0')
    """
    if below(statistic):
        return Bounds(above=0, most=1 if about(statistic).unit == "fraction" else None)
    return Bounds(below=1) if about(statistic).direction == "above" else Bounds()


@dataclass(frozen=True)
class Thresholds:
    """What a feature must reach to count as robust.

    Parameters
    ----------
    limits : mapping of str to float
        For each statistic of a reliability table its threshold: it must be exceeded for agreement (ICC, CCC), and
        undercut for dispersion (CV, QCD). May be empty if `top` is given.
    compared : {"estimate", "limit"} or mapping of str to these
        What is compared with the threshold, for all statistics or one by one (the estimate for those that are not
        named). ``limit`` is the confidence limit on the unfavourable side: lower for agreement, upper for dispersion.
    combine : {"all", "any"}
        Whether all statistics must pass or any one of them. A statistic passes if it does in every condition.
    scope : {"sequence_roi", "sequence", "roi", "overall", "contrast"}
        What has a list of its own: each sequence and ROI; each sequence, for what passes in its ROIs; each ROI, for
        what passes in its sequences; everything together; or each condition in each sequence and ROI.
    at_least : int or None
        In how many of the combinations of sequence and ROI that its list covers a feature must pass; None for all.
        Without a `scope` it counts over everything together.
    conditions : tuple of str
        The compared conditions that count; empty for all. Statistics over all conditions (CV, QCD) always count.
    top : int or None
        Of the features that pass, keep those with the best value of the statistic `by`, this many in each list. The
        value of a feature is the worst over its conditions; where a list covers several combinations of sequence and
        ROI, the worst that counts: the k-th best for ``at_least: k``. Ties are kept in the order of the names.
    by : str or None
        The statistic that ranks; the first of the limits if None.
    direction : mapping of str to {"above", "below"}
        On which side of its threshold a statistic must lie that is not in `evaluation.reliability.STATISTICS`.

    Raises
    ------
    ValueError
        If there is no threshold, or one that no estimate can reach, or the options contradict each other.

    Examples
    --------
    >>> Thresholds.from_mapping({"icc": 0.9, "cv": 0.1}, "study.yaml: thresholds").describe()
    'icc > 0.9 and cv < 0.1'
    >>> Thresholds({"icc": 0.75}, compared="limit", at_least=4).describe()
    'lower limit of icc > 0.75 in at least 4 combinations of sequence and ROI'
    >>> rule = "icc[reader] > 0.75 and icc[acquisition] > 0.9"
    >>> Thresholds.from_mapping(rule, "rule", ("icc[reader]", "icc[acquisition]")).limits
    {'icc[reader]': 0.75, 'icc[acquisition]': 0.9}
    """

    limits: Mapping[str, float] = field(default_factory=lambda: dict(REPRODUCIBLE))
    compared: Side | Mapping[str, Side] = "estimate"
    combine: Combine = "all"
    scope: Scope | None = None
    at_least: Count | None = None
    conditions: tuple[str, ...] = ()
    top: Count | None = None
    by: str | None = None
    direction: Mapping[str, Literal["above", "below"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.limits and self.top is None:
            raise ValueError("expected at least one threshold, such as icc: 0.9")
        if not self.limits and self.by is None:
            raise ValueError("by: name the statistic that ranks the features, such as icc")
        if self.by is not None and self.top is None:
            raise ValueError("by: ranks the features for 'top', which is missing; add it")
        check_limits(self)
        if self.at_least is not None and self.scope in ("sequence_roi", "contrast"):
            raise ValueError(
                f"at_least: counts combinations of sequence and ROI, of which a list of scope {self.scope} has only "
                "one; expected the scope sequence, roi or overall"
            )
        if self.scope is None:
            object.__setattr__(self, "scope", "sequence_roi" if self.at_least is None else "overall")
        self._check_statistics()

    def _check_statistics(self) -> None:
        for name in self.statistics:
            if about(name).direction is None and name not in self.direction:
                raise ValueError(
                    f"{name}: whether more or less of it is better is not known; say so with direction: "
                    f"{{{name}: above}} or {{{name}: below}}"
                )
        named = [("direction", name) for name in self.direction]
        named += [("compared", name) for name in self.compared] if not isinstance(self.compared, str) else []
        for option, name in named:
            if name not in self.statistics:
                raise ValueError(f"{option}: '{name}' has no threshold; {suggest(name, self.statistics)}")
        for name, side in self.direction.items():
            if about(name).direction not in (None, side):
                raise ValueError(f"direction: {name} must lie {about(name).direction} its threshold")
        for name, value in self.limits.items():
            if not reachable(name).holds(value):
                raise ValueError(f"{name}: {_beyond_reach(name, value)}")

    @classmethod
    def from_mapping(cls, values: object, where: str, statistics: tuple[str, ...] | None = None) -> "Thresholds":
        """Read thresholds from a study file; without any, ICC and CCC above 0.90.

        Parameters
        ----------
        values : object
            Statistics with their thresholds and, beside them, any of the other parameters of this class; or a text
            such as ``icc[reader] > 0.75 and icc[acquisition] > 0.9`` (`parse_rule`).
        where : str
            The place, as the error message shall name it.
        statistics : tuple of str
            The statistics that there are.

        Raises
        ------
        ConfigurationError
            For an unknown statistic or option (with the nearest right name) or a value that does not fit.
        """
        if values is None:
            return cls()
        statistics = usual() if statistics is None else statistics
        if isinstance(values, str):
            values = parse_rule(values, where, statistics)
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"{where}: expected statistics and their thresholds, found {values!r}")
        options = [option.name for option in fields(cls) if option.name != "limits"]
        refuse_unknown(values, (*statistics, *options), where)
        limits = {name: value for name, value in values.items() if name not in options}
        for name, value in limits.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ConfigurationError(f"{where}: {name}: expected a number, found {value!r}")
        given = {name: value for name, value in values.items() if name in options}
        refuse_unknown([given["by"]] if given.get("by") is not None else [], statistics, f"{where}: by")
        return build(cls, {**given, "limits": limits}, where)

    @property
    def statistics(self) -> tuple[str, ...]:
        """The statistics that the rule needs."""
        return tuple(dict.fromkeys((*self.limits, *([] if self.by is None else [self.by]))))

    @property
    def resolved(self) -> Rule:
        """The rule with the side and the column of every statistic."""
        return Rule(
            tuple(
                Criterion(name, self.column(name), self.below(name), self.limits.get(name)) for name in self.statistics
            ),
            self.by or next(iter(self.limits)),
            self.combine,
            self.scope or "sequence_roi",
            self.at_least,
            self.conditions,
            self.top,
        )

    @property
    def without_facets(self) -> "Thresholds":
        """The rule without coefficients of facets, which only a design tells; the usual one if nothing is left.

        Examples
        --------
        >>> Thresholds({"icc[reader]": 0.75, "icc": 0.9}).without_facets.limits
        {'icc': 0.9}
        """
        kept = {name: limit for name, limit in self.limits.items() if of_facets(name) is None}
        ranked = self.top is not None and of_facets(self.resolved.ranking) is None
        if not kept and not ranked:
            return _DEFAULT
        by, top = (self.by, self.top) if ranked else (None, None)
        left = {*kept, by}
        compared = (
            self.compared
            if isinstance(self.compared, str)
            else {name: side for name, side in self.compared.items() if name in left}
        )
        direction = {name: side for name, side in self.direction.items() if name in left}
        return replace(self, limits=kept, compared=compared, direction=direction, by=by, top=top)

    @property
    def of_facets(self) -> tuple[Criterion, ...]:
        """What the rule asks of coefficients of facets.

        Examples
        --------
        >>> Thresholds({"icc[reader]": 0.75, "icc": 0.9}, compared="limit").of_facets[0].words
        'lower limit of icc[reader]'
        """
        return tuple(one for one in self.resolved.criteria if of_facets(one.statistic) is not None)

    def to_mapping(self) -> dict[str, Any]:
        """Give the rule as `from_mapping` reads it; options that have their default are left out."""
        options = {
            option.name: getattr(self, option.name)
            for option in fields(self)
            if option.name != "limits" and getattr(self, option.name) != getattr(_DEFAULT, option.name)
        }
        if self.at_least is not None and self.scope == "overall":
            del options["scope"]
        plain = {
            name: list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
            for name, value in options.items()
        }
        return {**self.limits, **plain}

    def below(self, statistic: str) -> bool:
        """Say whether a statistic must lie below its threshold."""
        return below(statistic) or self.direction.get(statistic) == "below"

    def column(self, statistic: str) -> str:
        """Name the column of the reliability table that is compared: estimate, lower or upper."""
        side = self.compared if isinstance(self.compared, str) else self.compared.get(statistic, "estimate")
        return "estimate" if side == "estimate" else "upper" if self.below(statistic) else "lower"

    def describe(self) -> str:
        """Say the rule in one line."""
        return self.resolved.describe()

    @takes_frames
    def passing(self, reliability: "pd.DataFrame") -> "pd.DataFrame":
        """Say of every feature in every strategy, sequence and ROI whether it passes.

        Parameters
        ----------
        reliability : DataFrame
            A reliability table.

        Returns
        -------
        DataFrame
            One row per strategy, sequence, ROI and feature (and condition, for the scope ``contrast``): columns
            strategy, sequence, roi, feature, `n_needed` values of the statistics, `n_computed` of them, `n_passing`,
            and `passes`. A value that could not be computed does not pass. Where a list covers several combinations
            of sequence and ROI, `n_places` of them and `n_places_passing`; `passes` is then the same in all of them.
            With `top`, `score`, the value that ranks (negative where less is better).

        Raises
        ------
        ConfigurationError
            If the table breaks its schema or lacks a statistic, a limit or a condition of the rule.
        """
        from selection.verdicts import verdicts  # only here: loading pandas takes long

        return verdicts(check_reliability_table(reliability), self.resolved)

    def whitelist(self, reliability: "pd.DataFrame", strategy: str, **provenance: Any) -> "Whitelist":
        """Make the whitelist of one strategy.

        Parameters
        ----------
        reliability : DataFrame
            A reliability table.
        strategy : str
            One of its strategies.
        **provenance
            Further parameters of `Whitelist`: settings, digests, versions, study, reference, conditions.

        Raises
        ------
        ConfigurationError
            As `passing`, and if the table has no such strategy.
        """
        from selection.whitelist import Whitelist

        rows = reliability[reliability["strategy"] == strategy]
        if rows.empty:
            known = suggest(strategy, map(str, reliability["strategy"].unique()))
            raise ConfigurationError(f"no reliability was computed for strategy '{strategy}'; {known}")
        rule = {"thresholds": self.to_mapping(), "definition": self.describe()}
        scope = SCOPES[self.scope or "sequence_roi"]
        return Whitelist.from_passing(self.passing(rows), strategy, rule=rule, scope=scope, **provenance)


def _beyond_reach(name: str, value: float) -> str:
    """Say why a threshold is none, and what may have been meant."""
    expected = reachable(name)
    if not below(name) or value <= 0:
        return f"no estimate is {'below' if below(name) else 'above'} {value:g}; expected {expected}"
    meant = value / 100
    hint = f"; did you mean {meant:g}, which is {limit(name, meant)}?" if expected.holds(meant) else ""
    return f"{value:g} is {limit(name, value)}; expected a fraction, {expected} (100 %){hint}"


_DEFAULT = Thresholds()
