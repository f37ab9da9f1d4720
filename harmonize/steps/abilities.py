"""What others ask of a step: its class says so, and nobody else lists steps by name."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from harmonize.arrays import FloatArray
from harmonize.image.volume import Grid, Volume


@dataclass(frozen=True)
class Abilities:
    """What holds for a step; its class names what applies in ``abilities: ClassVar[Abilities]``.

    Parameters
    ----------
    quick : bool
        Takes hardly longer than reading the scan, so that the audit does it to count gray levels.
    one_scale : bool
        Brings the intensities of all scans to one scale.
    centres : bool
        Leaves many intensities at 0 or below.
    takes_logarithm : bool
        Leaves out voxels at 0 and below, as they have no logarithm.
    """

    quick: bool = False
    one_scale: bool = False
    centres: bool = False
    takes_logarithm: bool = False


def abilities_of(step: object) -> Abilities:
    """Give the abilities of a step, or of its class; those of one that states none are none.

    Examples
    --------
    >>> from harmonize.steps import Median, ZScore
    >>> abilities_of(ZScore).centres, abilities_of(Median(1)).quick
    (True, False)
    """
    found = getattr(step, "abilities", Abilities())
    return found if isinstance(found, Abilities) else Abilities()


@runtime_checkable
class ChangesGrid(Protocol):
    """A step that brings scans to other voxels, which it can tell without their intensities."""

    def grid(self, grid: Grid, reference: Grid | None = None) -> Grid:
        """Give the grid that a scan is brought to; raises `ScanError` where there is none."""
        ...


@runtime_checkable
class DividesField(Protocol):
    """A step that divides out a smooth field, which pictures and intermediate images show."""

    def log_bias_field(self, volume: Volume) -> FloatArray:
        """Estimate the logarithm of the field."""
        ...


def needs_reference(step: object) -> bool:
    """Tell whether a step asks for the scan of the subject under the reference condition."""
    return bool(getattr(step, "needs_reference", False))
