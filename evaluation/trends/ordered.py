"""A factor whose levels have numbers: which conditions stand at which number, everything else being equal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harmonize.errors import ConfigurationError


@dataclass(frozen=True)
class Ladder:
    """Conditions that differ in the level of one factor alone, from the reference level on.

    Parameters
    ----------
    at : str
        The levels of the other factors, joined by ``+``; ``all`` where there are none.
    conditions : tuple of str
    numbers : tuple of float
        That of each condition; they rise, or fall where the reference level is the highest.
    """

    at: str
    conditions: tuple[str, ...]
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class OrderedFactor:
    """A factor and the numbers of its levels.

    Parameters
    ----------
    name : str
        The column of the levels.
    numbers : mapping of str to float
        By level; conditions with other levels do not take part.
    conditions : mapping of str to (str, str)
        By condition of the table its level of this factor, and those of the others, joined.
    reference : float or None
        The number that all are compared with, the lowest or the highest; None for the lowest.

    Raises
    ------
    ConfigurationError
        For a reference that is neither.

    Examples
    --------
    >>> levels = {"R2+STD": ("R2", "STD"), "R4+STD": ("R4", "STD"), "R2+DLR": ("R2", "DLR"), "R4+DLR": ("R4", "DLR")}
    >>> factor = OrderedFactor.of(("acquisition", "reconstruction"), levels, "acquisition", {"R2": 2, "R4": 4})
    >>> [(one.at, one.conditions) for one in factor.ladders()]
    [('STD', ('R2+STD', 'R4+STD')), ('DLR', ('R2+DLR', 'R4+DLR'))]
    """

    name: str
    numbers: Mapping[str, float]
    conditions: Mapping[str, tuple[str, str]]
    reference: float | None = None

    def __post_init__(self) -> None:
        ends = min(self.numbers.values()), max(self.numbers.values())
        if self.reference is not None and self.reference not in ends:
            raise ConfigurationError(
                f"levels: {self.name}: the reference level {self.reference:g} lies between others; how far features "
                f"pass is counted from the lowest or the highest: give {ends[0]:g} or {ends[1]:g} as `reference`"
            )

    @classmethod
    def of(
        cls,
        factors: Sequence[str],
        levels: Mapping[str, Sequence[str]],
        name: str,
        numbers: Mapping[str, float],
        reference: float | None = None,
    ) -> "OrderedFactor":
        """Take the levels of all factors by condition, in the order of the factors."""
        from evaluation.reading.keys import ALL  # only here: loading pandas takes long

        place = list(factors).index(name)
        conditions = {
            condition: (given[place], "+".join((*given[:place], *given[place + 1 :])) or ALL)
            for condition, given in levels.items()
        }
        return cls(name, dict(numbers), conditions, reference)

    def ladders(self, among: Sequence[str] | None = None) -> Iterator[Ladder]:
        """Give the conditions in their order, for each combination of the other factors.

        Parameters
        ----------
        among : sequence of str or None
            The conditions that there are; all without.
        """
        found: dict[str, list[tuple[float, str]]] = {}
        for condition, (level, at) in self.conditions.items():
            if level in self.numbers:
                found.setdefault(at, [])
                if among is None or condition in among:
                    found[at].append((self.numbers[level], condition))
        falling = self.reference is not None and self.reference == max(self.numbers.values())
        for at, rungs in found.items():
            rungs.sort(reverse=falling)
            yield Ladder(at, tuple(name for _, name in rungs), tuple(number for number, _ in rungs))
