"""Undersampling: phase-encode lines that were not measured, and nothing in their place."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import ComplexArray
from harmonize.image.volume import Volume
from harmonize.inputs.limits import Bounds, check_limits
from harmonize.kspace.acquisition import measure
from harmonize.kspace.fields import PHASE_SD
from harmonize.kspace.sampling import Lines, sampled_lines
from harmonize.perturbations.base import Effect
from harmonize.perturbations.through_kspace import PhaseAxis, check_phase_axis, through_kspace


@dataclass(frozen=True)
class Undersampling:
    """Leave out phase-encode lines of k-space and fill them with zeros: aliasing as strong as it can be.

    Scanners do not leave it at that: `ParallelImaging` is what their reconstruction leaves.

    Parameters
    ----------
    acceleration : float
        R: the distance of equispaced lines, or one of how many lines is measured if they are random.
    lines : {"random", "equispaced"}
        Random ones alias as noise, equispaced ones as ghosts (`harmonize.kspace.sampling.sampled_lines`).
    centre : float
        Share of the lines, around the centre of k-space, that are all measured.
    phase : float
        Standard deviation over the field of view, in radians, of the smooth random phase that the image is given.
    phase_axis : {"auto", "x", "y", "z"}
        Axis of the file along which lines are left out; ``"auto"``: the first of a slice, y of transverse ones.

    References
    ----------
    J. Zbontar et al., "fastMRI: an open dataset and benchmarks for accelerated MRI", arXiv 1811.08839 (2018).

    Examples
    --------
    >>> from radharmony import Grid
    >>> volume = Volume(np.random.default_rng(0).uniform(50, 60, (1, 64, 64)), Grid((64, 64, 1)))
    >>> same = Undersampling(acceleration=1)(volume, np.random.default_rng(0))
    >>> bool(np.allclose(same.image, volume.image, atol=1e-12))
    True
    """

    name: ClassVar[str] = "undersampling"
    title: ClassVar[str] = "undersampling"
    effect: ClassVar[Effect] = Effect(image=True, random=True)

    acceleration: Annotated[float, Bounds(least=1, most=32)] = 2.0
    lines: Lines = "random"
    centre: Annotated[float, Bounds(least=0, most=1)] = 0.08
    phase: Annotated[float, Bounds(least=0)] = PHASE_SD
    phase_axis: PhaseAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_phase_axis(self.phase_axis)
        check_lines(self.lines, self.centre, self.acceleration)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the zero-filled magnitude; raises `ScanError` for negative intensities and lines across slices."""

        def measured(signal: ComplexArray, _: int) -> ComplexArray:
            chosen = sampled_lines(signal.shape[1], self.acceleration, self.centre, self.lines, random)
            return measure(signal, chosen.astype(float), np.zeros(()), random)

        return through_kspace(volume, self.phase_axis, self.phase, random, measured)


def check_lines(lines: str, centre: float, acceleration: float) -> None:
    """Raise a `ValueError` for a kind of lines that there is not, and for a centre that leaves no random lines.

    Examples
    --------
    >>> check_lines("random", 0.6, 2.0)
    Traceback (most recent call last):
    ValueError: centre is 0.6, expected at most 0.5, since random lines are one of 2 with those of the centre
    """
    if lines not in ("equispaced", "random"):
        raise ValueError(f"lines is '{lines}', expected 'equispaced' or 'random'")
    if lines == "random" and centre * acceleration > 1:
        raise ValueError(
            f"centre is {centre:g}, expected at most {1 / acceleration:.3g}, since random lines are one of "
            f"{acceleration:g} with those of the centre"
        )
