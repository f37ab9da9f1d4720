"""A choice of robust features: the reliability table, the rule, and where the features come from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluation.reading import Table
from evaluation.reading.doubts import by_name
from evaluation.reliability.statistics import about
from evaluation.tables import ALL_CONDITIONS
from experiments.analyses.select.settings import SelectionSettings
from experiments.analyses.shared.provenance import study_of
from experiments.analyses.shared.readers import number_or_text
from experiments.analyses.shared.reliability_table import read_reliability
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.files import one_look
from harmonize.printed import Printed
from harmonize.words import plural, some
from selection import Thresholds, Whitelist
from selection.exports import not_computed
from selection.rule_text import parse_rule

if TYPE_CHECKING:
    from experiments.analyses.reliability.facets import FacetsFound
    from experiments.analyses.reliability.run import ReliabilityFound


@dataclass(frozen=True, repr=False)
class SelectionFound(Printed):
    """A whitelist.

    Parameters
    ----------
    whitelist : Whitelist
    slice_axis : int or None
        The axis of the array that slices are counted along; None if it is not known.
    warnings : tuple of str
        What to be careful about.
    """

    whitelist: Whitelist
    slice_axis: int | None
    warnings: tuple[str, ...]

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give how many features of each sequence and ROI are in the whitelist."""
        chosen = self.whitelist
        rows = [
            {
                "sequence": sequence,
                "roi": roi,
                "features": str(len(chosen.features[sequence][roi])),
                "of": str(chosen.considered[sequence][roi]),
            }
            for sequence, roi in chosen.places
        ]
        title = f"whitelist of strategy {chosen.strategy}: {plural(chosen.size, 'entry')}"
        return "\n".join([title, *(f"warning: {text}" for text in self.warnings)]), pd.DataFrame(rows)


@one_look()
def run_selection(
    reliability: "Table | ReliabilityFound | FacetsFound", settings: SelectionSettings | None = None
) -> SelectionFound:
    """Choose the robust features of a reliability table; `write_whitelist` writes the list.

    Parameters
    ----------
    reliability : str, Path, DataFrame, ReliabilityFound or FacetsFound
        A reliability table, coefficients of facets, or the folder of either; what `run_reliability` and
        `run_generalizability` give tells the whitelist its table, too.
    settings : SelectionSettings, optional

    Raises
    ------
    ConfigurationError
        For a table that is none, was changed, or has no such strategy or statistic.
    """
    settings = settings or SelectionSettings()
    settings.check_files()
    path, table, name, digest = read_reliability(reliability, settings.strategy)
    source = study_of(path, settings.settings, name, digest)
    rule = _rule(table, settings)
    whitelist = rule.whitelist(table, name, **({} if source is None else source.provenance()))
    warnings = _nothing_to_judge(table[table["strategy"] == name] if "strategy" in table else table, rule)
    if isinstance(reliability, pd.DataFrame) and (source is None or not source.data_digest):
        warnings.append(
            "nothing says which table this reliability was computed from, so that the whitelist is not refused for "
            "the very subjects that it was chosen by; give what run_reliability returns, or the file"
        )
    if source is None or not source.settings:
        warnings.append(
            "nothing says how the features were made, so that `radharmony apply` cannot compare the settings of "
            "another cohort; name them with `settings`"
        )
    uncomputed = not_computed(whitelist)
    if uncomputed:
        warnings.append(
            f"{uncomputed}; another cohort whose features are made with these settings will lack them: name the right "
            "ones with `settings`, or leave such columns out of the reliability"
        )
    doubtful = sorted(feature for feature in whitelist.known if by_name(feature))
    if doubtful:
        warnings.append(
            f"{some(doubtful)}: named as no feature of an image; leave such columns out of the reliability with "
            "`exclude` of `radharmony reliability`"
        )
    axis = settings.slice_axis
    if axis is None and source is not None:
        axis = source.slice_axis
    return SelectionFound(whitelist, axis, tuple(warnings))


def _nothing_to_judge(table: pd.DataFrame, rule: Thresholds) -> list[str]:
    """Say where no feature has an estimate, or a row: nothing passes there, whatever it is like."""
    asked = table[table["statistic"].isin(rule.limits if rule.combine == "all" else ())]
    if rule.conditions:
        asked = asked[asked["condition"].isin([ALL_CONDITIONS, *rule.conditions])]
    groups = asked.groupby(["sequence", "roi", "condition", "statistic"], sort=False, observed=True)
    places = set(table[["sequence", "roi"]].itertuples(index=False, name=None))
    there = set(asked[["statistic", "sequence", "roi"]].itertuples(index=False, name=None))
    absent = [
        f"{' / '.join(place)}: {about(name).label} is not in the table, so that none passes there"
        for place in sorted(places)
        for name in (rule.limits if rule.combine == "all" else ())
        if (name, *place) not in there
    ]
    return absent + [
        f"{sequence} / {roi}: {about(statistic).label} under {condition} could be computed for none of "
        f"{plural(len(rows), 'feature')} ({some(rows['status'].value_counts().index)}), so that none passes there; to "
        "judge other conditions alone, name them with `conditions`"
        for (sequence, roi, condition, statistic), rows in groups
        if rows["estimate"].isna().all()
    ]


def _rule(table: pd.DataFrame, settings: SelectionSettings) -> Thresholds:
    statistics = tuple(str(name) for name in table["statistic"].unique())
    if settings.by is not None:
        refuse_unknown([settings.by], statistics, "`by`", "there is no statistic")
    if settings.rule is not None:
        rule = parse_rule(settings.rule, "`rule`", statistics)
        return Thresholds.from_mapping({**rule, **_places(settings)}, "`rule`", statistics)
    refuse_unknown(settings.threshold, statistics, "`threshold`", "there is no statistic")
    values: dict[str, Any] = {name: number_or_text(text) for name, text in settings.threshold.items()}
    if not values and settings.top is None:
        values = dict(Thresholds().limits)
    sides = dict(value.partition("=")[::2] for value in settings.compared if "=" in value)
    plain = next((value for value in settings.compared if "=" not in value), None)
    given = {
        "compared": sides or None if plain is None else plain,
        "combine": "any" if settings.any_of else None,
        "direction": {**dict.fromkeys(settings.below, "below"), **dict.fromkeys(settings.above, "above")} or None,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return Thresholds.from_mapping({**values, **given, **_places(settings)}, "`threshold`", statistics)


def _places(settings: SelectionSettings) -> dict[str, Any]:
    """Give where the thresholds must be passed, and how many features are kept."""
    given = {
        "conditions": list(settings.conditions) or None,
        "scope": settings.scope,
        "at_least": settings.at_least,
        "top": settings.top,
        "by": settings.by,
    }
    return {name: value for name, value in given.items() if value is not None}
