"""MIRP's features: their IBSI names and codes, and the digital phantom by MIRP against the consensus values.

`mirp.csv` beside this module has the codes that MIRP states; `consensus_by_tag.csv` all consensus values of the digital
phantom under the tags of IBSI, which are MIRP's names (A. Zwanenburg, CC BY 4.0, see `evaluation.ibsi.phantom`).
"""

import csv
import functools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from evaluation.extraction import ExtractionSettings, extract
from evaluation.extraction.mirp import column
from evaluation.ibsi.phantom import ROI, phantom
from harmonize.errors import ConfigurationError

MERGING = {
    "3d_average": ("3D: averaged", "ITBB", "3D_avg"),
    "3d_volume_merge": ("3D: merged", "IAZD", "3D_comb"),
    "2.5d_direction_merge": ("2.5D: direction-merged", "JJUI", "2_5D_avg"),
    "2.5d_volume_merge": ("2.5D: merged", "ZW7Z", "2_5D_comb"),
    "2d_average": ("2D: averaged", "BTW3", "2D_avg"),
    "2d_slice_merge": ("2D: slice-merged", "SUJT", "2D_comb"),
}
"""MIRP's ways to merge directions: name and code of IBSI's, and the end of the tag of a consensus value."""
DIMENSIONS = {"3d": ("3D", "KOBO", "3D"), "2.5d": ("2.5D", "62GR", "2_5D"), "2d": ("2D", "8QNN", "2D")}
"""The same of the matrices that have no directions."""
DIRECTIONAL, VOLUMETRIC = ("cm", "rlm"), ("szm", "dzm", "ngt", "ngl")
METHODS = ("glcm", "glrlm"), ("glszm", "gldzm", "ngtdm", "ngldm")
WIDTH, LIMITS = 1.0, (1.0, 6.0)
"""Of the bins, and of the intensities, of the phantom."""


@functools.cache
def codes() -> Mapping[str, tuple[str, str, str]]:
    """Give IBSI's name, code and family by our name of a feature without image and settings; code '' if it has none.

    Examples
    --------
    >>> codes()["glcm_contrast"]
    ('contrast', 'ACUI', 'grey level co-occurrence matrix')
    """
    return MappingProxyType(
        {
            column(row["feature"]).partition("_")[2]: (row["name"], row["code"], row["family"])
            for row in _rows_of("mirp.csv")
        }
    )


def code_of(feature: str) -> tuple[str, str, str] | None:
    """Give the entry of a feature whose name goes on with settings, such as ``glcm_contrast-d1-3d-avg-fbn-n16``.

    Examples
    --------
    >>> code_of("glrlm_glnu-norm-3d-avg-fbn-n16")[1], code_of("glrlm_glnu-3d-avg-fbn-n16")[1], code_of("glcm_Contrast")
    ('OVBL', 'R5YN', None)
    """
    stem = feature
    while stem and stem not in codes():
        stem = stem.rpartition("-")[0]
    return codes()[stem] if stem else None


def validate_mirp() -> pd.DataFrame:
    """Compute the features of the IBSI digital phantom by MIRP and compare them with the consensus values.

    Returns
    -------
    DataFrame
        One row a feature and aggregation, as `evaluation.ibsi.validate_ibsi` gives it; features without a consensus
        value have the agreement `none`.

    Raises
    ------
    ConfigurationError
        If MIRP is not installed, or cannot measure the phantom.
    """
    values = {merging: _measured(merging) for merging in MERGING}
    rows = [row for merging, found in values.items() for row in _compared(merging, found)]
    return (
        pd.DataFrame(rows)
        .drop_duplicates(["feature", "aggregation"], ignore_index=True)
        .astype({"within": "boolean", "ok": "boolean"})
    )


def _measured(merging: str) -> Mapping[str, float]:
    dimension = merging.partition("_")[0]
    spatial = {f"{name}_spatial_method": merging for name in METHODS[0]}
    spatial |= {f"{name}_spatial_method": dimension for name in METHODS[1]}
    options = {
        "base_feature_families": "all",
        "base_discretisation_method": "fixed_bin_size",
        "base_discretisation_bin_width": WIDTH,
        "resegmentation_intensity_range": list(LIMITS),
        "image_modality": "ct",  # the intensities of the phantom are units, as it counts them for its volume histogram
        **spatial,
    }
    extraction = extract(phantom(), ExtractionSettings(engine="mirp", options=options))
    if extraction.failures:
        raise ConfigurationError(f"the IBSI digital phantom cannot be measured: {extraction.failures[ROI]}")
    return extraction.features[ROI].values


def _compared(merging: str, values: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    consensus = {row["tag"]: (float(row["value"]), float(row["tolerance"])) for row in _rows_of("consensus_by_tag.csv")}
    for row in _rows_of("mirp.csv"):
        family = row["feature"].partition("_")[0]
        how = ("3D", "DHQ4", "")
        if family in DIRECTIONAL:
            how = MERGING[merging]
        elif family in VOLUMETRIC:
            how = DIMENSIONS[merging.partition("_")[0]]
        stem = column(row["feature"])
        found = [name for name in values if name == stem or _settings_of(name, stem)]
        if not found:
            continue
        tag = "_".join(filter(None, (row["feature"], how[2])))
        value = values[found[0]]
        expected, tolerance = consensus.get(tag, (math.nan, math.nan))
        known = tag in consensus
        within = abs(float(f"{value:.3g}") - expected) <= tolerance + 1e-9 * abs(expected) if known else None
        yield {
            **{"feature": stem, "name": row["name"], "code": row["code"] if known else ""},
            **{"aggregation": how[0], "aggregation_code": how[1], "value": value, "ibsi_value": value},
            **{"consensus": expected, "tolerance": tolerance, "within": within, "ok": within, "note": ""},
            "agreement": "agrees" if known else "none",
        }


def _settings_of(name: str, stem: str) -> bool:
    """Tell whether a name is that of a feature with its settings."""
    if not name.startswith(f"{stem}-"):
        return False
    own = code_of(name.partition("_")[2])
    return own is not None and own == codes()[stem.partition("_")[2]]


def _rows_of(file: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(file).open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)
