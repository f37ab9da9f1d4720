"""What a fitted ComBat has learned, batch by batch: prior, estimates before and after empirical Bayes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from harmonize.arrays import FloatArray

if TYPE_CHECKING:
    from harmonize.combat.combat import ComBat


@dataclass(frozen=True)
class BatchPrior:
    """Location and squared scale of one batch over its features, standardized, with what they are drawn towards.

    Parameters
    ----------
    batch : str
        Label of the batch.
    rows : int
        Values that an estimate rests on, at most.
    gamma_hat, gamma_star : ndarray of float64, shape (n_features,)
        Location before and after empirical Bayes, in units of the pooled standard deviation.
    delta_hat, delta_star : ndarray of float64, shape (n_features,)
        Squared scale before and after, as a multiple of the pooled variance.
    gamma_bar, tau2 : float
        Mean and variance of the normal prior of the location.
    a, b : float
        Shape and scale of the inverse gamma prior of the squared scale; infinite where all features have one scale.
    parametric : bool
        Whether these priors were used; without them the other features themselves were the prior.
    """

    batch: str
    rows: int
    gamma_hat: FloatArray
    gamma_star: FloatArray
    delta_hat: FloatArray
    delta_star: FloatArray
    gamma_bar: float
    tau2: float
    a: float
    b: float
    parametric: bool = True

    def location_density(self, x: FloatArray) -> FloatArray:
        """Give the density of the normal prior."""
        from scipy.stats import norm  # only here: loading it takes long

        return np.asarray(norm.pdf(x, self.gamma_bar, np.sqrt(self.tau2)), dtype=np.float64)

    def scale_density(self, x: FloatArray) -> FloatArray:
        """Give the density of the inverse gamma prior."""
        from scipy.stats import invgamma

        return np.asarray(invgamma.pdf(x, self.a, scale=self.b), dtype=np.float64)


def batch_priors(model: "ComBat") -> tuple[BatchPrior, ...]:
    """Give prior and estimates of every batch but the reference.

    Parameters
    ----------
    model : ComBat
        Fitted, with empirical Bayes; untouched features are left out.

    Returns
    -------
    tuple of BatchPrior
        Empty without empirical Bayes.

    Notes
    -----
    The priors are those of the method of moments, from the estimates of all features of the batch. Where histogram
    and prior differ much, `parametric=False` is the safer choice.

    Examples
    --------
    >>> import pandas as pd
    >>> from harmonize.combat import ComBat
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(60, 40))).add_prefix("f").assign(scan=["REF", "ACC"] * 30)
    >>> X.loc[X["scan"] == "ACC", "f0":"f39"] += 1.0
    >>> (prior,) = batch_priors(ComBat("scan", reference="REF").fit(X))
    >>> prior.batch, round(prior.gamma_bar, 1), bool(prior.gamma_star.std() < prior.gamma_hat.std())
    ('ACC', 1.1, True)
    """
    check_is_fitted(model)
    effects = model.effects_
    if effects.priors is None:
        return ()
    used = ~effects.untouched
    return tuple(
        BatchPrior(
            batch=str(label),
            rows=int(model.counts_[i].max()),
            gamma_hat=effects.gamma_hat[i, used],
            gamma_star=effects.gamma_star[i, used],
            delta_hat=effects.delta_hat[i, used],
            delta_star=effects.delta_star[i, used],
            gamma_bar=float(effects.priors.gamma_bar[i]),
            tau2=float(effects.priors.tau2[i]),
            a=float(effects.priors.a[i]),
            b=float(effects.priors.b[i]),
            parametric=bool(model.parametric),
        )
        for i, label in enumerate(model.batches_)
        if i != effects.reference
    )
