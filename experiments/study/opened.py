"""The files of one scan, each decoded once; everything that is made of a scan starts here."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from experiments.study.manifest import Scan
from experiments.study.protocol import protocol_of
from experiments.study.roi_sources import CarriedSource, CircleSource, RoiSource
from harmonize.arrays import BoolArray, FloatArray
from harmonize.errors import ScanError, ScanWarning
from harmonize.formats import MaskSource
from harmonize.formats import masks as mask_files
from harmonize.formats.guard import guarded
from harmonize.formats.images import finite, read_scan
from harmonize.formats.kind import is_series
from harmonize.formats.label_map import LabelMap
from harmonize.formats.opened import open_image
from harmonize.formats.registry import tells_orientation
from harmonize.image.field_of_view import unpadded, with_data
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.files import hold
from harmonize.protocol import Protocol
from harmonize.remarks import remarks

BOUNDARY = "boundary"


@dataclass(frozen=True, eq=False)
class OpenedMasks:
    """What mask files hold on a grid.

    Parameters
    ----------
    masks : mapping of str to ndarray of bool
        The ROIs that could be read.
    failures : mapping of str to ScanError
        Why the others could not.
    unnamed : tuple of int
        Labels of label maps that no ROI has.
    told : tuple of ScanWarning
        What readers had to say.
    """

    masks: Mapping[str, BoolArray]
    failures: Mapping[str, ScanError]
    unnamed: tuple[int, ...]
    told: tuple[ScanWarning, ...]


MaskReader = Callable[[Mapping[str, MaskSource], Grid], OpenedMasks]


@dataclass(frozen=True, eq=False)
class OpenedScan:
    """What the files of a scan hold.

    Parameters
    ----------
    path : Path
        The image file.
    array : ndarray of any real type, shape (z, y, x)
        Its voxels as they are, NaN and padding included.
    grid : Grid
        Where they lie.
    outside : ndarray of bool or None
        Padding.
    masks : mapping of str to ndarray of bool
        The ROIs that could be read or drawn; some may be empty or reach into padding.
    failures : mapping of str to ScanError
        Why the others could not.
    lost : mapping of str to ScanError
        Those of `masks` that reach into padding.
    boundaries : mapping of Path to ndarray of bool or ScanError
        What circles are clipped to.
    unnamed : tuple of int
        Labels of label maps that no ROI has.
    told : tuple of ScanWarning
        What readers had to say.
    oriented : bool
        Whether left and right of the patient are known.
    protocol : Protocol or ScanError
        How the scan was made, or why that cannot be read.
    """

    path: Path
    array: NDArray[Any]
    grid: Grid
    outside: BoolArray | None
    masks: Mapping[str, BoolArray]
    failures: Mapping[str, ScanError]
    lost: Mapping[str, ScanError]
    boundaries: Mapping[Path, "BoolArray | ScanError"]
    unnamed: tuple[int, ...]
    told: tuple[ScanWarning, ...]
    oriented: bool
    protocol: Protocol | ScanError

    @cached_property
    def image(self) -> FloatArray:
        """The intensities, padding at the least of the others; raises `ScanError` for NaN and infinite ones."""
        return unpadded(finite(self.path, self.array), self.outside)

    @cached_property
    def volume(self) -> Volume:
        """The scan with the ROIs that hold data; raises `ScanError` as `image`."""
        masks = {roi: mask for roi, mask in self.masks.items() if roi not in self.lost}
        return Volume(self.image, self.grid, masks, outside=self.outside)

    def roi(self, name: str) -> BoolArray:
        """Give the mask of an ROI; raises the `ScanError` that says why it cannot be used."""
        if error := self.failures.get(name) or self.lost.get(name):
            raise error
        return self.masks[name]


def open_masks_once(sources: Mapping[str, MaskSource], grid: Grid) -> OpenedMasks:
    """Open the masks of ROIs; those that the scan before had as well are not read again."""
    stamps = tuple(_stamp(path) for path in dict.fromkeys(file for one in sources.values() for file in one.files))
    return _masks_read(tuple(sources.items()), grid, stamps)


def open_scan(image: Path, sources: Mapping[str, RoiSource], open_masks: MaskReader = open_masks_once) -> OpenedScan:
    """Open the image of a scan and its ROIs, but for those that are carried from another; masks by a reader of them.

    Raises
    ------
    ScanError
        If the image itself cannot be read.
    """
    with remarks() as told:
        array, grid, outside = read_scan(image)
        oriented, protocol = tells_orientation(image), protocol_of(image)
    own = {roi: source for roi, source in sources.items() if not isinstance(source, CarriedSource)}
    files = {roi: source for roi, source in own.items() if isinstance(source, MaskSource)}
    found = open_masks(files, grid)
    masks, failures = dict(found.masks), dict(found.failures)
    boundaries = _read_boundaries(own.values(), grid, open_masks)
    for roi, source in own.items():
        if isinstance(source, CircleSource):
            try:
                masks[roi] = source.draw(grid, boundaries)
            except ScanError as error:
                failures[roi] = error
    masks = {roi: masks[roi] for roi in own if roi in masks}
    facts = (found.unnamed, (*told, *found.told), oriented, protocol)
    opened = OpenedScan(image, array, grid, outside, masks, failures, {}, boundaries, *facts)
    try:
        with remarks() as more:
            _, lost = with_data(opened.volume)
    except ScanError:  # said where the image is used
        return opened
    opened = replace(opened, lost=lost, told=(*opened.told, *more))
    return opened


def usable(
    scan: Scan, opened: OpenedScan, reference: OpenedScan | ScanError | None = None
) -> tuple[Volume, dict[str, ScanError]]:
    """Give a scan with the ROIs that can be used, and say of the others why not.

    Parameters
    ----------
    scan : Scan
        Which.
    opened : OpenedScan
        Its files.
    reference : OpenedScan or ScanError, optional
        The scan that ROIs are carried from, or why it cannot be read; needed where any are.

    Raises
    ------
    ScanError
        If the intensities cannot be used.
    """
    volume = opened.volume
    masks, failures = dict(volume.masks), {**opened.failures, **opened.lost}
    carried: dict[str, BoolArray] = {}
    for roi, source in scan.masks.items():
        if isinstance(source, CarriedSource):
            try:
                carried[roi] = source.carry(roi, volume.grid, reference)
            except ScanError as error:
                failures[roi] = error
    if carried:
        held, lost = with_data(replace(volume, masks=carried))
        masks, failures = {**masks, **held.masks}, failures | lost
    empty = {
        roi: ScanError(f"ROI '{roi}' is empty: no voxel has its label", "draw it, or leave the ROI out for this scan")
        for roi, mask in masks.items()
        if not mask.any()
    }
    kept = {roi: masks[roi] for roi in scan.masks if roi in masks and roi not in empty}
    grid = _reference_grid(scan, volume.grid)
    return replace(volume, masks=kept, reference=grid, elsewhere=scan.elsewhere), {**failures, **empty}


def grid_of(image: Path) -> Grid:
    """Give where the voxels of an image lie, by its header; raises `ScanError`."""
    if not is_series(image):
        return open_image(image).grid()
    from harmonize.formats.dicom import read_dicom_grid  # only where there is DICOM: loading pydicom takes long

    with guarded(image):
        return read_dicom_grid(image)


def _reference_grid(scan: Scan, own: Grid) -> Grid | None:
    if scan.reference is None or scan.reference == scan.image:
        return own if scan.reference else None
    try:
        with remarks():  # of the reference scan itself
            return grid_of(scan.reference)
    except ScanError:  # said of the reference scan itself; only steps that need its grid fail here
        return None


@lru_cache(maxsize=2)  # one is the boundary of circles
def _masks_read(items: tuple[tuple[str, MaskSource], ...], grid: Grid, _stamps: Sequence[object]) -> OpenedMasks:
    sources = dict(items)
    with remarks() as told:
        for path in dict.fromkeys(source.path for source in sources.values()):
            with suppress(OSError):  # said where it is opened
                hold(path)
        opened = mask_files.open_masks(sources, grid)
        masks, failures = mask_files.masks_of(opened, sources, grid)
    unnamed: set[int] = set()
    for path, file in opened.items():
        labels = {source.label for source in sources.values() if source.path == path and source.label is not None}
        if labels and isinstance(file, LabelMap):
            unnamed |= set(file.values) - {0} - labels
    return OpenedMasks(masks, failures, tuple(sorted(unnamed)), tuple(told))


def _read_boundaries(sources: Any, grid: Grid, open_masks: MaskReader) -> dict[Path, BoolArray | ScanError]:
    paths = dict.fromkeys(source.boundary for source in sources if isinstance(source, CircleSource) and source.boundary)
    found: dict[Path, BoolArray | ScanError] = {}
    for path in paths:
        read = open_masks({BOUNDARY: MaskSource(path)}, grid)
        found[path] = read.failures.get(BOUNDARY) or read.masks[BOUNDARY]
    return found


def _stamp(path: Path) -> object:
    """Give what changes with the content of a file, as far as the file system tells; see `store.digests`."""
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
