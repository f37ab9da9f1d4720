"""Batches that nobody has named: a Gaussian mixture of rows on few principal components."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np

from harmonize.arrays import FloatArray, IntArray
from harmonize.combat.reader import Reader

SEPARATED = 2.0
"""Distance of two components, in their standard deviations, beyond which they are told apart (Ashman's D)."""

LEAST_ROWS = 10
"""Rows of a found batch below which nothing is learned of it."""

_STARTS = 5


@dataclass(frozen=True)
class Mixture:
    """A Gaussian mixture.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_batches,)
    means : ndarray of float64, shape (n_batches, n_dimensions)
    covariances : ndarray of float64, shape (n_batches, n_dimensions, n_dimensions)
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    @classmethod
    def from_reader(cls, reader: Reader, n_dimensions: int) -> Self:
        """Take a mixture from a file, checking shapes and values.

        Raises
        ------
        ConfigurationError
            Naming the part that does not fit.
        """
        n_batches = len(reader.entries("weights"))
        covariances = reader.array("covariances", (n_batches, n_dimensions, n_dimensions))
        weights = reader.array("weights", (n_batches,), least=np.finfo(np.float64).tiny)
        try:
            np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError as error:
            raise reader.error("covariances", "are none of a distribution") from error
        return cls(weights, reader.array("means", (n_batches, n_dimensions)), covariances)

    def assign(self, scores: FloatArray) -> IntArray:
        """Give the component that each row most probably is of.

        Examples
        --------
        >>> import numpy as np
        >>> two = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [4.0]]), np.ones((2, 1, 1)))
        >>> two.assign(np.array([[0.1], [1.9], [2.1]]))
        array([0, 0, 1])
        """
        logs = np.empty((len(scores), len(self.weights)))
        for k, (weight, mean, covariance) in enumerate(zip(self.weights, self.means, self.covariances, strict=True)):
            root = np.linalg.cholesky(covariance)
            distance = (np.linalg.solve(root, (scores - mean).T) ** 2).sum(axis=0)
            logs[:, k] = np.log(weight) - np.log(np.diagonal(root)).sum() - 0.5 * distance
        return np.asarray(logs.argmax(axis=1), dtype=np.intp)

    def separation(self) -> float:
        """Give the least distance of two components in units of their mean covariance; infinite for one alone."""
        distances = [np.inf]
        for i, j in combinations(range(len(self.weights)), 2):
            difference = self.means[i] - self.means[j]
            distances.append(
                float(
                    np.sqrt(difference @ np.linalg.solve((self.covariances[i] + self.covariances[j]) / 2, difference))
                )
            )
        return min(distances)


def find_batches(scores: FloatArray, most: int, least_share: float) -> Mixture:
    """Find how many batches rows are of, and which.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows, n_dimensions)
        Rows on few principal components.
    most : int
        Batches at most.
    least_share : float
        Share of the rows that each batch must have, and `LEAST_ROWS` of them.

    Returns
    -------
    Mixture
        That of the lowest BIC among the mixtures whose components are separated; in the order of their means on the
        first component. One component where there are no batches.

    Notes
    -----
    The Bayesian information criterion compares descriptions of a density, and skewed features are described better
    by two overlapping components than by one. Components therefore have to be apart as well: by more than 2 standard
    deviations of either, where a mixture of two equal parts has two modes (Ashman's D, here in all dimensions).

    References
    ----------
    Fraley & Raftery 2002, Journal of the American Statistical Association 97(458), 611-631,
    doi:10.1198/016214502760047131. Ashman, Bird & Zepf 1994, Astronomical Journal 108(6), 2348-2361,
    doi:10.1086/117248. Schwarz 1978, Annals of Statistics 6(2), 461-464, doi:10.1214/aos/1176344136.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> scores = rng.normal(size=(60, 2)) + 5.0 * (np.arange(60) < 20)[:, None]
    >>> find_batches(scores, most=4, least_share=0.1).weights.round(2)
    array([0.67, 0.33])
    """
    from sklearn.mixture import GaussianMixture  # only here: it loads much that nothing else needs

    best, lowest = None, np.inf
    for n_batches in range(1, most + 1):
        if n_batches > 1 and len(scores) < n_batches * max(LEAST_ROWS, least_share * len(scores)):
            break
        model = GaussianMixture(n_batches, n_init=_STARTS, random_state=0, reg_covar=1e-6 * float(scores.var()))
        found = _ordered(model.fit(scores))
        rows = np.bincount(found.assign(scores), minlength=n_batches).min()
        usable = n_batches == 1 or rows >= max(LEAST_ROWS, least_share * len(scores))
        if usable and found.separation() > SEPARATED and (best is None or model.bic(scores) < lowest):
            best, lowest = found, float(model.bic(scores))
    assert best is not None  # noqa: S101  # for the type checker: one component is always usable
    return best


def _ordered(model: Any) -> Mixture:
    """Take the parameters of a fitted mixture, in the order of its means, which does not depend on the start."""
    order = np.argsort(model.means_[:, 0])
    return Mixture(*(getattr(model, name)[order] for name in ("weights_", "means_", "covariances_")))
