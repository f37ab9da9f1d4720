"""A page of the ROIs of every scan, before anything is computed: wrong places, and left for right, are seen on it."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.executors import Executor, Serial
from experiments.folder.failures import explain
from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_bytes, write_text
from experiments.running.pictures.montage import Row, montage
from experiments.running.pictures.plane import Plane
from experiments.running.pictures.raster import to_jpeg
from experiments.running.pictures.scenes import cropped, frame_of, grey_row, tile_of
from experiments.running.pictures.slices import Slice
from experiments.running.pictures.views import cut_out
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, open_scan, usable
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.image.regions import foreground_mask
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Volume
from harmonize.registration import Registered
from harmonize.registration.rigid import still

PAGE = "rois.html"
TILE = 300
ENOUGH = 0.5
"""An ROI is seen in a slice that holds this share of its largest area."""
CARRIED = "as the headers place the scans; the run registers them"
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:1.5em;color:#1b1f24}img{max-width:100%;height:auto;display:block}"
    "h2{margin:2em 0 .3em}figure{margin:0 0 1.5em;overflow-x:auto}figcaption{color:#57606a}nav a{margin-right:.8em}"
)


@dataclass(frozen=True)
class Pictured:
    """What was drawn of one subject and sequence: the file, empty if no scan can be used, and what is to be said."""

    subject: str
    sequence: str
    file: str
    told: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Seen:
    volume: Volume
    axis: int
    oriented: bool

    def areas(self, roi: str) -> np.ndarray:
        others = tuple(axis for axis in range(3) if axis != self.axis)
        return np.asarray(self.volume.masks[roi].sum(axis=others))

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


def write_preview(
    study: Study, folder: Path, progress: Callable[[int, int], None] | None = None, executor: Executor | None = None
) -> Path:
    """Draw the ROIs of every subject and sequence on each condition, and a page of all.

    ROIs that a run would carry from the reference are drawn where the headers place them.

    Parameters
    ----------
    study : Study
        Whose.
    folder : Path
        For the page and its pictures; made if absent, older ones are replaced.
    progress : callable, optional
        Called as `progress(done, total)`.
    executor : Executor, optional
        Where to draw; by default in this process.

    Returns
    -------
    Path
        The page.
    """
    cells = list(dict.fromkeys(scan.key[:2] for scan in study.scans))
    names = unique_names(cells)
    tasks = [
        (
            [next((scan for scan in study.scans if scan.key == (*key, name)), name) for name in study.conditions],
            study.rois,
            key,
            folder / f"{names[key]}.jpg",
        )
        for key in cells
    ]
    told = progress or (lambda *_: None)
    drawn = (executor or Serial()).map(draw_rois, tasks, lambda done: told(done, len(tasks)), _lost)
    write_text(folder / PAGE, _page(study, drawn))
    return folder / PAGE


def draw_rois(scans: Sequence[Scan | str], rois: Sequence[str], key: tuple[str, str], file: Path) -> Pictured:
    """Draw the ROIs of one subject and sequence: a column a condition, and as many slices as show all of them.

    Parameters
    ----------
    scans : sequence of Scan or str
        The reference first; the name of the condition where there is no scan.
    rois : sequence of str
        All of the study.
    key : tuple of str
        Subject and sequence.
    file : Path
        The picture.
    """
    told: list[str] = []
    views: dict[str, _Seen | str] = {}
    origin: OpenedScan | ScanError | None = None
    for place, scan in enumerate(scans):
        if isinstance(scan, str):
            views[scan] = "no scan"
            continue
        try:
            opened = open_scan(scan.image, scan.masks)
            origin = opened if place == 0 else origin
            volume, lost = usable(_held_still(scan, opened), opened, origin)
        except ScanError as error:
            views[scan.condition] = f"cannot be used: {explain(error)[0]}"
            told.append(f"{scan.condition}: {explain(error)[0]}")
            continue
        told += [f"{scan.condition}, {roi}: {explain(error)[0]}" for roi, error in lost.items()]
        carried = [roi for roi, source in scan.masks.items() if isinstance(source, CarriedSource)]
        told += [f"{scan.condition}: {len(carried)} ROIs are carried: {CARRIED}"] if carried else []
        views[scan.condition] = _Seen(volume, infer_slice_axis(volume.grid) or 0, opened.oriented)
    seen = {name: view for name, view in views.items() if isinstance(view, _Seen)}
    if not seen:
        return Pictured(*key, "", tuple(told))
    rows = [_row(views, like, group, index) for like, group, index in _groups(list(seen.values()), rois)]
    shown = [roi for roi in rois if any(roi in view.volume.masks for view in seen.values())]
    write_bytes(file, to_jpeg(montage(", ".join(key), list(views), rows, shown, TILE)))
    return Pictured(*key, file.name, tuple(told))


def _held_still(scan: Scan, opened: OpenedScan) -> Scan:
    """Give a scan whose carried ROIs lie where headers place them."""
    motion = Registered((still(3),), infer_slice_axis(opened.grid) or 0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    masks = {
        roi: replace(source, motion=motion) if isinstance(source, CarriedSource) else source
        for roi, source in scan.masks.items()
    }
    return replace(scan, masks=masks)


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


def _lost(
    error: ScanError, _scans: Sequence[Scan | str], _rois: Sequence[str], key: tuple[str, str], _file: Path
) -> Pictured:
    return Pictured(*key, "", (error.problem,))


def _page(study: Study, drawn: Sequence[Pictured]) -> str:
    parts = []
    for subject in dict.fromkeys(one.subject for one in drawn):
        parts.append(f'<h2 id="{html.escape(subject)}">{html.escape(subject)}</h2>')
        for one in drawn:
            if one.subject != subject:
                continue
            alt = html.escape(f"{subject}, {one.sequence}: ROIs on each condition")
            image = f'<img src="{html.escape(one.file)}" alt="{alt}" loading="lazy">' if one.file else ""
            told = "".join(f"<li>{html.escape(text)}</li>" for text in one.told)
            caption = f"{html.escape(one.sequence)}{f'<ul>{told}</ul>' if told else ''}"
            parts.append(f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    links = " ".join(
        f'<a href="#{html.escape(name)}">{html.escape(name)}</a>' for name in dict.fromkeys(d.subject for d in drawn)
    )
    title = html.escape(f"{study.name}: ROIs before anything is computed")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><h1>{title}</h1>'
        "<p>Patient's right is on the left of axial and coronal slices, where headers tell (R, L). Each row shows the "
        f"slice in which its ROIs are seen.</p><nav>{links}</nav>{''.join(parts)}</body></html>\n"
    )
