"""Rows on the first principal components of features, whatever batch they are of."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.covariates import slopes, within_batch

_ROUNDING = 1e-12
"""Standard deviation, relative to the largest value, up to which a feature does not vary."""


@dataclass(frozen=True)
class ComponentScores:
    """How a row is placed on principal components of features that are standardized within batches.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (n_covariate_columns, n_features)
        Effects of covariates, which are taken out first.
    centres : ndarray of float64, shape (n_batches, n_features)
        Means of the batches.
    per_unit : ndarray of float64, shape (n_features,)
        One over the standard deviation within batches; 0 for features that do not vary.
    axes : ndarray of float64, shape (n_features, n_components)
    """

    coefficients: FloatArray
    centres: FloatArray
    per_unit: FloatArray
    axes: FloatArray

    @classmethod
    def fit(
        cls, values: FloatArray, coded: FloatArray, codes: IntArray, features: Sequence[Hashable], n_components: int
    ) -> Self:
        """Learn the components of complete rows.

        Parameters
        ----------
        values : ndarray of float64, shape (n_rows, n_features)
        coded : ndarray of float64, shape (n_rows, n_covariate_columns)
        codes : ndarray of int, shape (n_rows,)
            Batch of each row, 0 to the greatest.
        features : sequence
            Their names, for messages.
        n_components : int
            Or fewer, where there are fewer.

        Examples
        --------
        >>> import numpy as np
        >>> values = np.array([[1.0, 2.0], [3.0, 4.0], [11.0, 12.0], [13.0, 14.0]])
        >>> batches = np.array([0, 0, 1, 1])
        >>> components = ComponentScores.fit(values, np.empty((4, 0)), batches, ["x", "y"], 1)
        >>> np.abs(components.scores(values, np.empty((4, 0)), batches)).round(2).ravel()
        array([1.41, 1.41, 1.41, 1.41])
        """
        n_batches = int(codes.max()) + 1
        coefficients = slopes(values, coded, codes, n_batches, features)
        rest = values - coded @ coefficients
        centres = np.array([rest[codes == code].mean(axis=0) for code in range(n_batches)])
        centred = within_batch(rest, codes, n_batches)
        deviation = centred.std(axis=0)
        varies = deviation > _ROUNDING * np.abs(values).max(axis=0)
        per_unit = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
        _, _, axes = np.linalg.svd(centred * per_unit, full_matrices=False)
        axes = axes[:n_components]
        # The sign of a component is a matter of the library: the largest loading is positive here.
        signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
        return cls(coefficients, centres, per_unit, (axes * signs[:, None]).T)

    def scores(self, values: FloatArray, coded: FloatArray, codes: IntArray) -> FloatArray:
        """Give the components of rows, known or new."""
        rest = values - coded @ self.coefficients - self.centres[codes]
        return np.asarray(rest * self.per_unit @ self.axes)
