"""Features of the IBSI digital phantom against the consensus values."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluation.extraction import ExtractionSettings, extract
from evaluation.ibsi.binning import MERGED, aggregation
from evaluation.ibsi.features import ibsi, to_ibsi
from evaluation.ibsi.phantom import ROI, consensus, phantom
from harmonize.errors import ConfigurationError

_VOLUME_CLASSES = ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
_DIRECTIONAL_CLASSES = ("glcm", "glrlm")


@dataclass(frozen=True)
class _Run:
    setting: dict[str, Any]
    classes: tuple[str, ...]


# Each feature is computed under every aggregation that PyRadiomics has for it.
_RUNS = (
    _Run({}, _VOLUME_CLASSES),
    _Run({"weightingNorm": MERGED}, _DIRECTIONAL_CLASSES),
    _Run({"force2D": True}, _VOLUME_CLASSES[2:]),
    _Run({"force2D": True, "weightingNorm": MERGED}, _DIRECTIONAL_CLASSES),
)

COLUMNS = (
    *("feature", "name", "code", "aggregation", "aggregation_code", "value", "ibsi_value", "consensus", "tolerance"),
    *("within", "agreement", "ok", "note"),
)


def validate_ibsi() -> pd.DataFrame:
    """Compute the features of the IBSI digital phantom and compare them with the consensus values.

    The phantom is measured with `evaluation.extract`, as any scan is, with IBSI's settings for it: no resampling, and
    the intensities 1 to 6 as gray levels (bins of width 1).

    A value lies within the tolerance if, rounded to the three significant digits of the consensus, it is no farther
    from it than the tolerance, which is 0 for all but morphology.

    Returns
    -------
    DataFrame
        One row a feature and aggregation: `value` is that of PyRadiomics, `ibsi_value` the same or, for a feature that
        deviates by definition, converted (`to_ibsi`); `within` says whether `value` lies within the tolerance of
        `consensus`, `ok` whether `ibsi_value` does. Where IBSI has no such feature, `consensus`, `tolerance`,
        `ibsi_value` are NaN and `within` and `ok` are missing.

    Raises
    ------
    ConfigurationError
        If the phantom cannot be measured, which is a fault of this installation.

    References
    ----------
    Zwanenburg A et al. The Image Biomarker Standardization Initiative: standardized quantitative radiomics for
    high-throughput image-based phenotyping. Radiology 2020;295(2):328-338. doi:10.1148/radiol.2020191145

    Examples
    --------
    >>> table = validate_ibsi()
    >>> bool(table["ok"].dropna().all())
    True
    >>> sorted(set(table.loc[table["within"].eq(False), "feature"]))
    ['original_firstorder_Kurtosis', 'original_shape_LeastAxisLength', 'original_shape_MinorAxisLength']
    """
    rows = [row for run in _RUNS for row in _rows(run)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"within": "boolean", "ok": "boolean"})


def _rows(run: _Run) -> list[dict[str, Any]]:
    setting = {"binWidth": 1, **run.setting}
    settings = ExtractionSettings(setting, featureClass=dict.fromkeys(run.classes), bin_limits=None)
    extraction = extract(phantom(), settings)
    if extraction.failures:
        raise ConfigurationError(f"the IBSI digital phantom cannot be measured: {extraction.failures[ROI]}")
    measured = extraction.features[ROI]
    return [_row(name, value, measured.voxels, run) for name, value in measured.values.items()]


def _row(feature: str, value: float, voxels: int, run: _Run) -> dict[str, Any]:
    found = ibsi(feature)
    how = aggregation(found.family, run.setting)
    row = {
        **{"feature": feature, "name": found.name, "code": found.code, "agreement": found.agreement},
        **{"aggregation": how.name, "aggregation_code": how.code, "value": value, "note": found.note},
    }
    if found.agreement == "none":
        return row | dict.fromkeys(("ibsi_value", "consensus", "tolerance"), math.nan) | {"within": None, "ok": None}
    expected, tolerance = consensus()[found.code, how.code]
    converted = to_ibsi(feature, value, voxels)
    return row | {
        **{"ibsi_value": converted, "consensus": expected, "tolerance": tolerance},
        **{"within": _within(value, expected, tolerance), "ok": _within(converted, expected, tolerance)},
    }


def _within(value: float, expected: float, tolerance: float) -> bool:
    """Tell whether a value, at three significant digits, is no farther from the expected one than the tolerance."""
    rounded = float(f"{value:.3g}")
    return abs(rounded - expected) <= tolerance + 1e-9 * abs(expected)
