"""In what scans are unlike those of a study: one row of remarks.csv for each."""

import sys
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

import pandas as pd

import experiments
from experiments.folder.failures import ALL
from experiments.study.manifest import Scan
from harmonize.words import plural

TOLERANCE = 0.01
"""Relative difference below which two numbers count as the same, as in the audit of protocols."""
GRAY_LEVELS, ROI_SIZE = "gray levels", "voxels of the ROI"


class UnlikeWarning(UserWarning):
    """Scans are unlike those of the study whose settings and whitelist they are measured by."""


PACKAGE = Path(experiments.__file__).parent


def warn_unlike(text: str) -> None:
    """Warn where the caller has asked for the measurement, rather than where a stage of it is."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and Path(frame.f_code.co_filename).is_relative_to(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, UnlikeWarning, stacklevel=level)


@dataclass(frozen=True)
class Remark:
    """One thing in which a scan, or an ROI of it, is unlike those of the study.

    Parameters
    ----------
    strategy, subject, sequence, condition, roi : str
        Which; `strategy` is ``all`` where it does not depend on it.
    what : str
        What differs.
    found, study : str
        What the scan has, and what those of the study had.
    consequence : str
        What follows, or what to do.
    """

    strategy: str
    subject: str
    sequence: str
    condition: str
    roi: str
    what: str
    found: str
    study: str
    consequence: str

    @classmethod
    def of(cls, scan: Scan, what: str, found: str, study: str, consequence: str, roi: str = "") -> Self:
        """Make a remark about a scan, for all strategies."""
        return cls(ALL, *scan.key, roi, what, found, study, consequence)


def remark_table(remarks: Iterable[Remark]) -> pd.DataFrame:
    """Give remarks as a table, sorted, columns there even if there are none."""
    columns = [field.name for field in fields(Remark)]
    table = pd.DataFrame([asdict(remark) for remark in remarks], columns=columns, dtype=object)
    return table.drop_duplicates().sort_values(["what", *columns], ignore_index=True) if len(table) else table


def summed_up(remarks: Iterable[Remark]) -> list[str]:
    """Say in a line each what is unlike, and in how many scans.

    Examples
    --------
    >>> one = Remark("all", "P1", "T2", "REF", "", "field strength (T)", "1.5", "3", "features may differ")
    >>> summed_up([one])
    ['field strength (T): 1.5 here, 3 in the study (1 scan); features may differ']
    """
    found: dict[tuple[str, str, str], tuple[set[tuple[str, ...]], dict[str, None]]] = {}
    for one in remarks:
        scans, values = found.setdefault((one.what, one.study, one.consequence), (set(), {}))
        scans.add((one.subject, one.sequence, one.condition))
        values[one.found] = None
    return [
        f"{what}: {_few(list(values))} here, {study} in the study ({plural(len(scans), 'scan')}); {consequence}"
        for (what, study, consequence), (scans, values) in found.items()
    ]


def _few(values: list[str]) -> str:
    return ", ".join(values[:3]) + (f" and {len(values) - 3} more" if len(values) > 3 else "")


def outside(value: float, limits: tuple[float, float]) -> bool:
    """Say whether a value lies outside a range by more than a hundredth of it.

    Examples
    --------
    >>> outside(1.005, (0.8, 1.0)), outside(1.5, (0.8, 1.0))
    (False, True)
    """
    slack = TOLERANCE * max(map(abs, limits))
    return not limits[0] - slack <= value <= limits[1] + slack


def ranged(limits: tuple[float, float]) -> str:
    """Write a range.

    Examples
    --------
    >>> ranged((0.8, 1.0)), ranged((3.0, 3.0))
    ('0.8 to 1', '3')
    """
    least, most = (f"{limit:.4g}" for limit in limits)
    return least if least == most else f"{least} to {most}"
