"""Masks and label maps: which voxels belong to an ROI, and whether the values can be meant so."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from harmonize.arrays import BoolArray
from harmonize.errors import GridError, ScanError
from harmonize.formats.images import read_array
from harmonize.formats.label_names import LabelNames, label_names
from harmonize.formats.roi_remarks import numbers
from harmonize.formats.scatter import cohesion
from harmonize.image.counting import counted_as
from harmonize.image.volume import Grid
from harmonize.remarks import remark

LABEL_TOLERANCE = 1e-3
"""How far a label may be from a whole number: headers with a scale factor do not give whole numbers exactly."""
MOST_COUNTED = 1 << 16
"""Values below this are counted rather than sorted."""
MOST_LABELS = 1000
"""A label map of more different values looks like an image; atlases of the brain have a few hundred."""
LEAST_OF_IMAGE = 16
"""An image of so few grey levels is none."""
LEAST_COHESION = 0.35
"""Of the labels of a label map (see `cohesion`): images of 8 bits have 0.03 to 0.2, atlases whose parts are of 6 voxels
each 0.4."""
MOST_WITHOUT_GAPS = 7
"""Beyond so many values without a gap, labels are not bits: three ROIs have no more ways of overlapping."""


@dataclass(frozen=True)
class LabelMap:
    """A mask or label map on the grid of its image.

    Parameters
    ----------
    path : Path
        The file.
    labels : ndarray of int or float, shape (z, y, x)
        Whole numbers.
    values : tuple of int
        Those that occur, in order; 0 is the background.
    known : LabelNames, optional
        What the file says of its labels.
    """

    tells_gaps: ClassVar[bool] = False

    path: Path
    labels: NDArray[Any]
    values: tuple[int, ...]
    known: LabelNames | None = None

    @classmethod
    def read(cls, path: Path, grid: Grid) -> "LabelMap":
        """Read a file; labels come in the order in which `grid` counts its voxels, whichever the file has.

        Raises
        ------
        GridError
            If it lies on another grid than its image.
        ScanError
            If it cannot be read, or holds other than whole numbers.
        """
        known = label_names(path)
        labels, own_grid = read_array(path)
        if differences := grid.differences(own_grid):
            labels, turned = counted_as(labels, own_grid, grid)
            differences = grid.differences(turned) and differences
        if differences:
            raise GridError(
                f"{path}: the mask does not lie on the grid of its image ({'; '.join(differences)})",
                "export it on the grid of the image, or resample it to that",
            )
        if np.issubdtype(labels.dtype, np.floating):
            labels = _whole(path, labels)
        return cls(path, labels, tuple(_values(labels)), known)

    @property
    def names(self) -> tuple[str, ...]:
        """The ROIs that have a name in the file."""
        return () if self.known is None else tuple(self.known.labels)

    def mask(self, name: str, grid: Grid) -> BoolArray:
        """Give an ROI by its name in the file."""
        mask: BoolArray = self.labels == self.known.labels[name] if self.known else np.zeros(grid.shape, dtype=np.bool_)
        return mask

    def labelled(self, roi: str, label: int) -> BoolArray:
        """Give an ROI by its label.

        Raises
        ------
        ScanError
            If the file itself gives the label another meaning.
        """
        if self.known is not None:
            self.known.refuse_other_meaning(self.path, roi, label)
        mask: BoolArray = self.labels == label
        return mask

    def single(self) -> BoolArray:
        """Give the one ROI of a file of its own: every voxel that is not 0.

        Raises
        ------
        ScanError
            If there are several values besides 0, or negative ones: they may mean labels, probabilities, intensities,
            or another background, and only whoever made the file knows.
        """
        ones = [value for value in self.values if value != 0]
        if ones and ones[0] < 0:
            raise ScanError(
                f"{self.path}: holds negative values (found {numbers(self.values)}), so that it is not clear what is "
                "background",
                "write 0 for the background and 1 for the ROI",
            )
        if len(ones) > 1:
            raise ScanError(
                f"{self.path}: holds {len(ones)} values besides 0 ({numbers(ones)}), expected one for the one ROI of "
                "`rois: files`",
                "if it is a label map, name the value of each ROI in `rois: labels`; if it holds probabilities, "
                "threshold it; if it is an image, name its mask",
            )
        mask: BoolArray = self.labels != 0
        return mask

    def tell_image(self) -> None:
        """Tell where the values look like those of an image: very many, or many that lie scattered."""
        if len(self.values) > MOST_LABELS:
            how = f"holds {len(self.values)} different values, which looks like an image"
        elif len(self.values) > LEAST_OF_IMAGE and (share := cohesion(self.labels, self.values)) < LEAST_COHESION:
            how = (
                f"holds {len(self.values)} different values that lie scattered, which looks like an image (on average "
                f"{share:.0%} of the neighbours of a voxel have its value)"
            )
        else:
            return
        remark(
            "mask_like_an_image", f"{self.path}: {how}", "look whether the columns `image` and `mask` changed places"
        )

    def tell_sums(self, wanted: Mapping[str, int]) -> None:
        """Tell where labels may be those of several ROIs at once.

        Parameters
        ----------
        wanted : mapping of str to int
            The label of each ROI that is taken from the file.
        """
        if len(self.values) > MOST_LABELS:
            return
        sums = sums_of_labels(self.values, wanted.values())
        if sums:
            value, parts = next(iter(sums.items()))
            remark(
                "bit_coded_labels",
                f"{self.path}: the label{'s' * (len(sums) > 1)} {numbers(sums)} may be voxels of several ROIs at once "
                f"({value} = {' + '.join(map(str, parts))}), and no ROI of the study has them",
                "if labels are bits (layers), export each ROI to a file of its own and use `rois: files`; if these are "
                "other organs, all is well",
            )


def sums_of_labels(values: Collection[int], named: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Find the values that may stand for voxels of several ROIs at once, where labels are bits.

    They may where every value is a sum of powers of two that occur or are named. What is numbered without gaps is
    rather an ordinary label map: there, only a value that nobody named between named powers is one to ask about.

    Parameters
    ----------
    values : collection of int
        That occur.
    named : collection of int
        The labels of the ROIs.

    Returns
    -------
    dict of int to tuple of int
        Of values that nobody named, the powers of two that each is the sum of; one at least is named.

    Examples
    --------
    >>> sums_of_labels([0, 1, 2, 4, 5], [1, 2, 4]), sums_of_labels([0, 1, 2, 3, 4, 5], [1, 5])
    ({5: (1, 4)}, {})
    """
    labels = {value for value in values if value > 0}
    bits = {value for value in {*labels, *named} if value & (value - 1) == 0}
    parts = {value: tuple(1 << place for place in range(value.bit_length()) if value >> place & 1) for value in labels}
    without_gaps = labels == set(range(1, len(labels) + 1))
    if not all(set(of) <= bits for of in parts.values()) or (without_gaps and len(labels) > MOST_WITHOUT_GAPS):
        return {}
    return {
        value: of
        for value, of in sorted(parts.items())
        if value not in (*named, *bits) and set(of) & set(named) and (set(of) <= set(named) or not without_gaps)
    }


def _whole(path: Path, labels: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        odd = ~(np.abs(labels - np.rint(labels)) <= LABEL_TOLERANCE)  # true for NaN too
    if odd.any():
        raise ScanError(
            f"{path}: the mask holds {labels[odd].flat[0]:g} ({int(odd.sum())} voxels are not whole numbers)",
            "give a binary mask or a label map; threshold a probability map first",
        )
    whole: NDArray[Any] = np.rint(labels)
    return whole


def _values(labels: NDArray[Any]) -> list[int]:
    """List the values that occur, in order."""
    if labels.size and labels.min() >= 0 and labels.max() < MOST_COUNTED:
        return [int(value) for value in np.flatnonzero(np.bincount(labels.astype(np.intp).ravel()))]
    return [int(value) for value in np.unique(labels)]
