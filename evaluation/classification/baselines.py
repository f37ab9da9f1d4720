"""What a model must beat: chance, as many features drawn at random, the size of the ROI, its plain intensities."""

import zlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import validate_data

from evaluation.column_selector import MissingAllowed
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Count, check_limits

VOLUMES = ("shape_VoxelVolume", "shape_MeshVolume", "shape_Volume", "shape2D_PixelSurface", "shape2D_MeshSurface")
"""What PyRadiomics calls the size of an ROI, the first one preferred; `shape_Volume` before version 2.1."""

COUNTS = ("voxels",)
"""Further columns that give it, preferred least."""


class RandomFeatures(MissingAllowed):
    """Keep columns drawn at random, with no look at the target: the baseline of any selector.

    Every set of training rows has a draw of its own.

    Parameters
    ----------
    n_features : int
        How many to keep; all, if there are fewer.
    random_state : int
        Makes the draw repeatable: the same rows have the same draw.

    Attributes
    ----------
    support_ : ndarray of bool, shape (n_columns,)
        Which columns are kept.

    Examples
    --------
    >>> RandomFeatures(2, random_state=1).fit(np.arange(12.0).reshape(3, 4)).get_feature_names_out().shape
    (2,)
    """

    def __init__(self, n_features: Count = 10, *, random_state: int = 0) -> None:
        self.n_features = n_features
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:
        """Draw the columns.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
        y : ignored

        Raises
        ------
        ConfigurationError
            For fewer than one feature.
        """
        check_limits(self, ConfigurationError)
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        # A seed alone would draw the same columns in every fold, and the baseline would be one draw.
        rng = np.random.default_rng([self.random_state, zlib.crc32(np.ascontiguousarray(values).tobytes())])
        self.support_ = np.zeros(values.shape[1], dtype=bool)
        self.support_[rng.permutation(values.shape[1])[: self.n_features]] = True
        return self


def volume_columns(columns: Sequence[str]) -> list[str]:
    """Find the columns that give the size of the ROI: one for each beginning, such as a sequence.

    Examples
    --------
    >>> volume_columns(["T2_original_shape_MeshVolume", "T2_original_shape_VoxelVolume", "original_glcm_Id"])
    ['T2_original_shape_VoxelVolume']
    >>> volume_columns(["voxels", "original_glcm_Id"])
    ['voxels']
    """
    found: dict[str, tuple[int, str]] = {}
    for name in columns:
        for rank, ending in enumerate((*VOLUMES, *COUNTS)):
            if name == ending or name.endswith(f"_{ending}"):
                beginning = name.removesuffix(ending).removesuffix("original_")
                found[beginning] = min(found.get(beginning, (rank, name)), (rank, name))
    chosen = {name for _, name in found.values()}
    return [name for name in columns if name in chosen]


def first_order_columns(columns: Sequence[str]) -> list[str]:
    """Find the first-order features of the unfiltered image.

    Examples
    --------
    >>> first_order_columns(["original_firstorder_Mean", "wavelet-LLL_firstorder_Mean", "T2_original_firstorder_Range"])
    ['original_firstorder_Mean', 'T2_original_firstorder_Range']
    """
    return [name for name in columns if feature_class(name) == "firstorder" and name.split("_")[-3] == "original"]
