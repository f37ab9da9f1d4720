"""Tables with batch effects of one kind, for which it is known what takes them out."""

from typing import Literal, get_args

import numpy as np
import pandas as pd

from harmonize.arrays import FloatArray

Kind = Literal["none", "additive", "multiplicative", "covariance", "interaction", "travelling"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SCALING = (
    "combat",
    "protocol",
    "combat:no_empirical_bayes",
    "combat:nonparametric",
    "batch_zscore",
    "nested",
    "covbat",
)
WINNERS: dict[Kind, tuple[str, ...]] = {
    "additive": (*_SCALING, "combat:mean_only", "quantile_alignment"),
    "multiplicative": (*_SCALING, "quantile_alignment"),
    "covariance": ("covbat",),
    "interaction": (
        *(name for name in _SCALING if name not in ("nested", "protocol")),
        "combat:mean_only",
        "quantile_alignment",
    ),
    "travelling": ("paired", "batch_zscore", "combat:no_empirical_bayes", "reference_regression"),
}
"""What takes an effect out: all that shift; all that scale besides; what knows of correlations; what is told scanner
and protocol together; and what does not take differences of subjects for uncertainty about scanners."""


def planted_batches(
    kind: Kind, n_features: int = 60, n_each: int = 40, size: float = 1.0, seed: int = 0
) -> pd.DataFrame:
    """Simulate features that have correlations, skewness, an effect of age, and batch effects of one kind.

    Parameters
    ----------
    kind : str
        ``additive`` shifts, which are nearly alike for all features; ``multiplicative`` ones stretch them besides;
        under ``covariance`` features of one scanner go together as they do not in others; under ``interaction`` the
        shift is that of a scanner and protocol together, and not the sum of both; ``travelling`` subjects are on every
        scanner and differ more among one another than scanners do; ``none`` has exchangeable batches.
    n_features, n_each : int
        Features, and rows of each of three scanners.
    size : float
        Of the effect; 1 is large.
    seed : int

    Returns
    -------
    DataFrame
        Columns subject, scanner, protocol, age and the features, F0 and so on.

    Examples
    --------
    >>> planted_batches("additive", n_features=2, n_each=5).columns.tolist()
    ['subject', 'scanner', 'protocol', 'age', 'F0', 'F1']
    """
    rng = np.random.default_rng(seed)
    scanner = np.repeat([0, 1, 2], n_each)
    protocol = np.tile([0, 1], (3 * n_each + 1) // 2)[: 3 * n_each]
    subject = np.tile(np.arange(n_each), 3) if kind == "travelling" else np.arange(3 * n_each)
    age = rng.normal(60, 10, subject.max() + 1)[subject]
    common = rng.normal(size=(subject.max() + 1, 3))[subject]
    values = (
        common @ rng.normal(size=(3, n_features)) * 0.4 + (age[:, None] - 60) / 10 * rng.normal(size=n_features) * 0.6
    )
    own = rng.normal(size=(subject.max() + 1, n_features)) ** 3 / 4 + rng.normal(size=(subject.max() + 1, n_features))
    values = values + own[subject]
    values += size * _effect(kind, scanner, protocol, n_features, rng, values)
    if kind == "travelling":
        values += 0.3 * rng.normal(size=values.shape)
    table = pd.DataFrame(10 + values, columns=[f"F{i}" for i in range(n_features)])
    table.insert(0, "subject", [f"S{i:04}" for i in subject])
    table.insert(1, "scanner", np.array(["one", "two", "three"])[scanner])
    table.insert(2, "protocol", np.array(["fast", "slow"])[protocol])
    table.insert(3, "age", age)
    return table


def _effect(
    kind: Kind,
    scanner: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    protocol: "np.ndarray[tuple[int], np.dtype[np.intp]]",
    n_features: int,
    rng: np.random.Generator,
    values: FloatArray,
) -> FloatArray:
    if kind == "none":
        return np.zeros_like(values)
    if kind == "covariance":
        one = rng.normal(size=len(values))[:, None] * np.where(np.arange(n_features) % 2, 1.0, -1.0)
        other = rng.normal(size=len(values))[:, None] * np.ones(n_features)
        return np.asarray(1.5 * np.where(scanner[:, None] == 2, one, other))
    if kind == "interaction":
        cell = (scanner + protocol) % 2
        return np.asarray(np.where(cell[:, None] == 1, 1.0, -1.0) * rng.normal(1.0, 0.2, n_features))
    shift = np.array([0.0, 1.0, -1.0])[scanner][:, None] * rng.normal(1.0, 0.2, n_features)
    if kind == "multiplicative":
        stretch = np.array([1.0, 2.5, 0.5])[scanner][:, None] * np.exp(rng.normal(0, 0.1, n_features))
        return np.asarray((stretch - 1) * values + shift)
    return np.asarray(shift if kind == "additive" else 0.5 * shift)
