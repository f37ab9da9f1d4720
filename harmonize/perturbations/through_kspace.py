"""What perturbations share that look at a scan as its scanner did: k-space of a magnitude image, and back."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from harmonize.arrays import ComplexArray
from harmonize.errors import ScanError
from harmonize.image.field_of_view import unpadded, where_acquired
from harmonize.image.slices import ARRAY_AXES, infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.kspace.fields import smooth_field
from harmonize.kspace.reconstruction import reconstruct_standard

PhaseAxis = Literal["auto", "x", "y", "z"]
"""Along which axis of the file lines are skipped; ``"auto"``: the first of a slice, y of transverse slices."""


def check_phase_axis(named: str) -> None:
    """Raise a `ValueError` for what is no axis.

    Examples
    --------
    >>> check_phase_axis("row")
    Traceback (most recent call last):
    ValueError: phase_axis is 'row', expected 'auto', 'x', 'y' or 'z'
    """
    if named not in ("auto", *ARRAY_AXES):
        raise ValueError(f"phase_axis is '{named}', expected 'auto', 'x', 'y' or 'z'")


def check_magnitudes(volume: Volume, wanted: str) -> None:
    """Raise a `ScanError` for an image with negative intensities.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> check_magnitudes(Volume(np.full((1, 1, 1), -2.0), Grid((1, 1, 1))), "for Rician noise")
    Traceback (most recent call last):
    harmonize.errors.ScanError: the lowest intensity is -2, expected magnitudes, 0 or more, for Rician noise; ...
    """
    least = float(volume.image.min() if volume.outside is None else volume.image[~volume.outside].min(initial=0))
    if least < 0:
        raise ScanError(
            f"the lowest intensity is {least:g}, expected magnitudes, 0 or more, {wanted}",
            "let it come before steps that shift intensities, or correct them",
        )


def through_kspace(
    volume: Volume,
    phase_axis: PhaseAxis,
    phase: float,
    random: np.random.Generator,
    measured: Callable[[ComplexArray, int], ComplexArray],
) -> Volume:
    """Give the magnitude of what is measured of a scan.

    Parameters
    ----------
    volume : Volume
        A magnitude image.
    phase_axis : {"auto", "x", "y", "z"}
        Along which axis of the file the phase-encode lines are.
    phase : float
        Standard deviation, in radians, of the smooth random phase that the scan is given, since a magnitude has none.
    random : numpy.random.Generator
        Source of randomness.
    measured : callable
        Given the complex image, with slices first and phase-encode lines second, and the axis of the volume's array
        that counts the slices, what is measured of its k-space.

    Raises
    ------
    ScanError
        For negative intensities, and where lines would be skipped across slices.

    Examples
    --------
    >>> from harmonize.image.volume import Grid
    >>> volume = Volume(np.arange(6.0).reshape(1, 2, 3), Grid((3, 2, 1)))
    >>> all_of_it = lambda image, axis: np.fft.fft2(image, norm="ortho")
    >>> through_kspace(volume, "auto", 0.5, np.random.default_rng(0), all_of_it).image.round(9).tolist()
    [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]
    """
    check_magnitudes(volume, "whose k-space is asked for")
    slices = infer_slice_axis(volume.grid) or 0
    lines = (1 if slices == 0 else 0) if phase_axis == "auto" else ARRAY_AXES.index(phase_axis)
    if lines == slices:
        raise ScanError(
            f"phase_axis is {phase_axis}, along which this scan counts its slices",
            "name an axis within the slices, or `auto`",
        )
    order = (slices, lines, 3 - slices - lines)
    image = unpadded(volume.image, volume.outside).transpose(order)
    size = (image.shape[0], image.shape[1], image.shape[2])
    signal = image * np.exp(1j * phase * smooth_field(size, random)) if phase else image.astype(np.complex128)
    found = reconstruct_standard(measured(signal, slices))
    return where_acquired(volume, found.transpose(np.argsort(order)))
