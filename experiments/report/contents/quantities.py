"""Numbers and tables as the report prints them, as plain frozen data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """So many of so many; not `computed` where nothing that is judged could be.

    Examples
    --------
    >>> Share(3, 4).value
    0.75
    >>> Share(0, 0).value is None, Share(0, 4, computed=False).value is None
    (True, True)
    """

    passing: int
    total: int
    computed: bool = True

    @property
    def value(self) -> float | None:
        """The share from 0 to 1, or None of nothing."""
        return self.passing / self.total if self.total and self.computed else None


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits, where it has any (None)."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class EstimateWithTest:
    """An estimate that was tested.

    Attributes
    ----------
    interval : Interval
    p, q : float or None
        Of the test, alone and adjusted; None where it could not be tested.
    """

    interval: Interval
    p: float | None
    q: float | None


@dataclass(frozen=True)
class Table:
    """A plain table: its columns and rows as they are printed; `numeric` names the columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
