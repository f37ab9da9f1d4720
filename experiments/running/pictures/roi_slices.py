"""The ROIs of one subject on their slices: a column a condition, and as many slices as show all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.folder.failures import explain
from experiments.running.pictures.montage import Row
from experiments.running.pictures.plane import Plane
from experiments.running.pictures.scenes import PictureLayout, cropped, frame_of, grey_row, tile_of
from experiments.running.pictures.slices import Slice
from experiments.running.pictures.views import cut_out
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, usable
from harmonize.arrays import IntArray
from harmonize.errors import ScanError
from harmonize.image.boxes import slice_areas
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume

ENOUGH = 0.5
"""An ROI is seen in a slice that holds this share of its largest area."""
Opening = Callable[[Scan], tuple[Scan, OpenedScan, OpenedScan | ScanError | None]]
"""Opens a scan: gives what `experiments.study.opened.usable` takes; raises `ScanError` if it cannot be read."""


@dataclass(frozen=True, eq=False)
class _Seen:
    volume: Volume
    axis: int
    oriented: bool

    def areas(self, roi: str) -> IntArray:
        return slice_areas(self.volume.masks[roi], self.axis)

    def slice_of(self, rois: Sequence[str], like: "_Seen", index: int) -> int:
        """Give the slice that shows ROIs: that of another scan where the grids agree and it shows them here too."""
        here = [roi for roi in rois if roi in self.volume.masks]
        same = not self.volume.grid.differences(like.volume.grid)
        if not here:
            return index if same else self.volume.grid.shape[self.axis] // 2
        areas = np.sum([self.areas(roi) for roi in here], axis=0)
        return index if same and areas[index] >= ENOUGH * areas.max() else int(areas.argmax())

    def cut(self, index: int) -> tuple[Slice, tuple[str, str]]:
        plane = Plane.of(self.volume.grid, self.axis, index)
        body = foreground_mask(self.volume.image, self.axis, self.volume.outside)
        return cut_out(self.volume, plane, body), (plane.left, plane.right) if self.oriented else ("", "")


def roi_layout(scans: Sequence[Scan | str], rois: Sequence[str], title: str, opening: Opening) -> PictureLayout:
    """Lay out the ROIs of one subject and sequence, with what is to be said of those that cannot be shown.

    Parameters
    ----------
    scans : sequence of Scan or str
        The reference first; the name of the condition where there is no scan.
    rois : sequence of str
        All of the study.
    title : str
        What stands above.
    opening : callable
        Opens a scan.

    Returns
    -------
    PictureLayout
        Without rows where no scan can be used.
    """
    told: list[str] = []
    views: dict[str, _Seen | str] = {}
    for scan in scans:
        if isinstance(scan, str):
            views[scan] = "no scan"
            continue
        try:
            placed, opened, origin = opening(scan)
            volume, lost = usable(placed, opened, origin)
        except ScanError as error:
            views[scan.condition] = f"cannot be used: {explain(error)[0]}"
            told.append(f"{scan.condition}: {explain(error)[0]}")
            continue
        told += [f"{scan.condition}, {roi}: {explain(error)[0]}" for roi, error in lost.items()]
        views[scan.condition] = _Seen(volume, infer_slice_axis(volume.grid) or 0, opened.oriented)
    seen = [view for view in views.values() if isinstance(view, _Seen)]
    rows = [_row(views, like, group, index) for like, group, index in _groups(seen, rois)] if seen else []
    shown = frozenset(roi for view in seen for roi in view.volume.masks)
    return PictureLayout(title, tuple(views), tuple(rows), shown, tuple(told))


def _groups(seen: Sequence[_Seen], rois: Sequence[str]) -> list[tuple[_Seen, list[str], int]]:
    """Choose slices that show all ROIs, each where most that are left are seen; without ROIs the middle one."""
    groups = []
    left = [roi for roi in rois if any(roi in view.volume.masks for view in seen)]
    while left:
        like = next(view for view in seen if left[0] in view.volume.masks)
        here = [roi for roi in left if roi in like.volume.masks]
        areas = np.array([like.areas(roi) for roi in here])
        large = areas >= ENOUGH * areas.max(axis=1, keepdims=True)
        index = int(np.argmax(large.sum(axis=0) + (areas / areas.max(axis=1, keepdims=True)).sum(axis=0) / 1e3))
        group = [roi for roi, is_seen in zip(here, large[:, index], strict=True) if is_seen]
        groups.append((like, group, index))
        left = [roi for roi in left if roi not in group]
    return groups or [(seen[0], [], seen[0].volume.grid.shape[seen[0].axis] // 2)]


def _row(views: Mapping[str, _Seen | str], like: _Seen, group: Sequence[str], index: int) -> Row:
    cuts: dict[str, tuple[Slice, tuple[str, str]]] = {}
    numbers: dict[str, int] = {}
    for name, view in views.items():
        if isinstance(view, _Seen):
            numbers[name] = view.slice_of(group, like, index)
            cuts[name] = view.cut(numbers[name])
    frame = frame_of([cut for cut, _ in cuts.values()])
    tiles = [cropped(tile_of(*cuts[name]), frame) if name in cuts else str(view) for name, view in views.items()]
    kinds = set(numbers.values())
    where = f"slice {min(kinds) + 1}" if len(kinds) == 1 else ", ".join(f"{n + 1} ({c})" for c, n in numbers.items())
    return grey_row(f"{', '.join(group) or 'no ROI'}: {where}", tiles, [cut for cut, _ in cuts.values()])
