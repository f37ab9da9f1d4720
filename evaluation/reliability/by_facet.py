"""Coefficients of facets by their names, as tables, rules and pages know them: `icc[reader]`, `g`, `phi`."""

import re

from evaluation.reliability.statistic import Estimates, Settings, Statistic
from harmonize.arrays import FloatArray

G, PHI = "g", "phi"
MEAN = "_mean"
"""Ends the name of a coefficient of means over all levels."""
_WHOLE = {
    G: ("G", "relative decisions"),
    PHI: ("\N{GREEK CAPITAL LETTER PHI}", "absolute decisions"),
    G + MEAN: ("G of the mean", "over all levels"),
    PHI + MEAN: ("\N{GREEK CAPITAL LETTER PHI} of the mean", "over all levels"),
}
"""Label and remark of those of the whole design."""


def coefficient_name(facet: str) -> str:
    """Name the agreement between the levels of a facet.

    Examples
    --------
    >>> coefficient_name("reader")
    'icc[reader]'
    """
    return f"icc[{facet}]"


def facet_of(name: str) -> str:
    """Give the facet whose agreement a coefficient is; empty for any other.

    Examples
    --------
    >>> facet_of("icc[reader]"), facet_of("icc")
    ('reader', '')
    """
    found = re.fullmatch(r"icc\[(.+)\]", name)
    return found[1] if found else ""


def of_facets(name: str) -> Statistic | None:
    """Give what is to be known of a coefficient of facets; None of any other name.

    Examples
    --------
    >>> of_facets("icc[reader]").label, of_facets("icc")
    ('ICC[reader]', None)
    """
    facet = facet_of(name)
    if not facet and name not in _WHOLE:
        return None
    label, remark = (f"ICC[{facet}]", "") if facet else _WHOLE[name]
    return Statistic(label, _of_a_design, "all", remark=remark)


def _of_a_design(values: FloatArray, settings: Settings) -> Estimates:
    raise NotImplementedError("a design tells which measurements differ in the facet: see `facet_components`")
