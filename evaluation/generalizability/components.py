"""Components of variance and coefficients of reliability of arrays of features, whatever cells are missing."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluation.generalizability.coefficients import Ratio, agreement, generalizability
from evaluation.generalizability.facets import Facet, FacetDesign
from evaluation.generalizability.fit import FacetFit, FacetPoint
from evaluation.reliability.by_facet import MEAN, coefficient_name
from evaluation.reliability.sample import StatusArray, as_numbers, check_level
from evaluation.reliability.squares import ROUNDING
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError

_BLOCK = 128  # features whose draws are held at once
_MANY = 4096  # of which there are no draws


@dataclass(frozen=True)
class FacetEstimates:
    """Estimates with limits and why one is missing; arrays of shape (n_features, len(names)).

    Parameters
    ----------
    names : tuple of str
        Along the last axis.
    estimate, lower, upper : ndarray
    status : ndarray of str
        See `Status`.
    """

    names: tuple[str, ...]
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    status: StatusArray

    @classmethod
    def none(cls, names: tuple[str, ...], n_features: int) -> "FacetEstimates":
        """Give those of features that nothing can be computed of."""
        estimate, lower, upper = np.full((3, n_features, len(names)), np.nan)
        return cls(names, estimate, lower, upper, np.full(estimate.shape, Status.TOO_FEW, dtype="<U24"))

    def put(
        self, rows: IntArray, names: tuple[str, ...], estimate: FloatArray, limits: FloatArray, status: StatusArray
    ) -> None:
        """Fill in what was found of some features, arrays of shape (len(rows), len(names)) or (len(rows),)."""
        place = np.ix_(rows, np.array([self.names.index(name) for name in names]))
        shape = len(rows), len(names)
        self.estimate[place], self.status[place] = estimate.reshape(shape), status.reshape(shape)
        self.lower[place], self.upper[place] = limits.reshape(2, *shape)


@dataclass(frozen=True)
class FacetResult:
    """What a design says of features.

    Parameters
    ----------
    components : FacetEstimates
        Variance by source in squared units of the feature.
    share : ndarray, shape (n_features, n_sources)
        Components over the sum of all.
    coefficients : FacetEstimates
        ``g`` and ``phi`` (generalizability and dependability of one measurement), ``g_mean`` and ``phi_mean`` (of the
        mean over all levels of the random facets), ``icc[FACET]`` (absolute agreement between the levels of one facet,
        all others being equal).
    planned : dict of (str, int) to ndarray, shape (n_features, 2, 3)
        The decision study: ``g`` and ``phi`` of means over so many levels of one facet, others not averaged over; each
        estimate with its lower and upper limit.
    n : ndarray of int, shape (n_features,)
        Subjects with any value.
    cells : ndarray of int, shape (n_features,)
        Values.
    """

    components: FacetEstimates
    share: FloatArray
    coefficients: FacetEstimates
    planned: Mapping[tuple[str, int], FloatArray]
    n: IntArray
    cells: IntArray


def facet_components(values: ArrayLike, design: FacetDesign, *, level: float = 0.95, planned: int = 8) -> FacetResult:
    """Tell apart what varies between subjects, between the levels of facets, and in their interactions.

    Parameters
    ----------
    values : array_like, shape (n_features, n_subjects, n_levels of the first facet, ...)
        NaN where a cell is missing.
    design : FacetDesign
    level : float
        Confidence level.
    planned : int
        The decision study goes up to so many levels.

    Returns
    -------
    FacetResult
        A source of a facet with one level is ``too_few``, one that the cells do not tell apart from another
        ``confounded``: no estimate, and the others are given. ``boundary`` marks a component that is zero because the
        likelihood is largest there. Where the residual is zero, what is given has no limits (``no_error_variance``). A
        variance too small or too large for a number is ``not_representable``; shares and coefficients are given.

    Raises
    ------
    ConfigurationError
        When the axes do not fit the design.

    Notes
    -----
    Restricted maximum likelihood with components not below zero, as lme4; in complete designs that is the analysis of
    variance wherever none of its estimates is negative. Limits are generalized ones, see
    `evaluation.generalizability.pivots`, from mean squares on their degrees of freedom or on those that what subjects
    add to them is worth, if these are fewer: features are skewed. Where cells are missing they are stretched by what
    the information loses.

    References
    ----------
    Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992.

    Brennan RL. Generalizability Theory. Springer 2001.

    Examples
    --------
    Readers agree, but for what a subject and chance add:

    >>> rng = np.random.default_rng(0)
    >>> values = rng.normal(0, 3, (1, 30, 1)) + rng.normal(0, 1, (1, 30, 4))
    >>> found = facet_components(values, FacetDesign((Facet("reader"),)))
    >>> dict(zip(found.components.names, found.components.estimate[0].round(1).tolist()))
    {'subject': 5.0, 'reader': 0.0, 'residual': 0.9}
    >>> found.coefficients.names
    ('g', 'phi', 'g_mean', 'phi_mean', 'icc[reader]')
    """
    raw = as_numbers(values)
    check_level(level)
    if raw.ndim != 1 + design.n_axes:
        raise ConfigurationError(
            f"facets: expected an array (features, subjects, {', '.join(one.name for one in design.facets)}), "
            f"found shape {raw.shape}"
        )
    finite = np.isfinite(raw)
    names = design.coefficients
    plans = [(one.name, count) for one in design.facets if not one.fixed for count in range(1, planned + 1)]
    n_features = len(raw)
    found = FacetResult(
        FacetEstimates.none(design.names, n_features),
        np.full((n_features, len(design.names)), np.nan),
        FacetEstimates.none(names, n_features),
        {plan: np.full((n_features, 2, 3), np.nan) for plan in plans},
        finite.any(axis=tuple(range(2, raw.ndim))).sum(axis=-1),
        finite.reshape(n_features, -1).sum(axis=1),
    )
    constant = _constant(raw, finite)
    for one in (found.components, found.coefficients):
        one.status[constant] = Status.CONSTANT
    for part in _parts(raw, design, constant, _BLOCK):
        lost = [not set(axes) & part.single for axes in design.sources]
        found.components.status[np.ix_(part.rows, np.flatnonzero(lost))] = Status.CONFOUNDED
        _fill(found, part, level)
    return found


def facet_coefficients(values: FloatArray, design: FacetDesign, names: Sequence[str]) -> FloatArray:
    """Give the coefficients of `facet_components` alone, which takes a fraction of the time of all with limits.

    Parameters
    ----------
    values : ndarray
        As for `facet_components`.
    design : FacetDesign
    names : sequence of str
        Of `FacetDesign.coefficients`.

    Returns
    -------
    ndarray, shape (n_features, len(names))
        NaN where there is no estimate.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(0, 3, (1, 30, 1)) + np.random.default_rng(1).normal(0, 1, (1, 30, 4))
    >>> facet_coefficients(values, FacetDesign((Facet("reader"),)), ["icc[reader]"]).round(3)
    array([[0.89]])
    """
    found = np.full((len(values), len(names)), np.nan)
    for part in _parts(values, design, _constant(values, np.isfinite(values)), _MANY):
        for own, ratios in _coefficients(part.design, part.counts):
            wanted = [name for name in names if name in ratios]
            if wanted:
                places = np.ix_(part.rows, np.array([names.index(name) for name in wanted]))
                found[places] = FacetPoint.of(part.values, own).ratios([ratios[name] for name in wanted])
    return found


class _Part(NamedTuple):
    """Features with the same missing cells, no level without a value, and their design without facets of one level."""

    rows: IntArray
    values: FloatArray
    design: FacetDesign
    single: frozenset[int]

    @property
    def counts(self) -> dict[str, int]:
        """Levels by facet."""
        return {facet.name: n for facet, n in zip(self.design.facets, self.values.shape[2:], strict=True)}


def _parts(raw: FloatArray, design: FacetDesign, constant: BoolArray, block: int) -> Iterator[_Part]:
    """Give what can be computed of features, so many at once."""
    everything = range(design.n_axes)
    for rows, present in _patterns(np.isfinite(raw) & ~constant.reshape(-1, *(1,) * design.n_axes), block):
        levels = [np.flatnonzero(present.any(axis=tuple(set(everything) - {axis}))) for axis in everything]
        single = [axis for axis in everything if len(levels[axis]) < 2]
        if 0 not in single and len(single) < len(design.facets):
            values = np.squeeze(raw[np.ix_(rows, *levels)], axis=tuple(axis + 1 for axis in single))
            yield _Part(rows, values, design.without(single), frozenset(single))


def _coefficients(design: FacetDesign, counts: Mapping[str, int]) -> Iterator[tuple[FacetDesign, dict[str, Ratio]]]:
    """Give coefficients by name, with the design whose components they are made of."""
    means = generalizability(design, counts, counts)
    yield design, generalizability(design, counts, {}) | {name + MEAN: ratio for name, ratio in means.items()}
    facets = tuple(Facet(one.name, nested=one.nested) for one in design.facets)
    random = design if facets == design.facets else FacetDesign(facets, design.pooled)
    yield random, {coefficient_name(one.name): agreement(random, one.name) for one in facets}


def _fill(found: FacetResult, part: _Part, level: float) -> None:
    """Compute everything of features with the same missing cells and no level without a value."""
    rows, values, design, counts = part.rows, part.values, part.design, part.counts
    fit = FacetFit.of(values, design)
    found.components.put(rows, design.names, *fit.sources(level))
    found.share[np.ix_(rows, np.array([found.components.names.index(name) for name in design.names]))] = fit.share
    for own, ratios in _coefficients(design, counts):
        one = fit if own is design else FacetFit.of(values, own)
        found.coefficients.put(rows, tuple(ratios), *one.ratios(list(ratios.values()), level))
    averaged = [facet for facet in dict.fromkeys(facet for facet, _ in found.planned) if facet in counts]
    if averaged:
        levels = list(dict.fromkeys(count for _, count in found.planned))
        endless = [
            ratio for facet in averaged for ratio in generalizability(design, counts, {facet: math.inf}).values()
        ]
        single = generalizability(design, counts, {})
        over = fit.over_levels([*single.values()] * len(averaged), endless, levels, level)
        for place, facet in enumerate(averaged):
            for position, count in enumerate(levels):
                found.planned[facet, count][rows] = over[:, position, 2 * place : 2 * place + 2]


def _constant(raw: FloatArray, finite: BoolArray) -> BoolArray:
    """Tell which features have values that are all equal up to rounding."""
    flat, there = raw.reshape(len(raw), -1), finite.reshape(len(raw), -1)
    low = np.where(there, flat, np.inf).min(axis=1, initial=np.inf)
    high = np.where(there, flat, -np.inf).max(axis=1, initial=-np.inf)
    size = np.maximum(np.abs(low), np.abs(high))
    return np.asarray(there.any(axis=1) & (high - low <= ROUNDING * size))


def _patterns(finite: BoolArray, block: int) -> Iterator[tuple[IntArray, BoolArray]]:
    """Give features with the same missing cells together, those without any value left out."""
    flat = np.packbits(finite.reshape(len(finite), -1), axis=1)
    _, first, member = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    for code, row in enumerate(first):
        if finite[row].any():
            rows = np.flatnonzero(member.ravel() == code)
            for start in range(0, len(rows), block):
                yield rows[start : start + block], finite[row]
