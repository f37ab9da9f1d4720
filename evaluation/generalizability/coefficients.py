"""Coefficients of reliability: ratios of sums of components of variance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.generalizability.facets import RESIDUAL, FacetDesign
from evaluation.reliability.by_facet import PHI, G
from harmonize.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Ratio:
    """What a coefficient is made of: the variance of subjects, and that of error, as weights of the sources.

    Parameters
    ----------
    subjects, error : ndarray, shape (n_sources,)
    """

    subjects: FloatArray
    error: FloatArray

    def of(self, components: FloatArray) -> FloatArray:
        """Compute it from components, shape (..., n_sources); NaN where both are zero."""
        subjects = components @ self.subjects
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(subjects / (subjects + components @ self.error))

    def needs(self) -> BoolArray:
        """Tell which sources it needs."""
        return np.asarray((self.subjects != 0) | (self.error != 0))


def generalizability(design: FacetDesign, levels: Mapping[str, int], averaged: Mapping[str, float]) -> dict[str, Ratio]:
    """Give the coefficients of generalizability (relative decisions) and of dependability (absolute decisions).

    Parameters
    ----------
    design : FacetDesign
    levels : mapping of str to int
        Levels of each facet in the data; the score of a subject is its mean over all those of a fixed facet.
    averaged : mapping of str to float
        Over how many levels of a random facet measurements are averaged; 1 for those that are not named. Infinity takes
        it out of the error.

    Returns
    -------
    dict of str to Ratio
        `G` and `PHI`.

    Notes
    -----
    Sources of subjects without a random facet are what is to be measured. Those of subjects with one are relative
    error; those of facets alone make it the absolute error. The residual is error. Each is divided by the number of
    levels that it is averaged over.

    References
    ----------
    Brennan RL. Generalizability Theory. Springer 2001, chapters 3 to 5.
    """
    subjects, relative, absolute = (np.zeros(len(design.sources)) for _ in range(3))
    for position, (axes, name) in enumerate(zip(design.sources, design.names, strict=True)):
        facets = [design.facets[axis - 1] for axis in axes if axis]
        counts = [levels[one.name] if one.fixed else averaged.get(one.name, 1) for one in facets]
        weight = 1 / float(np.prod(counts)) if counts else 1.0
        if 0 in axes and all(one.fixed for one in facets) and name != RESIDUAL:
            subjects[position] = weight
        else:
            relative[position] = weight if 0 in axes else 0.0
            absolute[position] = weight
    return {G: Ratio(subjects, relative), PHI: Ratio(subjects, absolute)}


def agreement(design: FacetDesign, facet: str) -> Ratio:
    """Give the intraclass correlation of absolute agreement between the levels of one facet, all others being equal.

    Parameters
    ----------
    design : FacetDesign
        With `facet` random: that it is agreed with, a shift between its levels counts as disagreement.
    facet : str

    Notes
    -----
    Two measurements of a subject that differ in the level of the facet alone share the sources of subjects without
    it, and differ by all sources with it. With this facet alone it is ICC(A,1).

    References
    ----------
    McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological Methods
    1996;1:30-46.
    """
    axis = 1 + [one.name for one in design.facets].index(facet)
    shared = np.array([float(0 in axes and axis not in axes) for axes in design.sources])
    differing = np.array([float(axis in axes) for axes in design.sources])
    return Ratio(shared, differing)
