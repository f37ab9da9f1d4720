"""What varies between the measurements of a subject: facets, and the sources of variance that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import chain, combinations

import numpy as np

from evaluation.reliability.by_facet import MEAN, PHI, G, coefficient_name
from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from harmonize.words import some

SUBJECT = "subject"
RESIDUAL = "residual"
FORM = "NAME, NAME:random, NAME:fixed, NAME:nested (in the subject) or NAME:nested=FACET"
HOW = ("random", "fixed", "nested")
COLON = "a column whose name has a colon needs another name first"

Axes = tuple[int, ...]
"""Positions among subject (0) and facets (from 1), ascending."""


@dataclass(frozen=True)
class Facet:
    """One condition of measurement: readers, scanners, acquisitions, sessions.

    Parameters
    ----------
    name : str
        The column of its levels.
    fixed : bool
        Whether its levels are all that there are, rather than some of many.
    stated : bool
        Whether it was written that it is random, so that it is not asked about where few subjects share its levels.
    nested : str
        What its levels belong to: `SUBJECT` or another facet. Session 1 of one subject then has nothing in common
        with session 1 of another. Empty for a facet that is crossed with all others.

    Examples
    --------
    >>> Facet.parse("acquisition:fixed")
    Facet(name='acquisition', fixed=True, nested='', stated=False)
    >>> Facet.parse("session:nested").nested
    'subject'
    """

    name: str
    fixed: bool = False
    nested: str = ""
    stated: bool = False

    @classmethod
    def parse(cls, text: str) -> "Facet":
        """Read what is typed for one.

        Raises
        ------
        ConfigurationError
            For something else than `FORM`.
        """
        name, colon, how = text.partition(":")
        kind, equals, parent = how.partition("=")
        expected = f"`facet`: '{text}': expected {FORM}"
        if not name or (colon and kind not in HOW) or (equals and not parent):
            hint = COLON if kind and not get_close_matches(kind, HOW) else suggest(kind, HOW)
            raise ConfigurationError(f"{expected}; {hint}" if name else expected)
        if kind != "nested" and equals:
            raise ConfigurationError(expected)
        return cls(name, kind == "fixed", parent or SUBJECT if kind == "nested" else "", kind == "random")

    @property
    def typed(self) -> str:
        """Give the text that it is parsed from.

        Examples
        --------
        >>> Facet("session", nested="subject").typed
        'session:nested=subject'
        """
        how = "fixed" if self.fixed else f"nested={self.nested}" if self.nested else "random" if self.stated else ""
        return f"{self.name}:{how}" if how else self.name


@dataclass(frozen=True)
class FacetDesign:
    """The sources of variance of subjects measured under facets.

    Parameters
    ----------
    facets : tuple of Facet
        In the order of the axes behind that of subjects.
    pooled : tuple of str
        Sources that are taken as none, so that what there is of them goes to the residual.

    Raises
    ------
    ConfigurationError
        For no facet, one that stands twice, is called as the subject or as the residual, or is nested in what is not
        there; and for a pooled source that there is none of.

    Notes
    -----
    A source is an interaction of the subject and some of the facets. All that hold a random facet or the subject are
    random (the unrestricted mixed model, as lme4 has it), those of fixed facets alone are means. That of all is the
    residual.

    Examples
    --------
    >>> FacetDesign((Facet("reader"), Facet("acquisition", fixed=True))).names
    ('subject', 'reader', 'subject:reader', 'subject:acquisition', 'reader:acquisition', 'residual')
    """

    facets: tuple[Facet, ...]
    pooled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no design."""
        names = [facet.name for facet in self.facets]
        if not names:
            raise ConfigurationError(f"`facet`: name at least one: {FORM}")
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(f"`facet`: '{name}' stands twice; name it once")
            if name in (SUBJECT, RESIDUAL) or ":" in name:
                raise ConfigurationError(f"`facet`: '{name}' cannot be the name of a facet; rename the column")
        for facet in self.facets:
            if facet.nested:
                others = [SUBJECT, *(name for name in names if name != facet.name)]
                refuse_unknown([facet.nested], others, f"`facet`: {facet.name}: nested", "there is no facet")
                if facet.fixed:
                    raise ConfigurationError(f"`facet`: {facet.name}: what is nested is random; leave 'fixed' out")
                self.above(facet.name)
        allowed = [self.name(axes) for axes in self._all]
        refuse_unknown(self.pooled, allowed, "`pool`", "there is no source of variance")
        if RESIDUAL in self.pooled:
            raise ConfigurationError("`pool`: the residual is where the others go; name another source of variance")

    def above(self, name: str) -> frozenset[str]:
        """Name all that a facet is nested in, at any remove."""
        found: list[str] = []
        by_name = {facet.name: facet for facet in self.facets}
        while name in by_name and (name := by_name[name].nested):
            if name in found:
                raise ConfigurationError(f"`facet`: {some(found, 6)} are nested in one another")
            found.append(name)
        return frozenset(found)

    @property
    def n_axes(self) -> int:
        """Count subject and facets."""
        return 1 + len(self.facets)

    @cached_property
    def strata(self) -> tuple[Axes, ...]:
        """Give the strata of the complete design that hold no fixed effect: sets of axes whose means are contrasted."""
        fixed = {axis for axis, facet in enumerate(self.facets, start=1) if facet.fixed}
        every = chain.from_iterable(combinations(range(self.n_axes), size) for size in range(1, self.n_axes + 1))
        return tuple(axes for axes in every if not set(axes) <= fixed)

    @cached_property
    def _all(self) -> tuple[Axes, ...]:
        names = [SUBJECT, *(facet.name for facet in self.facets)]
        above = [{names.index(name) for name in self.above(own)} for own in names]
        return tuple(axes for axes in self.strata if all(above[axis] <= set(axes) for axis in axes))

    @cached_property
    def sources(self) -> tuple[Axes, ...]:
        """Give the random sources of variance, the residual last."""
        return tuple(axes for axes in self._all if self.name(axes) not in self.pooled)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name the `sources`."""
        return tuple(map(self.name, self.sources))

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Name the coefficients of reliability that the design gives.

        Examples
        --------
        >>> FacetDesign((Facet("reader"),)).coefficients
        ('g', 'phi', 'g_mean', 'phi_mean', 'icc[reader]')
        """
        return (G, PHI, G + MEAN, PHI + MEAN, *(coefficient_name(facet.name) for facet in self.facets))

    def name(self, axes: Axes) -> str:
        """Name a source, such as ``subject:reader``."""
        names = [SUBJECT, *(facet.name for facet in self.facets)]
        return RESIDUAL if len(axes) == self.n_axes else ":".join(names[axis] for axis in axes)

    def without(self, axes: Sequence[int]) -> "FacetDesign":
        """Give the design without some facets (never the subject), as where they have one level."""
        kept = tuple(facet for axis, facet in enumerate(self.facets, start=1) if axis not in axes)
        gone = {self.facets[axis - 1].name for axis in axes}
        kept = tuple(replace(one, nested="") if one.nested in gone else one for one in kept)
        smaller = FacetDesign(kept)
        return FacetDesign(kept, tuple(name for name in self.pooled if name in smaller.names and name != RESIDUAL))

    def weights(self, levels: Sequence[int]) -> FloatArray:
        """Give the expectation of the mean square of each stratum by source, shape (n_strata, n_sources)."""
        return np.array(
            [
                [
                    float(np.prod([levels[axis] for axis in range(self.n_axes) if axis not in source]))
                    * (set(stratum) <= set(source))
                    for source in self.sources
                ]
                for stratum in self.strata
            ]
        )

    def degrees(self, levels: Sequence[int]) -> FloatArray:
        """Give the degrees of freedom of each stratum of the complete design."""
        return np.array([float(np.prod([levels[axis] - 1 for axis in stratum])) for stratum in self.strata])
