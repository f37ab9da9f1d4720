"""Simple rivals of ComBat, which it has to beat on held-out subjects to earn its place."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from typing import Annotated, Any

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.combat.base import BatchTable
from harmonize.combat.design import check_counts, check_size, reference_position
from harmonize.combat.labels import encode, labels_of
from harmonize.combat.location_scale import Options, fit_location_scale, standardization
from harmonize.combat.moments import batch_moments
from harmonize.combat.reader import Reader
from harmonize.combat.saved import EffectsHarmonizer, SavedHarmonizer
from harmonize.errors import ConfigurationError
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.words import plural


class BatchZScore(EffectsHarmonizer):
    """Bring every batch to one mean and one standard deviation, each feature and batch by itself.

    This is ComBat without pooling between features and without covariates.

    Parameters
    ----------
    batch : hashable
        Column that names the batch.
    reference : label, optional
        Batch whose mean and standard deviation are taken; without one, the mean of all rows and the standard deviation
        within batches.

    Attributes
    ----------
    effects_ : LocationScale
        Mean and squared standard deviation of each batch, standardized.
    untouched_features_ : list
        Features that do not vary within some batch, which pass unchanged.
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"scan": ["A", "A", "B", "B"], "f": [1.0, 3.0, 10.0, 14.0]})
    >>> BatchZScore("scan", reference="A").fit_transform(X).ravel()
    array([1., 3., 1., 3.])
    """

    name = "batch_zscore"
    title = "z-scoring"
    reference_ddof = 1

    def __init__(self, batch: Hashable = "batch", *, reference: Hashable = None) -> None:
        self.batch = batch
        self.reference = reference

    def _estimate(self, table: BatchTable) -> None:
        reference = reference_position(self.reference, self.batches_)
        moments = batch_moments(table.values, table.codes, len(self.batches_))
        check_counts(self, moments, least=2)
        check_size(self, moments)
        mean, variance = standardization(moments, reference)
        if reference is not None:
            variance = moments.squares[reference] / (moments.count[reference] - self.reference_ddof)
        untouched = np.any(moments.constant, axis=0)
        options = self.location_scale_options()
        self.effects_ = fit_location_scale(moments, mean, variance, untouched, options, reference)

    def location_scale_options(self) -> Options:
        """Give a model without empirical Bayes."""
        return Options(empirical_bayes=False)

    def _adjust(self, table: BatchTable) -> FloatArray:
        return self.effects_.apply(table.values, table.codes, overwrite=True)


class _ReferenceHarmonizer(SavedHarmonizer):
    """Base of the rivals that map every other batch to a reference batch, feature by feature."""

    needs_reference = True

    reference: Hashable
    reference_: int

    def _estimate(self, table: BatchTable) -> None:
        if self.reference is None:
            raise ConfigurationError("reference is missing; name the batch that the others are brought to")
        position = reference_position(self.reference, self.batches_)
        assert position is not None  # noqa: S101  # for the type checker: the reference was given
        self.reference_ = position
        moments = batch_moments(table.values, table.codes, len(self.batches_))
        check_counts(self, moments, least=2)
        check_size(self, moments)
        self._learn_maps(table)

    @abstractmethod
    def _learn_maps(self, table: BatchTable) -> None:
        """Learn the map of each batch."""

    @abstractmethod
    def _map(self, rows: FloatArray, batch: int) -> FloatArray:
        """Map rows of one batch that is not the reference."""

    def _adjust(self, table: BatchTable) -> FloatArray:
        out = table.values.copy()
        for batch in range(len(self.batches_)):
            if batch != self.reference_:
                rows = table.codes == batch
                out[rows] = self._map(table.values[rows], batch)
        return out

    def _set_state(self, state: Mapping[str, Any]) -> None:
        reader = Reader(state)
        position = self._reference_of(reader)
        if position is None:
            raise reader.error("batches", "have no reference")
        self.reference_ = position
        self._set_maps(reader, len(self.batches_), len(self.features_))

    @abstractmethod
    def _set_maps(self, reader: Reader, n_batches: int, n_features: int) -> None:
        """Take the map of each batch, as `_state` gave it."""


class QuantileAlignment(_ReferenceHarmonizer):
    """Map the quantiles of every batch to those of the reference batch.

    Straight lines lead from quantile to quantile; beyond the outermost ones rows are shifted as these are.

    Parameters
    ----------
    batch : hashable
        Column that names the batch.
    reference : label
        Batch that stays as it is.
    n_quantiles : int
        Quantiles to align, from the smallest value to the largest; more than a batch has rows add nothing but its
        noise.

    Attributes
    ----------
    quantiles_ : ndarray of float64, shape (n_batches, n_quantiles, n_features)
        Quantiles of each batch.
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"scan": ["A"] * 3 + ["B"] * 3, "f": [1.0, 2.0, 5.0, 10.0, 30.0, 20.0]})
    >>> QuantileAlignment("scan", reference="A", n_quantiles=3).fit_transform(X).ravel()
    array([1., 2., 5., 1., 5., 2.])
    """

    name = "quantile_alignment"
    title = "quantile alignment"

    quantiles_: FloatArray

    def __init__(
        self,
        batch: Hashable = "batch",
        *,
        reference: Hashable = None,
        n_quantiles: Annotated[int, Bounds(least=2)] = 11,
    ) -> None:
        self.batch = batch
        self.reference = reference
        self.n_quantiles = n_quantiles

    def _learn_maps(self, table: BatchTable) -> None:
        self._check_parameters()
        levels = np.linspace(0.0, 1.0, self.n_quantiles)
        quantiles = np.nanquantile if np.isnan(table.values).any() else np.quantile  # many times as fast
        self.quantiles_ = np.array(
            [quantiles(table.values[table.codes == batch], levels, axis=0) for batch in range(len(self.batches_))]
        )

    def _map(self, rows: FloatArray, batch: int) -> FloatArray:
        source, target = self.quantiles_[batch], self.quantiles_[self.reference_]
        inside = np.clip(rows, source[0], source[-1])
        piece = np.zeros(rows.shape, dtype=np.intp)
        for level in source[1:-1]:
            piece += inside >= level
        start, image = (np.take_along_axis(part, piece, axis=0) for part in (source, target))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.take_along_axis(np.diff(target, axis=0) / np.diff(source, axis=0), piece, axis=0)
            out = np.asarray(slope * (inside - start) + image + (rows - inside))
        for feature in np.flatnonzero((np.diff(source, axis=0) <= 0).any(axis=0)):
            # Equal source quantiles share the mean of their targets, so that the map is one.
            places, group = np.unique(source[:, feature], return_inverse=True)
            images = np.bincount(group, weights=target[:, feature]) / np.bincount(group)
            mapped = np.interp(inside[:, feature], places, images) + (rows[:, feature] - inside[:, feature])
            out[:, feature] = np.where(np.isnan(rows[:, feature]), np.nan, mapped)
        return out

    def _check_parameters(self) -> None:
        check_limits(self, ConfigurationError)

    def _state(self) -> dict[str, Any]:
        return {"quantiles": self.quantiles_}

    def _set_maps(self, reader: Reader, n_batches: int, n_features: int) -> None:
        self.quantiles_ = reader.array("quantiles", (n_batches, self.n_quantiles, n_features))
        if (np.diff(self.quantiles_, axis=1) < 0.0).any():
            raise reader.error("quantiles", "fall")


class ReferenceRegression(_ReferenceHarmonizer):
    """Predict a subject's value in the reference batch from the one in another, by least squares over paired subjects.

    Its predictions have less variance than what they predict (regression to the mean), which lowers agreement in scale;
    that belongs to the method.

    Parameters
    ----------
    batch : hashable
        Column that names the batch.
    subject : hashable
        Column that names the subject; rows are averaged where a subject has several in a batch.
    reference : label
        Batch that is predicted.

    Attributes
    ----------
    slope_, intercept_ : ndarray of float64, shape (n_batches, n_features)
        Of each batch; 1 and 0 for the reference.
    batches_, features_, n_features_in_, feature_names_in_
        As for `ComBat`.

    Raises
    ------
    ConfigurationError
        From `fit`, when fewer than three subjects have a feature in both batches.

    Notes
    -----
    A feature that is constant in a batch over the paired subjects is mapped to the mean of the reference.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"scan": ["A"] * 3 + ["B"] * 3, "subject": [1, 2, 3, 3, 2, 1], "f": [1.0, 2, 3, 8, 6, 4]})
    >>> ReferenceRegression("scan", "subject", reference="A").fit_transform(X).ravel()
    array([1., 2., 3., 3., 2., 1.])
    """

    name = "reference_regression"
    title = "regression on the reference"
    paired = True

    slope_: FloatArray
    intercept_: FloatArray

    def __init__(self, batch: Hashable = "batch", subject: Hashable = "subject", *, reference: Hashable = None) -> None:
        self.batch = batch
        self.subject = subject
        self.reference = reference

    def _roles(self) -> dict[str, tuple[Hashable, ...]]:
        return {"batch": (self.batch,), "subject": (self.subject,)}

    def _learn_maps(self, table: BatchTable) -> None:
        what = f"subject '{self.subject}'"
        labels = labels_of(table.frame[self.subject], what, codes=False)
        subjects = encode(table.frame[self.subject], labels, what)
        means = [
            batch_moments(table.values[rows], subjects[rows], len(labels)).mean
            for rows in (table.codes == batch for batch in range(len(self.batches_)))
        ]
        self.slope_ = np.ones((len(self.batches_), table.values.shape[1]))
        self.intercept_ = np.zeros_like(self.slope_)
        for batch in range(len(self.batches_)):
            if batch != self.reference_:
                self.slope_[batch], self.intercept_[batch] = self._line(means[batch], means[self.reference_], batch)

    def _line(self, x: FloatArray, y: FloatArray, batch: int) -> tuple[FloatArray, FloatArray]:
        paired = ~np.isnan(x) & ~np.isnan(y)
        n = paired.sum(axis=0)
        if (n < 3).any():
            feature = int((n < 3).argmax())
            raise ConfigurationError(
                f"feature '{self.features_[feature]}': {plural(int(n[feature]), 'subject')} with values in batch "
                f"{self.batches_[batch]!r} and in the reference {self.reference!r}, at least 3 are "
                "needed; give paired subjects"
            )
        x_mean, y_mean = np.where(paired, x, 0.0).sum(axis=0) / n, np.where(paired, y, 0.0).sum(axis=0) / n
        dx, dy = np.where(paired, x - x_mean, 0.0), np.where(paired, y - y_mean, 0.0)
        squares = (dx**2).sum(axis=0)
        slope = np.divide((dx * dy).sum(axis=0), squares, out=np.zeros_like(squares), where=squares > 0.0)
        return slope, y_mean - slope * x_mean

    def _map(self, rows: FloatArray, batch: int) -> FloatArray:
        mapped: FloatArray = rows * self.slope_[batch] + self.intercept_[batch]
        return mapped

    def _state(self) -> dict[str, Any]:
        return {"slope": self.slope_, "intercept": self.intercept_}

    def _set_maps(self, reader: Reader, n_batches: int, n_features: int) -> None:
        self.slope_ = reader.array("slope", (n_batches, n_features))
        self.intercept_ = reader.array("intercept", (n_batches, n_features))
