"""Features that a LASSO or elastic net chooses again and again."""

import warnings
from dataclasses import KW_ONLY, dataclass
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import enet_path
from sklearn.utils.validation import check_is_fitted

from evaluation.column_selector import ClassSelector
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, Count, Share, check_limits
from selection.correlation import standardized
from selection.resamples import subsamples

STEP = 0.93
"""Each penalty of a path over the one before."""

STEPS = 100
"""Longest path: down to less than a thousandth of the first penalty."""


@dataclass(eq=False, repr=False)
class StabilitySelection(ClassSelector):
    """Keep the features that are among the first to enter a LASSO or elastic net in most subsamples.

    In each subsample of half of the subjects the penalty is lowered until `q` features have entered; a feature is kept
    if it was among them in at least the share `threshold` of the subsamples. The loss is the squared error of the
    indicators of the classes; with more than two classes a feature enters for all of them together.

    Parameters
    ----------
    threshold : float
        Least selection frequency, above 0.5; 0.6 to 0.9 is usual.
    q : int
        Features that may enter in a subsample.
    l1_ratio : float
        1 for the LASSO, less for the elastic net, which lets correlated features enter together.
    n_resamples : int
        Subsamples.
    random_state : int, RandomState or None
        For the subsamples.

    Attributes
    ----------
    frequencies_ : ndarray of float64, shape (n_columns,)
        Share of subsamples in which each column was among the first.
    selected_ : ndarray of bool, shape (n_resamples, n_columns)
        Which were, by subsample; for `selection.selection_stability`.
    error_bound_ : float
        Bound on the expected number of wrongly kept features, q^2 / ((2 threshold - 1) n_columns), under the
        assumptions of the paper.

    Notes
    -----
    A selection may be empty, which is an answer: no feature is stable. `transform` then warns and gives no columns.

    References
    ----------
    Meinshausen N, Bühlmann P. Stability selection. Journal of the Royal Statistical Society B 2010;72(4):417-473.
    doi:10.1111/j.1467-9868.2010.00740.x

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 60)
    >>> X = rng.normal(size=(120, 30))
    >>> X[:, [3, 7]] += 1.5 * y[:, None]
    >>> StabilitySelection(0.8, q=4, random_state=0).fit(X, y).get_support(indices=True).tolist()
    [3, 7]
    """

    threshold: Annotated[float, Bounds(above=0.5, most=1)] = 0.7
    _: KW_ONLY
    q: Count = 10
    l1_ratio: Share = 1.0
    n_resamples: Count = 100
    random_state: Any = None

    def fit(self, X: Any, y: Any, groups: ArrayLike | None = None) -> Self:
        """Count how often each feature is among the first.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_columns)
            Finite values; standardized here.
        y : array_like, shape (n_rows,)
            Classes.
        groups : array_like, shape (n_rows,), optional
            The subject of each row, if there are several rows a subject.

        Raises
        ------
        ConfigurationError
            For a parameter out of range, or a class with one subject only.
        """
        check_limits(self, ConfigurationError)
        values, labels = self._values_and_classes(X, y)
        classes, codes = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise ConfigurationError(f"y: all rows are of one class, '{classes[0]}'; expected two or more classes")
        target = np.eye(len(classes))[codes] if len(classes) > 2 else codes.astype(np.float64)
        draws = subsamples(codes, groups, n_resamples=self.n_resamples, random_state=self.random_state)
        self.selected_ = np.array([first_to_enter(values[r], target[r], self.q, self.l1_ratio) for r in draws])
        self.frequencies_ = self.selected_.mean(axis=0)
        self.error_bound_ = self.q**2 / ((2 * self.threshold - 1) * values.shape[1])
        return self

    def _get_support_mask(self) -> BoolArray:
        check_is_fitted(self)
        return np.asarray(self.frequencies_ >= self.threshold)


def first_to_enter(values: FloatArray, target: FloatArray, q: int, l1_ratio: float = 1.0) -> BoolArray:
    """Find the features that enter an elastic net first as its penalty is lowered.

    Parameters
    ----------
    values : ndarray, shape (n_rows, n_columns)
    target : ndarray, shape (n_rows,) or (n_rows, n_classes)
    q : int
        How many may enter. Of several that enter at the same penalty those with the largest coefficients.
    l1_ratio : float

    Returns
    -------
    ndarray of bool, shape (n_columns,)
        At most `q` are true.

    Examples
    --------
    >>> first_to_enter(np.array([[0.0, 1], [0, 0], [1, 1], [1, 0]]), np.array([0.0, 0, 1, 1]), 1).tolist()
    [True, False]
    """
    unit = np.asfortranarray(standardized(values))
    centred = target - target.mean(axis=0)
    covariance = np.abs(unit.T @ centred) if centred.ndim == 1 else np.linalg.norm(unit.T @ centred, axis=1)
    penalty = covariance.max() / (len(unit) * l1_ratio)
    entered = np.zeros(unit.shape[1], dtype=bool)
    coefficients = None
    if penalty <= 0:
        return entered
    for _ in range(STEPS):
        penalty *= STEP
        with warnings.catch_warnings():
            # Which features have entered does not wait for the last digits of their coefficients.
            warnings.simplefilter("ignore", ConvergenceWarning)
            path = enet_path(unit, centred, l1_ratio=l1_ratio, alphas=[penalty], coef_init=coefficients, tol=1e-3)[1]
        coefficients = path[..., 0]
        size = np.abs(coefficients) if coefficients.ndim == 1 else np.linalg.norm(coefficients, axis=0)
        new = np.flatnonzero((size > 0) & ~entered)
        room = q - int(entered.sum())
        entered[new[np.argsort(-size[new], kind="stable")][:room]] = True
        if len(new) >= room:
            break
    return entered
