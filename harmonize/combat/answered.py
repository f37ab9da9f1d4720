"""A harmonizer of another package learns and adjusts: what it raises names the package, what it gives is looked at."""

from typing import TYPE_CHECKING

import numpy as np

from harmonize.arrays import FloatArray

if TYPE_CHECKING:
    from harmonize.combat.base import BatchHarmonizer, BatchTable


def learn(model: "BatchHarmonizer", table: "BatchTable") -> None:
    """Learn from training rows."""
    from harmonize.combat.methods import METHODS  # only here: it names those that are made of this

    with METHODS.answered_for(model.name, scan=False):
        model._estimate(table)


def adjust(model: "BatchHarmonizer", table: "BatchTable") -> FloatArray:
    """Give the harmonized features; of another package refused if rows, columns or values are gone."""
    from harmonize.combat.methods import METHODS  # only here: it names those that are made of this

    if not METHODS.package(model.name):
        return model._adjust(table)
    missing = np.isnan(table.values)
    with METHODS.answered_for(model.name, scan=False):
        after = np.asarray(model._adjust(table), dtype=np.float64)
        if after.shape != missing.shape:
            raise ValueError(f"values of shape {after.shape}, expected {missing.shape}")
        if wrong := int((~np.isfinite(after) & ~missing).sum()):
            raise ValueError(f"{wrong} of {missing.size} values became NaN or infinite")
        return after
