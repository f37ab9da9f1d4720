"""What could not be done, and what to do about it: rows of failures.csv."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from harmonize.errors import ScanError

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
"""Stands for every strategy, where a failure concerns the scan itself."""


@dataclass(frozen=True)
class Failure:
    """One thing that could not be done.

    Parameters
    ----------
    strategy, subject, sequence, condition, roi : str
        Where; `strategy` is `all` if the scan itself is broken, `roi` is empty if it concerns the whole image.
    file : str
        The file at fault, as images.csv names it.
    step : str
        What was being done: `read`, the name of a step, or `extraction`.
    problem, advice : str
        What happened, and what to do next.
    segmentation : str
        Whose, where images.csv says who drew the ROIs.
    perturbation : str
        Under which, of a study whose scans have several conditions besides.
    """

    strategy: str
    subject: str
    sequence: str
    condition: str
    roi: str
    file: str
    step: str
    problem: str
    advice: str
    segmentation: str = ""
    perturbation: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The cell of the study that it concerns, as that of a scan."""
        return self.subject, self.sequence, self.condition


def explain(error: Exception) -> tuple[str, str]:
    """Give the problem and the advice of any error.

    Examples
    --------
    >>> explain(ScanError("ROI 'liver' is empty", "draw it again"))
    ("ROI 'liver' is empty", 'draw it again')
    >>> explain(ValueError("math domain error"))[0]
    'ValueError: math domain error'
    """
    if isinstance(error, ScanError):
        return error.problem, error.advice
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return f"out of memory: {text}", "run with fewer jobs or on a machine with more memory"
    return f"{type(error).__name__}: {text}"[:1000], "look at this scan; if it is sound, please report the error"


def failure_table(failures: Iterable[Failure]) -> "pd.DataFrame":
    """Give failures as a sorted table, columns there even if nothing failed."""
    import pandas as pd  # only here: loading it takes long

    columns = [field.name for field in fields(Failure)]
    table = pd.DataFrame([asdict(failure) for failure in failures], columns=columns, dtype=object)
    table = table.sort_values(columns, ignore_index=True)
    return table.drop(columns=[name for name in ("segmentation", "perturbation") if (table[name] == "").all()])
