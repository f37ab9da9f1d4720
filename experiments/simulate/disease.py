"""A diffuse disease of the liver: one sign that every arm shows, and one that the noise of acceleration hides."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.simulate.anatomy import FIELD_OF_VIEW
from experiments.simulate.texture import random_texture
from experiments.simulate.tissues import Tissue
from harmonize.arrays import BoolArray, FloatArray

TISSUE = "liver"
"""The tissue that is diseased, and the name of the ROI that shows it."""
CORRELATION_LENGTH = 3.0
"""Of the fine texture, mm: about one voxel, where noise lives too."""
T2_CHANGE = 0.22
FINE_TEXTURE = 0.08


@dataclass(frozen=True)
class Disease:
    """The disease of one patient. How strong it is are assumptions of this phantom, not measurements.

    Parameters
    ----------
    t2_change : float
        Prolongation of T2 as a share: the organ is brighter, in every arm.
    fine_texture : float
        Standard deviation of a texture of about one voxel, as a share of the proton density: noise hides it, and each
        reconstruction shows it at a level of its own.
    """

    t2_change: float
    fine_texture: float

    def change_tissue(self, tissue: Tissue) -> Tissue:
        """Give the tissue with a longer T2."""
        return replace(tissue, t2=tissue.t2 * (1.0 + self.t2_change))

    def change_density(self, density: FloatArray, inside: BoolArray, rng: np.random.Generator) -> FloatArray:
        """Give the proton density (z, y, x, on the fine grid) with the fine texture in it."""
        texture = random_texture(density.shape, CORRELATION_LENGTH, FIELD_OF_VIEW / density.shape[-1], rng)
        return np.asarray(density * (1.0 + self.fine_texture * np.clip(texture, -3.0, 3.0) * inside))


def draw_disease(rng: np.random.Generator) -> Disease:
    """Draw the disease of one patient; both signs vary between patients, each by itself.

    Examples
    --------
    >>> import numpy as np
    >>> disease = draw_disease(np.random.default_rng(0))
    >>> disease.t2_change > 0 and disease.fine_texture > 0
    True
    """
    change, texture = np.exp(0.3 * np.clip(rng.standard_normal(2), -2.0, 2.0))
    return Disease(float(T2_CHANGE * change), float(FINE_TEXTURE * texture))


def is_patient(subjects: int, patients: int) -> BoolArray:
    """Say which of the subjects are patients: as many as wanted, spread evenly over their numbers.

    Examples
    --------
    >>> is_patient(5, 2).astype(int).tolist()
    [0, 0, 1, 0, 1]
    """
    count = np.arange(subjects + 1) * patients // subjects
    return np.asarray(np.diff(count) > 0)
