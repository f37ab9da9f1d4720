"""ROI masks from files: one ROI a file, several as labels of one file, or by name from DICOM SEG and RTSTRUCT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harmonize.arrays import BoolArray
from harmonize.errors import ScanError
from harmonize.formats.guard import guarded
from harmonize.formats.images import finite, read_scan
from harmonize.formats.kind import is_dicom
from harmonize.formats.label_map import LabelMap
from harmonize.formats.label_names import alike, table_of
from harmonize.formats.named_rois import SegmentFile, segment_mask
from harmonize.formats.roi_remarks import tell_borders, tell_gaps, tell_scatter
from harmonize.image.field_of_view import unpadded, with_data
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid, Volume
from harmonize.inputs.files import one_look
from harmonize.inputs.paths import as_path


@dataclass(frozen=True)
class MaskSource:
    """Where the mask of one ROI comes from.

    Parameters
    ----------
    path : Path
        The file.
    label : int, optional
        The value of the ROI's voxels in a label map. None: every voxel that is not 0, in a file with one ROI.
    segment : str, optional
        The name of the ROI in a DICOM SEG (its segment label), an RTSTRUCT (its ROI name), or a label map with names:
        a `.seg.nrrd` of 3D Slicer, or one with a table `dseg.tsv` of BIDS. May be left out for a file with one ROI.
    """

    path: Path
    label: int | None = None
    segment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_path(self.path, "mask"))

    @property
    def chosen(self) -> int | str | None:
        """What of the file is meant: a label, a name, or all of it."""
        return self.label if self.segment is None else self.segment

    @property
    def files(self) -> tuple[Path, ...]:
        """The file, and the table of its labels where there is one."""
        try:
            table = table_of(self.path)
        except ScanError:  # said when the mask is read
            table = None
        return (self.path,) if table is None else (self.path, table)


Opened = Mapping[Path, "LabelMap | SegmentFile | ScanError"]


def read_masks(sources: Mapping[str, MaskSource], grid: Grid) -> tuple[dict[str, BoolArray], dict[str, ScanError]]:
    """Read the masks of several ROIs; every file is read once.

    Parameters
    ----------
    sources : mapping of str to MaskSource
        By the name of the ROI.
    grid : Grid
        The grid of the image that the masks belong to.

    Returns
    -------
    masks : dict of str to ndarray of bool, shape (z, y, x)
        The ROIs that could be read, in the order of `sources`. An ROI whose label does not occur is an empty mask.
    failures : dict of str to ScanError
        Why each other ROI could not be read; a `GridError` where its file lies on another grid.

    Examples
    --------
    >>> masks, failures = read_masks({"liver": MaskSource(Path("nowhere.nii"))}, Grid((2, 2, 1)))
    >>> str(failures["liver"])
    'nowhere.nii: there is no such file; mend the path or remove the row'
    """
    return masks_of(open_masks(sources, grid), sources, grid)


def open_masks(sources: Mapping[str, MaskSource], grid: Grid) -> Opened:
    """Open every file of several ROIs once: what is in it, or why it cannot be read."""
    opened: dict[Path, LabelMap | SegmentFile | ScanError] = {}
    for path in dict.fromkeys(source.path for source in sources.values()):
        try:
            with guarded(path):
                opened[path] = _open_segments(path) if is_dicom(path) else LabelMap.read(path, grid)
        except ScanError as error:
            opened[path] = error
    return opened


def _open_segments(path: Path) -> SegmentFile:
    from harmonize.formats.segments import open_segments  # only where there is DICOM: loading pydicom takes long

    return open_segments(path)


def masks_of(
    opened: Opened, sources: Mapping[str, MaskSource], grid: Grid
) -> tuple[dict[str, BoolArray], dict[str, ScanError]]:
    """Give the ROIs that can be taken from opened files, and why each other cannot; see `read_masks`.

    What is odd about an ROI that can be used, or about the labels of a file, is told.
    """
    masks: dict[str, BoolArray] = {}
    failures: dict[str, ScanError] = {}
    for roi, source in sources.items():
        file = opened[source.path]
        if isinstance(file, ScanError):
            failures[roi] = file
            continue
        try:
            with guarded(source.path):
                masks[roi] = _mask(file, roi, source, grid, [other for other in sources if other != roi])
        except ScanError as error:
            failures[roi] = error
            continue
        tell_borders(source.path, roi, masks[roi], grid)
        tell_scatter(source.path, roi, masks[roi])
        slices = infer_slice_axis(grid)
        if slices is not None and not file.tells_gaps:
            tell_gaps(source.path, roi, masks[roi], slices, every=False)
    for path, file in opened.items():
        taken = [(roi, source) for roi, source in sources.items() if source.path == path and roi in masks]
        if taken and isinstance(file, LabelMap):
            file.tell_image()
            file.tell_sums({roi: source.label for roi, source in taken if source.label is not None})
    return masks, failures


def read_volume(image: str | Path, sources: Mapping[str, MaskSource]) -> tuple[Volume, dict[str, ScanError]]:
    """Read an image and the masks of its ROIs.

    Parameters
    ----------
    image : str or Path
        The image file.
    sources : mapping of str to MaskSource
        By the name of the ROI.

    Returns
    -------
    volume : Volume
        With the ROIs that could be read and hold data; where there is padding, the least of the other intensities.
    failures : dict of str to ScanError
        Why each other ROI could not be read.

    Raises
    ------
    ScanError
        If the image itself cannot be used.
    """
    image = as_path(image, "image")
    with one_look():
        array, grid, outside = read_scan(image)
        masks, failures = read_masks(sources, grid)
    volume, lost = with_data(Volume(unpadded(finite(image, array), outside), grid, masks, outside=outside))
    return volume, failures | lost


def _mask(file: LabelMap | SegmentFile, roi: str, source: MaskSource, grid: Grid, others: Sequence[str]) -> BoolArray:
    if source.label is not None:
        if isinstance(file, LabelMap):
            return file.labelled(roi, source.label)
        raise ScanError(
            f"{source.path}: the ROIs of DICOM files have names, found the label {source.label}",
            f"use `rois: segments`; the file holds {', '.join(file.names)}",
        )
    if source.segment is None and len(file.names) == 1:
        _refuse_name_of_another(source.path, file.names[0], roi, others)
    if isinstance(file, LabelMap) and not file.names:
        if source.segment is None:
            return file.single()
        raise ScanError(
            f"{source.path}: names no ROI; expected a DICOM SEG, an RTSTRUCT, a .seg.nrrd of 3D Slicer, or a label map "
            f"with its dseg.tsv, and '{source.segment}' in it",
            "use `rois: labels` or `rois: files` for label maps and masks without names",
        )
    if isinstance(file, LabelMap) and source.segment is None and len(file.names) == 1:
        return file.single()
    return segment_mask(file, source.segment, grid)


def _refuse_name_of_another(path: Path, name: str, roi: str, others: Sequence[str]) -> None:
    other = next((other for other in others if alike(other, name)), None)
    if other is not None and not alike(roi, name):
        raise ScanError(
            f"{path}: its one ROI is called '{name}', and the study takes it for '{roi}' beside '{other}'",
            "look whether columns of images.csv or names in `rois: files` changed places; else rename the ROI",
        )
