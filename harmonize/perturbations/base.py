"""What a perturbation is: what may have been otherwise when a scan was taken, or an ROI drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from harmonize.image.believed import believed
from harmonize.image.boxes import bounding_box
from harmonize.image.volume import Volume
from harmonize.perturbations.other_grid import OtherGrid, brought, together
from harmonize.steps.resample import Resample


@dataclass(frozen=True)
class Effect:
    """What a perturbation does to a scan; its class says so in ``effect: ClassVar[Effect]``.

    Parameters
    ----------
    image : bool
        Changes intensities as the scanner would have made them otherwise, so that by default it comes before all steps.
    grid : bool
        Brings image and ROIs to other voxels.
    masks : bool
        Changes the ROIs.
    random : bool
        Differs from draw to draw.
    """

    image: bool = False
    grid: bool = False
    masks: bool = False
    random: bool = False


@runtime_checkable
class Perturbation(Protocol):
    """What every perturbation is: a frozen dataclass, callable on a `Volume` and a source of random numbers.

    Its fields are its parameters in a study file, one number for each. It never changes the volume it is given, and all
    that is random about it comes from the source, so that equal sources give equal volumes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    effect: ClassVar[Effect]

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the perturbed volume.

        An ROI of which nothing is left has an empty mask.

        Raises
        ------
        ScanError
            If the scan cannot be perturbed at all.
        """
        ...


@runtime_checkable
class Reaching(Protocol):
    """A perturbation of ROIs that looks at no more of a scan than lies around them."""

    def reach(self, volume: Volume) -> float:
        """Give how many mm around."""
        ...


def perturb(
    chain: Iterable[Perturbation | Resample], volume: Volume, seed: int = 0, margin: float | None = None
) -> Volume:
    """Perturb a volume by one perturbation after the other, each with random numbers of its own.

    What stands side by side and brings the scan to other voxels is interpolated once, at the voxels at which all of it
    ends, if it is to be interpolated alike; the step `resample` may stand among it.

    Parameters
    ----------
    chain : iterable of Perturbation or Resample
        In order. What stands first draws the same, whatever comes behind.
    volume : Volume
        The scan.
    seed : int
        Of the random numbers.
    margin : float, optional
        Where the scan comes to other voxels, make only those around all ROIs, with so many mm on each side, and what
        changes of the ROIs that stand behind need. What is made is the same.

    Returns
    -------
    Volume
        The perturbed scan.

    Examples
    --------
    >>> import numpy as np
    >>> from radharmony import Grid
    >>> volume = Volume(np.arange(4.0).reshape(1, 1, 4), Grid((4, 1, 1)))
    >>> perturb([], volume, seed=1).image.tolist()
    [[[0.0, 1.0, 2.0, 3.0]]]
    """
    chain = list(chain)
    found, within = _perturbed(chain, volume, seed, margin)
    if within is not None and not _faces(found) <= _faces(within):  # an ROI grew to where more might have been taken
        found, _ = _perturbed(chain, volume, seed, None)
    return found


def _perturbed(
    chain: Sequence[Perturbation | Resample], volume: Volume, seed: int, margin: float | None
) -> tuple[Volume, Volume | None]:
    """Give the perturbed scan, and what was made around its ROIs before these were changed."""
    from harmonize.perturbations import PERTURBATIONS  # only here: it names those that are made of this

    waiting: list[OtherGrid | Resample] = []
    within = None
    for place, one in enumerate([*chain, None]):
        if waiting and not together(waiting[0], one):
            near = None if margin is None else _needed(chain[place:], volume, margin)
            volume, waiting = brought(waiting, volume, near, again=len(waiting) == place), []
            within = volume if near is not None else None
        if one is None:
            break
        if isinstance(one, OtherGrid | Resample):
            waiting.append(one)
        else:
            # [seed, 0] would be the source that seed alone is: the noise of an image simulated from it, once more.
            source = np.random.default_rng([seed, place + 1])
            with PERTURBATIONS.answered_for(one.name):
                volume = believed(one(volume, source), volume, one.name)
    return volume, within


def _needed(chain: Sequence[Perturbation | Resample], volume: Volume, margin: float) -> float | None:
    """Give the margin in mm with what perturbations look at around ROIs; none where they look at the whole scan."""
    for one in chain:
        if isinstance(one, OtherGrid | Resample) or one.effect.image or one.effect.grid:
            return None
        if isinstance(one, Reaching):
            margin += one.reach(volume)
        elif one.effect.masks:
            return None
    return margin


def _faces(volume: Volume) -> set[tuple[str, int, int]]:
    """Give which ROIs touch which faces of the image."""
    boxes = {name: bounding_box(mask) for name, mask in volume.masks.items()}
    ends = [(name, axis, side) for name, box in boxes.items() if box for axis, side in enumerate(box)]
    first = {(name, axis, 0) for name, axis, side in ends if side.start == 0}
    return first | {(name, axis, 1) for name, axis, side in ends if side.stop == volume.grid.shape[axis]}
