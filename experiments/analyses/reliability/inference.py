"""What is inferred beyond a reliability table: intervals of shares, and strategies compared."""

from dataclasses import dataclass
from itertools import count

import pandas as pd

from evaluation.comparison import Comparison, Learned, compare_strategies
from evaluation.publication import Analysis
from evaluation.reading import ReadTable
from experiments.progress import Progress
from experiments.results.inference import RESAMPLES, compared_by
from harmonize.errors import ConfigurationError
from selection.intervals import count_groups, share_intervals
from selection.thresholds import Thresholds


@dataclass(frozen=True)
class TableInference:
    """What whole subjects left out or drawn again say of a feature table.

    Parameters
    ----------
    shares : DataFrame
        Shares of features with limits, see `share_intervals`.
    comparison : Comparison or None
        Every strategy compared with the first.
    reason : str
        Why several strategies are not compared, if so.
    """

    shares: pd.DataFrame
    comparison: Comparison | None
    reason: str = ""


def infer_table(
    read: ReadTable,
    analysis: Analysis,
    rule: Thresholds,
    statistics: tuple[str, ...],
    harmonized: tuple[str, ...],
    progress: Progress,
) -> TableInference:
    """Give limits of all shares, and compare strategies where there are several and a reference.

    Those that are `harmonized` have neither limits nor tests: what they were learned from is not in the table.
    """
    total, done = count_groups(read.table), count(1)
    # Statistics without thresholds have no share; those of the rule always have one.
    limits = {name: limit for name, limit in analysis.thresholds.items() if name in statistics}
    shares = share_intervals(
        read.table,
        analysis.reference,
        rule,
        limits,
        settings=analysis.settings,
        columns=read.features,
        on=analysis.on,
        progress=lambda: progress("intervals", next(done), total),
    )
    if len(analysis.strategies) < 2:
        return TableInference(shares, None)
    if analysis.reference is None:
        return TableInference(shares, None, "strategies are compared by agreement with a reference; name one")
    progress("comparison", 0, 1)
    try:
        comparison = compare_strategies(
            read.table,
            analysis.reference,
            compared_by(rule),
            learned={name: Learned(read.table[read.table["strategy"] == name], None) for name in harmonized},
            n_resamples=RESAMPLES,
            columns=read.features,
            icc_form=analysis.how.icc_form,
            level=analysis.how.level,
            quartiles=analysis.how.quartiles,
        )
    except ConfigurationError as error:
        return TableInference(shares, None, str(error))
    progress("comparison", 1, 1)
    return TableInference(shares, comparison)
