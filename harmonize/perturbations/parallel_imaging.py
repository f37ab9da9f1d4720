"""Parallel imaging: a faster scan, with the noise and the ghosts that its reconstruction leaves."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from harmonize.arrays import ComplexArray
from harmonize.image.noise import noise_of_scan
from harmonize.image.volume import Volume
from harmonize.inputs.limits import AboveZero, Bounds, check_limits
from harmonize.kspace.acquisition import measure
from harmonize.kspace.fields import PHASE_SD, noise_amplification
from harmonize.kspace.sampling import sampled_lines
from harmonize.perturbations.base import Effect
from harmonize.perturbations.through_kspace import PhaseAxis, check_phase_axis, through_kspace


@dataclass(frozen=True)
class ParallelImaging:
    """The scan as if it had been accelerated: noise by sqrt(R) and the g-factor, and what is left of aliasing.

    The scan's own noise counts: as much is added as is missing. It is the arithmetic of the simulated studies
    (`harmonize.kspace.acquisition`), applied to a real image.

    Parameters
    ----------
    acceleration : float
        R: distance of the equispaced lines that are measured. As those of the centre are too, noise rises by the
        square root of all lines over the measured ones.
    centre : float
        Share of the lines, around the centre of k-space, that are all measured.
    aliasing : float
        Share of a skipped line that the reconstruction fails to restore; it leaves a ghost.
    g_factor : float
        Noise amplification in the middle of the slice; it falls to 1 at its corners.
    sigma : float, optional
        Noise of the scan as it is, in units of the image; absent: estimated in the foreground.
    phase : float
        Standard deviation over the field of view, in radians, of the smooth random phase that the image is given.
    phase_axis : {"auto", "x", "y", "z"}
        Axis of the file along which lines are skipped; ``"auto"``: the first of a slice, y of transverse ones.

    References
    ----------
    K. P. Pruessmann, M. Weiger, M. B. Scheidegger, P. Boesiger, "SENSE: sensitivity encoding for fast MRI", Magn Reson
    Med 42 (1999) 952-962.

    Examples
    --------
    >>> from radharmony import Grid
    >>> noise = np.random.default_rng(0).normal(0.0, 5.0, (20, 64, 64))
    >>> volume = Volume(100 + noise, Grid((64, 64, 20), (1.0, 1.0, 3.0)))
    >>> faster = ParallelImaging(4.0, centre=0.0, g_factor=1.0, aliasing=0.0)(volume, np.random.default_rng(1))
    >>> round(float(faster.image.std()))
    10
    """

    name: ClassVar[str] = "parallel_imaging"
    title: ClassVar[str] = "parallel imaging"
    effect: ClassVar[Effect] = Effect(image=True, random=True)

    acceleration: Annotated[float, Bounds(least=1, most=32)] = 2.0
    centre: Annotated[float, Bounds(least=0, most=1)] = 0.08
    aliasing: Annotated[float, Bounds(least=0, most=1)] = 0.03
    g_factor: Annotated[float, Bounds(least=1)] = 1.3
    sigma: AboveZero | None = None
    phase: Annotated[float, Bounds(least=0)] = PHASE_SD
    phase_axis: PhaseAxis = "auto"

    def __post_init__(self) -> None:
        check_limits(self)
        check_phase_axis(self.phase_axis)

    def __call__(self, volume: Volume, random: np.random.Generator) -> Volume:
        """Give the accelerated scan; raises `ScanError` where noise is not estimated, or no line can be skipped."""

        def measured(signal: ComplexArray, slices: int) -> ComplexArray:
            level = self.sigma or noise_of_scan(volume, slices, "give `sigma`, in units of the image")
            chosen = sampled_lines(signal.shape[1], self.acceleration, self.centre, "equispaced", random)
            g = noise_amplification((signal.shape[1], signal.shape[2]), self.g_factor, 1 if chosen.all() else 2)
            added = level * np.sqrt(g**2 / chosen.mean() - 1)
            return measure(signal, np.where(chosen, 1.0, 1 - self.aliasing), added, random)

        return through_kspace(volume, self.phase_axis, self.phase, random, measured)
