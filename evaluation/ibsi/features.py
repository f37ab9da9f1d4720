"""The IBSI name and code of every PyRadiomics feature, and whether the two definitions agree.

The table is `features.csv` beside this module. Each entry is checked by computing: against the consensus values of the
digital phantom (`evaluation.ibsi.validation`) and, on other images, against an independent implementation (tests).
"""

import csv
import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

import pandas as pd

from evaluation.ibsi.binning import aggregation, discretisation
from evaluation.ibsi.by_mirp import code_of
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest

Agreement = Literal["agrees", "deviates", "none"]

_FILTERED = "on a filtered image; IBSI's convolutional filters are not checked here"
_UNKNOWN = "no feature of PyRadiomics or MIRP"


def _excess(value: float, _voxels: int) -> float:
    return value - 3


def _with_sample_covariance(value: float, voxels: int) -> float:
    return value * math.sqrt(voxels / (voxels - 1))


_CONVERSIONS: Mapping[str, Callable[[float, int], float]] = MappingProxyType(
    {
        "firstorder_Kurtosis": _excess,
        "shape_MajorAxisLength": _with_sample_covariance,
        "shape_MinorAxisLength": _with_sample_covariance,
        "shape_LeastAxisLength": _with_sample_covariance,
    }
)
"""What turns a feature that deviates into IBSI's, from its value and the number of voxels of the ROI."""


@dataclass(frozen=True)
class IbsiFeature:
    """What IBSI says of a feature.

    Parameters
    ----------
    name, code : str
        As in the IBSI reference manual; empty where it has no such feature.
    family : str
        The IBSI family, which is not always the PyRadiomics class: `firstorder` holds features of two families.
    agreement : {"agrees", "deviates", "none"}
        Whether PyRadiomics computes what IBSI defines, given the same gray levels; `none` if IBSI has no such feature.
    note : str
        How it deviates and how it is converted, or on which condition it agrees; empty where nothing is to be said.
    """

    name: str
    code: str
    family: str
    agreement: Agreement
    note: str


def ibsi(feature_column: str) -> IbsiFeature:
    """Give the IBSI name, code and agreement of a feature column.

    Parameters
    ----------
    feature_column : str
        Named `<image type>_<class>_<feature>`; filtered images have the entry of the original one, with a note.

    Raises
    ------
    ConfigurationError
        If PyRadiomics has no feature of this name.

    References
    ----------
    Zwanenburg A et al. The Image Biomarker Standardization Initiative: standardized quantitative radiomics for
    high-throughput image-based phenotyping. Radiology 2020;295(2):328-338. doi:10.1148/radiol.2020191145
    Zwanenburg A et al. Image biomarker standardisation initiative, reference manual. arXiv:1612.07003.

    Examples
    --------
    >>> ibsi("original_glcm_JointEnergy")
    IbsiFeature(name='angular second moment', code='8ZQL', family='grey level co-occurrence matrix',
                agreement='agrees', note='')
    >>> ibsi("original_firstorder_Kurtosis").note
    'not the excess; subtract 3'
    >>> ibsi("original_glcm_MCC").agreement
    'none'
    """
    image, _, feature = feature_column.partition("_")
    found = _found(feature)
    if found is None or not image:
        names = [f"original_{name}" for name in _table()]
        raise ConfigurationError(
            f"PyRadiomics has no feature '{feature_column}'; {suggest(feature_column, names)}"
            if feature_class(feature_column)
            else f"'{feature_column}' is no feature column; expected <image type>_<class>_<feature>, such as {names[0]}"
        )
    if image == "original":
        return found
    return replace(found, note="; ".join(filter(None, (found.note, _FILTERED))))


def ibsi_table(columns: Iterable[str], setting: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Give the IBSI name, code and agreement of many feature columns, one row a column.

    Parameters
    ----------
    columns : iterable of str
        Feature columns. One that PyRadiomics does not have (another tool's, or of an old version) stands in the table
        with the agreement `none` and a note that says so.
    setting : mapping, optional
        PyRadiomics' settings; with them the table says how IBSI calls the aggregation and the discretisation.

    Returns
    -------
    DataFrame
        Columns `feature`, `name`, `code`, `family`, `agreement`, `note`, and with a setting `aggregation`,
        `aggregation_code` and `discretisation`.

    Examples
    --------
    >>> table = ibsi_table(["original_glcm_Contrast", "wavelet-LLH_ngtdm_Contrast"], {"binCount": 32})
    >>> table[["code", "aggregation_code", "discretisation"]].values.tolist()
    [['ACUI', 'ITBB', 'fixed bin number (K15C)'], ['65HE', 'KOBO', 'fixed bin number (K15C)']]
    """
    rows: list[dict[str, str]] = []
    for column in columns:
        known = _found(column.partition("_")[2]) is not None
        found = ibsi(column) if known else IbsiFeature("", "", "", "none", _UNKNOWN)
        row = {"feature": column, **asdict(found)}
        if setting is not None:
            merged = aggregation(found.family, setting)
            row |= {"aggregation": merged.name, "aggregation_code": merged.code}
            row["discretisation"] = discretisation(found.family, setting)
        rows.append(row)
    names = ["feature", "name", "code", "family", "agreement", "note"]
    names += [] if setting is None else ["aggregation", "aggregation_code", "discretisation"]
    return pd.DataFrame(rows, columns=names)


def to_ibsi(feature_column: str, value: float, voxels: int) -> float:
    """Convert a value of PyRadiomics into the one that IBSI defines; the value itself where the two agree.

    Parameters
    ----------
    feature_column : str
        Named `<image type>_<class>_<feature>`.
    value : float
        What PyRadiomics gives.
    voxels : int
        Voxels of the ROI, at least 2.

    Raises
    ------
    ConfigurationError
        If IBSI has no such feature.

    Examples
    --------
    >>> to_ibsi("original_firstorder_Kurtosis", 3.0, 74)
    0.0
    >>> round(to_ibsi("original_shape_LeastAxisLength", 8.4781, 74), 3)
    8.536
    """
    found = ibsi(feature_column)
    if found.agreement == "none":
        raise ConfigurationError(f"IBSI has no counterpart of '{feature_column}': {found.note}")
    convert = _CONVERSIONS.get(feature_column.partition("_")[2])
    return value if convert is None else convert(value, voxels)


def _found(feature: str) -> IbsiFeature | None:
    """Give the entry of a feature of PyRadiomics, or of MIRP, which computes what IBSI defines."""
    if (own := _table().get(feature)) is not None or (mirp := code_of(feature)) is None:
        return own
    name, code, family = mirp
    return IbsiFeature(name, code, family, "agrees" if code else "none", "")


@functools.cache
def _table() -> Mapping[str, IbsiFeature]:
    with Path(__file__).with_name("features.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({f"{row['class']}_{row['feature']}": _read(row) for row in csv.DictReader(file)})


def _read(row: Mapping[str, str]) -> IbsiFeature:
    agreement = cast(Agreement, row["agreement"])  # the tests look at every row
    return IbsiFeature(row["name"], row["code"], row["family"], agreement, row["note"])
