"""An analysis of trends: its table and the numbers of its levels, with all guards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from evaluation.reading import ReadTable, Table, read_feature_table
from evaluation.reliability.statistics import further, usual
from evaluation.trends.numbered import level_numbers
from evaluation.trends.ordered import OrderedFactor
from experiments.analyses.reliability.rule import thresholds_of
from experiments.analyses.shared.table_files import describe_file, given_table
from experiments.analyses.trend.settings import TrendSettings
from experiments.results.trends import Trends, trends_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.printed import Printed
from harmonize.words import listed, plural
from selection.thresholds import Thresholds


@dataclass(frozen=True, repr=False)
class TrendFound(Printed):
    """What an analysis of trends found.

    Parameters
    ----------
    described : mapping of str to str
        The table as it was read: its name and SHA-256.
    settings : TrendSettings
    read : ReadTable
    factor : OrderedFactor
    rule : Thresholds
    trends : Trends
    """

    described: Mapping[str, str]
    settings: TrendSettings
    read: ReadTable
    factor: OrderedFactor
    rule: Thresholds
    trends: Trends

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give how many features rise and fall, and how many pass up to each level."""
        overall, shares = (
            table[table["by"] == "overall"] for table in (self.trends.summary, self.trends.shares)
        )  # fmt: skip
        rows = []
        for one in overall.to_dict("records"):
            here = shares[(shares["strategy"] == one["strategy"]) & (shares["at"] == one["at"])]
            own: dict[str, object] = {"strategy": one["strategy"], "at": one["at"]}
            own |= {name: f"{one[name]}/{one['n_computed']}" for name in ("rising", "falling")}
            own |= {
                f"pass to {number:g}": f"{passed}/{total}" if computed else "not computed"
                for number, passed, computed, total in here[
                    ["number", "up_to", "n_computed", "n_total"]
                ].itertuples(index=False)
            }  # fmt: skip
            rows.append(own)
        numbers = listed(f"{name} ({number:g})" if name != f"{number:g}" else name for name, number in
                         self.factor.numbers.items())  # fmt: skip
        subjects = plural(self.read.table["subject"].nunique(), "subject")
        title = f"{plural(len(self.read.features), 'feature')}: {subjects}, {self.factor.name} {numbers}"
        return title, pd.DataFrame(rows).fillna("")


@one_look()
def run_trend(table: Table, settings: TrendSettings) -> TrendFound:
    """Say what ordered levels do to every feature, and up to which level it passes; `write_trend` writes it.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each subject, level and ROI: CSV or Parquet of any tool, or what pandas has in memory.
    settings : TrendSettings

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings: a level without a number, subjects who differ between levels
        without `unpaired`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = [(f"S{i}", name) for i in range(17) for name in ("R2", "R4", "R6")]
    >>> table = pd.DataFrame(rows, columns=["subject", "acquisition"])
    >>> table["original_glcm_Contrast"] = np.repeat(rng.normal(10, 3, 17), 3) + rng.normal([0, 0.5, 3] * 17, 0.2)
    >>> numbers = {"R2": 2, "R4": 4, "R6": 6}
    >>> found = run_trend(table, TrendSettings(levels="acquisition", numbers=numbers))
    >>> found.trends.trends[["slope", "test", "direction", "reference", "highest"]].round(1)
       slope  test direction  reference  highest
    0    0.7  page    rising        2.0      4.0
    """
    source = given_table(table)
    # A factor that is held is part of the condition: its levels are told apart again.
    asked = settings.reading((settings.levels, *settings.within), "levels")
    reading = replace(asked, roles=replace(asked.roles, within=()), repeats=False)
    read = read_feature_table(source, reading)
    names = list(dict.fromkeys(levels[0] for levels in read.factors.values()))
    numbers = level_numbers(names, settings.numbers, f"`numbers`: {settings.levels}")
    reference = None
    if settings.reference is not None:
        reference = numbers[find_level(settings.reference, numbers, "`reference`: there is no level")]
    factor = OrderedFactor.of((settings.levels, *settings.within), read.factors, settings.levels, numbers, reference)
    if not settings.unpaired:
        _refuse_different_subjects(read.table, factor)
    refuse_unknown(settings.picture, read.features, "`picture`", "there is no feature")
    _, rule = thresholds_of(settings.threshold, settings.compared, (*usual(), *further()), "reference")
    found = trends_of(
        read.table, [factor], rule, columns=read.features, level=settings.level, unpaired=settings.unpaired
    )
    return TrendFound(describe_file(source), settings, read, factor, rule, found)


def _refuse_different_subjects(table: pd.DataFrame, factor: OrderedFactor) -> None:
    """Ask about a design in which no subject has two levels."""
    at = table["condition"].map({name: at for name, (_, at) in factor.conditions.items()}).rename("at")
    taking = [name for ladder in factor.ladders() for name in ladder.conditions]
    rows = table[table["condition"].isin(taking)]
    repeats = rows.groupby(["strategy", "subject", "sequence", "roi", at[rows.index]], sort=False)[
        "condition"
    ].nunique()
    if repeats.max() < 2:
        raise ConfigurationError(
            f"no subject has two levels of {factor.name} ({plural(table['subject'].nunique(), 'subject')}): do all use "
            "the same subject names? If each level has subjects of its own, say so by `unpaired`"
        )
