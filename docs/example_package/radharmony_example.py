"""What a package adds to radharmony: an entry of each kind."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.feature_selection import f_classif

from evaluation.reliability import STATISTICS
from harmonize.combat.base import BatchHarmonizer
from harmonize.errors import ScanError
from harmonize.perturbations import Effect
from harmonize.steps import Abilities
from selection.selectors.univariate import KBest


@dataclass(frozen=True)
class SquareRoot:
    """The square root of every intensity, times a factor."""

    name = "square_root"
    title = "square root"
    abilities = Abilities(quick=True)

    factor: float = 1.0

    def __call__(self, volume):
        """Give the changed volume."""
        if volume.image.min() < 0:
            raise ScanError(
                f"the least intensity is {volume.image.min():g}, expected 0 or more", "put it before zscore"
            )
        return volume.with_image(self.factor * np.sqrt(volume.image))


@dataclass(frozen=True)
class Brighter:
    """All intensities times a random factor, as of another receiver gain."""

    name = "brighter"
    title = "receiver gain"
    effect = Effect(image=True, random=True)

    spread: float = 0.1

    def __call__(self, volume, random):
        """Give the perturbed volume."""
        return volume.with_image(volume.image * random.lognormal(0, self.spread))


@dataclass(frozen=True)
class Quartiles:
    """The quartiles of the intensities of each ROI."""

    name = "quartiles"
    title = "quartiles"

    interpolation: str = "linear"

    def __call__(self, volume):
        """Give of each ROI its features by name, or a ScanError that says why there are none."""
        found = {}
        for roi, mask in volume.masks.items():
            numbers = np.percentile(volume.image[mask], (25, 50, 75), method=self.interpolation)
            found[roi] = {f"original_firstorder_Quartile{i}": number for i, number in enumerate(numbers, start=1)}
        return found


HALF_CV = replace(
    STATISTICS["cv"],
    label="Half CV",
    compute=lambda values, settings: STATISTICS["cv"].compute(
        values / 2 + values.mean(-1, keepdims=True) / 2, settings
    ),
    per_subject=None,
    definition="The coefficient of variation after half of each difference is gone.",
)


class SameMean(BatchHarmonizer):
    """Shift every batch to the mean of all."""

    name, title = "same_mean", "same mean of all batches"

    def __init__(self, batch="batch"):
        self.batch = batch

    def _estimate(self, table):
        means = [table.values[table.codes == code].mean(axis=0) for code in range(len(self.batches_))]
        self.shifts_ = np.array(means) - table.values.mean(axis=0)

    def _adjust(self, table):
        return table.values - self.shifts_[table.codes]


def first(n_features: int = 3):
    """Keep the features whose means differ most between the classes."""
    return KBest(f_classif, k=n_features)
