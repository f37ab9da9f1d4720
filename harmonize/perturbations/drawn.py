"""Perturbations bound to their random numbers: a step as any other of a strategy."""

from dataclasses import dataclass, replace
from typing import ClassVar

from harmonize.errors import ScanError
from harmonize.image.volume import Volume
from harmonize.perturbations.base import Perturbation, perturb
from harmonize.remarks import unsaid


@dataclass(frozen=True)
class Perturbed:
    """Perturb a scan by one perturbation after the other; equal seeds give equal scans.

    Parameters
    ----------
    chain : tuple of Perturbation
        In order.
    seed : int
        Of the random numbers.
    margin : float, optional
        Where it brings the scan to other voxels, only those around the ROIs are made, with so many mm on each side.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid, GammaCurve
    >>> volume = Volume(np.array([[[0.0, 2.0, 4.0]]]), Grid((3, 1, 1)))
    >>> Perturbed((GammaCurve(1.0),), seed=1)(volume).image.round(9).tolist()
    [[[0.0, 2.0, 4.0]]]
    """

    name: ClassVar[str] = "perturbation"

    chain: tuple[Perturbation, ...]
    seed: int
    margin: float | None = None

    @property
    def kind(self) -> str:
        """What takes as long as it, whatever the numbers."""
        near = "" if self.margin is None else f" within {self.margin:g} mm"
        return f"{self.name}: {'+'.join(one.name for one in self.chain)}{near}"

    def __call__(self, volume: Volume) -> Volume:
        """Give the perturbed volume; an ROI of which nothing is left has an empty mask."""
        with unsaid():  # of lost ROIs `left_of` tells
            return perturb(self.chain, volume, self.seed, self.margin)


def left_of(volume: Volume) -> tuple[Volume, dict[str, ScanError]]:
    """Give a perturbed scan with the ROIs that something is left of, and for the others why they have no features.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> masks = {"cyst": np.zeros((1, 1, 4), bool), "liver": np.ones((1, 1, 4), bool)}
    >>> volume, lost = left_of(Volume(np.ones((1, 1, 4)), Grid((4, 1, 1)), masks))
    >>> list(volume.masks), lost["cyst"].problem
    (['liver'], 'nothing is left of the ROI in the perturbed image')
    """
    problem = "nothing is left of the ROI in the perturbed image"
    advice = "perturb this ROI less, or judge it without this perturbation; the others are as they are"
    gone = [roi for roi, mask in volume.masks.items() if not mask.any()]
    lost = {roi: volume.lost.get(roi, ScanError(problem, advice)) for roi in gone}
    return replace(volume, masks={roi: mask for roi, mask in volume.masks.items() if roi not in lost}), lost
