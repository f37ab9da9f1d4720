"""Slopes of many features drawn towards what the features have in common."""

from dataclasses import dataclass

import numpy as np

from harmonize.arrays import FloatArray


@dataclass(frozen=True)
class SlopesPrior:
    """The normal prior of the slopes of a feature.

    Parameters
    ----------
    mean : ndarray of float64, shape (n_columns,)
    covariance : ndarray of float64, shape (n_columns, n_columns)
        Without what chance adds to the estimated slopes; zero in directions in which chance explains all differences.
    """

    mean: FloatArray
    covariance: FloatArray


def shrunken_slopes(slopes: FloatArray, unit: FloatArray, noise: FloatArray) -> tuple[FloatArray, SlopesPrior]:
    """Give the posterior mean of slopes under a normal prior that is estimated across features.

    Parameters
    ----------
    slopes : ndarray of float64, shape (n_columns, n_features)
        By least squares; two features or more.
    unit : ndarray of float64, shape (n_columns, n_columns)
        Their covariance where the residual variance is 1: positive definite.
    noise : ndarray of float64, shape (n_features,)
        Residual variance of each feature.

    Returns
    -------
    posterior : ndarray of float64, shape (n_columns, n_features)
    prior : SlopesPrior

    Notes
    -----
    The mean of the prior is that of the slopes; its covariance is that of the slopes less the part that their errors
    explain (method of moments), cut off at zero in the directions of the eigenvectors. In units of `unit` all errors
    are spherical, so that features of different residual variance share these directions, and the result does not
    depend on which level of a category is the baseline or in which units a parameter is given.

    References
    ----------
    Efron & Morris 1972, Biometrika 59(2), 335-347, doi:10.1093/biomet/59.2.335.
    Morris 1983, Journal of the American Statistical Association 78(381), 47-55, doi:10.1080/01621459.1983.10477920.

    Examples
    --------
    >>> import numpy as np
    >>> posterior, prior = shrunken_slopes(np.array([[1.0, 3.0]]), np.array([[1.0]]), np.array([1.0, 1.0]))
    >>> posterior, prior.mean, prior.covariance
    (array([[1.5, 2.5]]), array([2.]), array([[1.]]))
    """
    root = np.linalg.cholesky(unit)
    whitened = np.linalg.solve(root, slopes)
    mean = whitened.mean(axis=1, keepdims=True)
    deviation = whitened - mean
    between = deviation @ deviation.T / (slopes.shape[1] - 1) - noise.mean() * np.eye(len(slopes))
    spread, axes = np.linalg.eigh(between)
    spread = np.maximum(spread, 0.0)[:, None]
    with np.errstate(invalid="ignore"):
        weight = np.nan_to_num(spread / (spread + noise))  # 0/0: slopes without error that are all the same
    posterior = root @ (mean + axes @ (weight * (axes.T @ deviation)))
    turned = root @ axes
    return posterior, SlopesPrior((root @ mean)[:, 0], (turned * spread[:, 0]) @ turned.T)
