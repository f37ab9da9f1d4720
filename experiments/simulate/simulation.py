"""What a simulated study is made of."""

from dataclasses import dataclass
from typing import Annotated

from experiments.simulate.anatomy import ROIS
from experiments.simulate.four_arms import Scanner
from experiments.simulate.tissues import SEQUENCES
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Bounds, Count, check_limits

NoneToAll = Annotated[float, Bounds(least=0, most=1)]


@dataclass(frozen=True)
class Simulation:
    """Size and physics of a simulated study.

    Parameters
    ----------
    subjects : int
        Subjects, from 1.
    sequences : tuple of str
        Of `SEQUENCES`: HASTE, HASTE-FS (fat-suppressed), HASTE-LONG (longer echo time).
    rois : int
        How many of the ten ROIs to use, in the order of `anatomy.ROIS`.
    matrix : int
        Voxels along x and along y, even, 96 to 512; the field of view stays 380 mm.
    slices : int
        Slices, from 1.
    noise : float
        Standard deviation of the noise in each of the real and the imaginary part of an image from full k-space, as
        a share of the signal of water without decay.
    acceleration : int
        R of the accelerated acquisition, 1 to 8.
    seed : int
        The same seed gives the same study; not negative.
    g_factor : float
        Largest noise amplification of parallel imaging, from 1.
    aliasing : float
        Share of a skipped line that parallel imaging fails to restore, 0 to 1.
    denoising : float
        Strength of the denoising surrogate in units of the noise; 0 for none.
    echo_spacing : float
        Distance between echoes, ms.
    bias : float
        Standard deviation of the logarithm of the receive sensitivity over the field of view.
    gain : float
        Standard deviation of the logarithm of the gain between acquisitions.
    patients : int
        How many of the subjects have a disease of the liver, see `disease.Disease`; 0 for a study without a diagnosis.

    Raises
    ------
    ValueError
        If a value is outside its range.

    Examples
    --------
    >>> Simulation(subjects=0)
    Traceback (most recent call last):
    ValueError: subjects is 0, expected 1 or more
    """

    subjects: Count = 6
    sequences: tuple[str, ...] = ("HASTE", "HASTE-FS")
    rois: Annotated[int, Bounds(least=1, most=len(ROIS))] = 5
    matrix: Annotated[int, Bounds(least=96, most=512)] = 128
    slices: Count = 3
    noise: NoneToAll = 0.006
    acceleration: Annotated[int, Bounds(least=1, most=8)] = 2
    seed: Annotated[int, Bounds(least=0)] = 0
    g_factor: Annotated[float, Bounds(least=1)] = 1.3
    aliasing: NoneToAll = 0.03
    denoising: Annotated[float, Bounds(least=0)] = 0.8
    echo_spacing: float = 3.0
    bias: NoneToAll = 0.12
    gain: NoneToAll = 0.10
    patients: int = 0

    def __post_init__(self) -> None:
        if not self.sequences or len(set(self.sequences)) != len(self.sequences):
            raise ValueError(f"sequences: {', '.join(self.sequences) or 'none'}, expected one or more, each once")
        refuse_unknown(self.sequences, SEQUENCES, "sequences", "unknown sequence")
        if self.matrix % 2:
            raise ValueError(f"matrix: {self.matrix}, expected an even number")
        shortest = min(SEQUENCES[name].echo_time for name in self.sequences)
        check_limits(self)
        Bounds(least=1, most=shortest / 4).check("echo_spacing", self.echo_spacing, ValueError)
        Bounds(least=0, most=self.subjects).check("patients", self.patients, ValueError)

    def scanner(self, full_signal: float) -> Scanner:
        """Give the scanner for images in which a signal of 1 stands at `full_signal`."""
        return Scanner(self.noise * full_signal, self.g_factor, self.aliasing, self.denoising)
