"""Features as coded concepts of DICOM: IBSI's codes where PyRadiomics' definition is IBSI's, else codes of our own."""

from typing import Any

from evaluation.extraction.units import unit_of
from evaluation.ibsi import ibsi
from experiments.versions import __version__

OWN_SCHEME = "99RADHARMONY"
LONGEST_MEANING = 64
"""Signs of a code's meaning (VR LO)."""
UCUM = {
    "no unit": ("1", "no units"),
    "bit": ("bit", "bit"),
    "intensity": ("[arb'U]", "arbitrary unit"),
    "intensity²": ("[arb'U]2", "arbitrary unit squared"),
    "intensity² mm³": ("[arb'U]2.mm3", "arbitrary unit squared times cubic millimeter"),
    "mm": ("mm", "millimeter"),
    "mm²": ("mm2", "square millimeter"),
    "mm³": ("mm3", "cubic millimeter"),
    "1/mm": ("/mm", "per millimeter"),
}
"""By unit of a feature its code in UCUM. MR intensities have no unit of their own."""


def concept_of(feature: str) -> tuple[str, str, str, str | None]:
    """Give value, scheme, meaning and version of the code of a feature.

    One that agrees with IBSI under a condition, or on the original image alone, has no code of IBSI.

    Examples
    --------
    >>> concept_of("original_firstorder_10Percentile")
    ('QG58', 'IBSI', '10th intensity percentile', None)
    >>> concept_of("log-sigma-2-0-mm-3D_glcm_Contrast")[:2]
    ('log-sigma-2-0-mm-3D_glcm_Contrast', '99RADHARMONY')
    """
    known = ibsi(feature)
    if known.agreement == "agrees" and not known.note and feature.startswith("original_"):
        return known.code, "IBSI", known.name[:LONGEST_MEANING], None
    return feature, OWN_SCHEME, feature[-LONGEST_MEANING:], __version__


def coded(value: str, scheme: str, meaning: str, version: str | None = None) -> Any:
    """Make a concept of highdicom."""
    from highdicom.sr import CodedConcept

    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning, scheme_version=version)


def ucum(feature: str) -> Any:
    """Give the unit of a feature as a concept of UCUM."""
    value, meaning = UCUM[unit_of(feature)]
    return coded(value, "UCUM", meaning)
