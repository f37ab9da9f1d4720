"""A page of the ROIs of every scan, before anything is computed: wrong places, and left for right, are seen on it."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiments.executors import Executor, Serial
from experiments.folder.file_names import unique_names
from experiments.folder.writing import write_bytes, write_text
from experiments.running.pictures.montage import montage
from experiments.running.pictures.raster import to_jpeg
from experiments.running.pictures.roi_slices import roi_layout
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan, open_scan
from experiments.study.roi_sources import CarriedSource
from experiments.study.study import Study
from harmonize.errors import ScanError
from harmonize.image.slices import infer_slice_axis
from harmonize.registration import Registered
from harmonize.registration.rigid import still

PAGE = "rois.html"
TILE = 300
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
            [next((scan for scan in study.scans if scan.key == (*key, name)), name) for name in study.scanned],
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
    origin: OpenedScan | None = None
    carried: list[str] = []

    def opening(scan: Scan) -> tuple[Scan, OpenedScan, OpenedScan | None]:
        nonlocal origin
        opened = open_scan(scan.image, scan.masks)
        origin = opened if scan is scans[0] else origin
        count = sum(isinstance(source, CarriedSource) for source in scan.masks.values())
        carried.extend([f"{scan.condition}: {count} ROIs are carried: {CARRIED}"] if count else [])
        return _held_still(scan, opened), opened, origin

    found = roi_layout(scans, rois, ", ".join(key), opening)
    told = (*found.notes, *carried)
    if not found.rows:
        return Pictured(*key, "", told)
    shown = [roi for roi in rois if roi in found.rois]
    write_bytes(file, to_jpeg(montage(found.title, found.columns, found.rows, shown, TILE)))
    return Pictured(*key, file.name, told)


def _held_still(scan: Scan, opened: OpenedScan) -> Scan:
    """Give a scan whose carried ROIs lie where headers place them."""
    motion = Registered((still(3),), infer_slice_axis(opened.grid) or 0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    masks = {
        roi: replace(source, motion=motion) if isinstance(source, CarriedSource) else source
        for roi, source in scan.masks.items()
    }
    return replace(scan, masks=masks)


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
