"""The rows of the feature table: a block of numbers per scan, and one table of all.

A dictionary a row would take some 7 kB: 2 GB for a thousand subjects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from evaluation.tables import FEATURE_KEYS, PERTURBATION, SEGMENTATION, UNPERTURBED, by_number
from experiments.running.store.known import Outcome
from experiments.study.manifest import Scan
from experiments.study.perturbations import told_apart
from harmonize.arrays import FloatArray

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("voxels", "bins")


@dataclass(frozen=True, eq=False)
class ScanRows:
    """What one scan adds to the feature table.

    Parameters
    ----------
    cells : tuple of (str, str, int, int)
        Strategy, ROI, voxels and bins of every row.
    features : tuple of str
        Names of the columns.
    values : array of shape (rows, features)
        NaN where a feature is undefined.
    """

    cells: tuple[tuple[str, str, int, int], ...] = ()
    features: tuple[str, ...] = ()
    values: FloatArray = field(default_factory=lambda: np.empty((0, 0)))

    @classmethod
    def of(cls, outcomes: Mapping[str, Outcome]) -> Self:
        """Take what strategies made of a scan, by their names."""
        found = [(name, roi, one) for name, outcome in outcomes.items() for roi, one in outcome.rois.items()]
        features = tuple(dict.fromkeys(name for _, _, one in found for name in one["values"]))
        values = np.full((len(found), len(features)), np.nan)
        for row, (_, _, one) in zip(values, found, strict=True):
            row[:] = [one["values"].get(name, np.nan) for name in features]
        return cls(tuple((name, roi, one["voxels"], one["bins"]) for name, roi, one in found), features, values)


def table_of(
    scans: Iterable[tuple[Scan, ScanRows]], names: Mapping[str, Sequence[str]], order: Sequence[str]
) -> "pd.DataFrame":
    """Gather the rows of all scans, sorted by strategy, subject, sequence, condition, ROI and segmentation.

    Parameters
    ----------
    scans : iterable of (Scan, ScanRows)
        In the order of the study.
    names : mapping of str to sequence of str
        The strategies that each strategy of the rows stands for.
    order : sequence of str
        Of the strategies.
    """
    import pandas as pd  # only here: workers need none of it

    found = [(scan, rows) for scan, rows in scans if rows.cells]
    features = list(dict.fromkeys(name for _, rows in found for name in rows.features))
    column = {name: i for i, name in enumerate(features)}
    values = np.full((len(features), sum(len(rows.cells) for _, rows in found)), np.nan)
    about, lines, line = [], [], 0
    beside = any(scan.under(told_apart(name)[1]).perturbation for scan, rows in found for name, *_ in rows.cells)
    for scan, rows in found:
        values[[column[name] for name in rows.features], line : line + len(rows.cells)] = rows.values.T
        for name, roi, *counts in rows.cells:
            strategy, perturbation = told_apart(name)
            own = scan.under(perturbation)
            told = (*drawn(scan), *([own.perturbation or UNPERTURBED] if beside else ()))
            head = (own.subject, own.sequence, *own.levels.values(), own.condition, *told, roi, *counts)
            about += [(name, *head, *scan.covariates.values()) for name in names[strategy]]
            lines += [line] * len(names[strategy])
            line += 1
    first = found[0][0]
    extra = [*([SEGMENTATION] if first.segmentation else []), *([PERTURBATION] if beside else [])]
    columns = ["strategy", "subject", "sequence", *first.levels, "condition", *extra, "roi", *COUNTS, *first.covariates]
    table = in_order(pd.DataFrame(about, columns=columns, index=lines), order)
    taken = pd.DataFrame(values[:, table.index].T, columns=features)
    return pd.concat([table.reset_index(drop=True), taken], axis=1)


def in_order(table: "pd.DataFrame", strategies: Sequence[str]) -> "pd.DataFrame":
    """Sort rows of a feature table by strategy, in the order that is given, and by what else names a row.

    Draws are in the order of their numbers: noise-2 comes before noise-10.
    """
    place: dict[str, dict[Any, Any]] = {"strategy": {name: i for i, name in enumerate(strategies)}}
    for name in {"condition", PERTURBATION}.intersection(table.columns):
        place[name] = {level: i for i, level in enumerate(sorted(table[name].unique(), key=by_number))}
    keys = [*FEATURE_KEYS, *(name for name in (SEGMENTATION, PERTURBATION) if name in table)]
    return table.sort_values(keys, key=lambda one: one.map(place[one.name]) if one.name in place else one)


def drawn(scan: Scan) -> tuple[str, ...]:
    """Give who drew the ROIs of a scan, where that is known."""
    return (scan.segmentation,) if scan.segmentation else ()
