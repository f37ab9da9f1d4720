"""How IBSI calls the aggregation and the discretisation that PyRadiomics' settings lead to."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_DIRECTIONAL = ("grey level co-occurrence matrix", "grey level run length matrix")
_VOLUMETRIC = (
    "grey level size zone matrix",
    "neighbourhood grey tone difference matrix",
    "neighbouring grey level dependence matrix",
)
_WHOLE = ("morphology", "intensity-based statistics", "intensity histogram")

MERGED = "no_weighting"
"""The value of PyRadiomics' `weightingNorm` that adds the matrices of all directions up with equal weight."""


class Aggregation(NamedTuple):
    """How values of slices and directions become one; both empty where IBSI has no name for it.

    Parameters
    ----------
    name, code : str
        As in the IBSI reference manual.
    """

    name: str
    code: str


def aggregation(family: str, setting: Mapping[str, Any]) -> Aggregation:
    """Name the aggregation of an IBSI family under PyRadiomics' settings.

    PyRadiomics computes a feature for each direction over all slices and takes the mean, or with
    `weightingNorm: no_weighting` adds the matrices of all directions first. With `force2D` neighbours lie in the slice
    only, and the slices share one matrix: IBSI's "2.5D". IBSI's slice-by-slice "2D" is not among what it can do, but
    for an ROI in one slice 2.5D is the same. The other weighting norms weight directions by distance, for which IBSI
    has no code.

    Parameters
    ----------
    family : str
        As in `IbsiFeature.family`; an empty one has no aggregation.
    setting : mapping
        PyRadiomics' `force2D` and `weightingNorm`.

    Returns
    -------
    Aggregation

    References
    ----------
    Zwanenburg A et al. Image biomarker standardisation initiative, reference manual, chapter 3. arXiv:1612.07003.

    Examples
    --------
    >>> aggregation("grey level co-occurrence matrix", {})
    Aggregation(name='3D: averaged', code='ITBB')
    >>> aggregation("grey level co-occurrence matrix", {"force2D": True, "weightingNorm": "no_weighting"})
    Aggregation(name='2.5D: merged', code='ZW7Z')
    """
    if family in _WHOLE:
        return Aggregation("3D", "DHQ4")
    flat = bool(setting.get("force2D", False))
    if family in _VOLUMETRIC:
        return Aggregation("2.5D", "62GR") if flat else Aggregation("3D", "KOBO")
    norm = setting.get("weightingNorm")
    if family not in _DIRECTIONAL or norm not in (None, MERGED):
        return Aggregation("", "")
    if norm is None:
        return Aggregation("2.5D: direction-merged", "JJUI") if flat else Aggregation("3D: averaged", "ITBB")
    return Aggregation("2.5D: merged", "ZW7Z") if flat else Aggregation("3D: merged", "IAZD")


def discretisation(family: str, setting: Mapping[str, Any]) -> str:
    """Name the discretisation of an IBSI family under PyRadiomics' settings; empty for those that need none.

    PyRadiomics' fixed bin number is IBSI's. Its fixed bin width is not: IBSI counts bins from a chosen minimum (the
    lower end of the re-segmentation range), PyRadiomics puts their edges at multiples of the width and calls the
    lowest bin that the ROI reaches 1. Both are the same where the chosen minimum is a multiple of the width and lies in
    that lowest bin; so they are after subtracting the ROI's minimum from the image. With our `binLowerBound` bins are
    IBSI's.

    Examples
    --------
    >>> discretisation("grey level run length matrix", {"binWidth": 25})
    'fixed bin size (Q3RU), but with edges at multiples of the bin width'
    >>> discretisation("morphology", {"binWidth": 25})
    ''
    """
    if not family or family in ("morphology", "intensity-based statistics"):
        return ""
    if setting.get("binCount") is not None:
        return "fixed bin number (K15C)"
    if setting.get("binLowerBound") is not None:
        return "fixed bin size (Q3RU)"
    return "fixed bin size (Q3RU), but with edges at multiples of the bin width"
