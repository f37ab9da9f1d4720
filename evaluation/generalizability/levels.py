"""The levels of facets that subjects were measured at: how many there are, and whether subjects share them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from evaluation.generalizability.facets import SUBJECT, FacetDesign
from harmonize.errors import ConfigurationError
from harmonize.words import plural

if TYPE_CHECKING:
    import pandas as pd

MANY, FEW = 8, 2
"""A crossed facet of so many levels, most of which so few subjects share, is asked about."""
NESTED = "nested="


class FacetLevels(NamedTuple):
    """How a facet was met.

    Parameters
    ----------
    facet : str
    how : str
        ``random``, ``fixed``, or ``nested=`` and what it is nested in.
    levels : int
        How many; of a nested facet, most of what it is nested in.
    groups, single : int
        Of what it is nested in, or of the subjects, how many there are, and how many have one level.
    same_as : str
        The other crossed facet each of whose levels goes with one level of this, so that nothing tells the two apart;
        empty if there is none.
    """

    facet: str
    how: str
    levels: int
    groups: int
    single: int
    same_as: str = ""

    @property
    def words(self) -> str:
        """Describe it.

        Examples
        --------
        >>> FacetLevels("session", "nested=subject", 2, 17, 5).words
        'session (nested in subject, up to 2 levels)'
        """
        nested = self.how.startswith(NESTED)
        how, most = (f"nested in {self.how.removeprefix(NESTED)}", "up to ") if nested else (self.how, "")
        return f"{self.facet} ({how}, {most}{plural(self.levels, 'level')})"

    @property
    def remark(self) -> str:
        """Say what keeps a facet from being told: another goes with it, or most groups have one level; or nothing."""
        if self.same_as:
            return (
                f"{self.facet}: each of its levels goes with one of {self.same_as}, so nothing tells the two apart; "
                "leave one of them out"
            )
        if not self.how.startswith(NESTED) or 2 * self.single <= self.groups:
            return ""
        return (
            f"{self.facet}: one level in {self.single} of {self.groups} ({self.how.removeprefix(NESTED)}); what varies "
            f"between its levels is told by the other {self.groups - self.single}"
        )


def facet_levels(met: Iterable[tuple[str, ...]], design: FacetDesign) -> list[FacetLevels]:
    """Count the levels of each facet.

    Parameters
    ----------
    met : iterable of tuple of str
        A subject and, in the order of the design, a level of each facet that it was measured at.
    design : FacetDesign

    Examples
    --------
    >>> from evaluation.generalizability.facets import Facet
    >>> met = {("S1", "A"), ("S1", "B"), ("S2", "A")}
    >>> facet_levels(met, FacetDesign((Facet("reader"),)))
    [FacetLevels(facet='reader', how='random', levels=2, groups=2, single=1, same_as='')]
    """
    met, names, found = set(met), [SUBJECT, *(facet.name for facet in design.facets)], []
    for position, facet in enumerate(design.facets, start=1):
        places = [names.index(name) for name in sorted(design.above(facet.name)) or [SUBJECT]]
        groups = defaultdict(set)
        for one in met:
            groups[tuple(one[place] for place in places)].add(one[position])
        counts = [len(levels) for levels in groups.values()]
        levels = max(counts) if facet.nested else len({one[position] for one in met})
        how = "fixed" if facet.fixed else f"{NESTED}{facet.nested}" if facet.nested else "random"
        same = _same_as(met, position, [names.index(other.name) for other in design.facets if not other.nested])
        same_as = names[same] if same and not facet.nested and levels > 1 else ""
        found.append(FacetLevels(facet.name, how, levels, len(counts), counts.count(1), same_as))
    return found


def _same_as(met: Iterable[tuple[str, ...]], own: int, places: Iterable[int]) -> int:
    """Give the first other place whose entries go one to one with those of a place; 0 if none does."""
    for place in places:
        pairs = {(one[own], one[place]) for one in met}
        if place != own and len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}):
            return place
    return 0


def met_in(table: "pd.DataFrame") -> list[FacetLevels]:
    """Give the rows of a table of `facet_levels`."""
    return [FacetLevels(*row) for row in table[list(FacetLevels._fields)].itertuples(index=False, name=None)]


def refuse_sparse(met: Iterable[tuple[str, ...]], design: FacetDesign, where: str = "`facet`") -> None:
    """Ask about a crossed facet of many levels, most of which stand in one or two subjects, such as dates.

    Parameters
    ----------
    met : iterable of tuple of str
        As of `facet_levels`.
    design : FacetDesign
    where : str
        The place, for the message.
    """
    met = set(met)
    subjects = len({one[0] for one in met})
    for position, facet in enumerate(design.facets, start=1):
        shared = Counter(level for _, level in {(one[0], one[position]) for one in met})
        cells = subjects * len(shared)
        if facet.nested or facet.stated or len(shared) < MANY:
            continue
        if median(shared.values()) <= FEW and shared.total() < cells / 4:
            raise ConfigurationError(
                f"{where}: '{facet.name}' has {len(shared)} levels, most of them in {FEW} subjects or fewer, so "
                f"that {cells - shared.total()} of {cells} cells are empty; write `{facet.name}:nested` if levels "
                f"of one subject have nothing to do with those of another, `{facet.name}:random` if they are what they "
                "are called in all subjects, or leave it out"
            )
