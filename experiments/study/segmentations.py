"""Several segmentations of one image: opened once, and taken once through every step that rests on no ROI."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from evaluation.tables import SEGMENTATION
from experiments.study.manifest import Scan
from experiments.study.opened import OpenedScan
from experiments.study.plan import Listener, Stage, StepFailure, Steps, places_of, show, walk
from harmonize.errors import ConfigurationError
from harmonize.image.regions import REGIONS
from harmonize.image.volume import Volume
from harmonize.inputs.levels import find_level
from harmonize.perturbations.drawn import Perturbed
from harmonize.steps import regions_of

T = TypeVar("T")


def segmentations_of(scans: Iterable[Scan]) -> tuple[str, ...]:
    """Give who drew the ROIs, in the order of the table; nothing where it does not say."""
    return tuple(dict.fromkeys(scan.segmentation for scan in scans if scan.segmentation))


def compared_segmentation(value: object, scans: Sequence[Scan], where: str, *, compared: bool) -> str:
    """Give the segmentation by which conditions are compared; the only one needs no name.

    Raises
    ------
    ConfigurationError
        For none of several, one that there is not, and rows that cannot be segmentations of one image.
    """
    found = segmentations_of(scans)
    _refuse_ambiguous(scans if found else ())
    if value is not None and value != "":
        if not found:
            raise ConfigurationError(f"{where}: is '{value}', but images.csv has no column '{SEGMENTATION}'; add it")
        return find_level(value, set(found), f"{where}: no scan has the segmentation")
    if len(found) > 1 and compared:
        raise ConfigurationError(
            f"{where}: is missing, but images.csv has the segmentations {', '.join(found)}; name the one by which "
            f"conditions are compared, such as `segmentation: {found[0]}` (all of them can be a facet)"
        )
    return found[0] if found else ""


def _refuse_ambiguous(scans: Iterable[Scan]) -> None:
    seen: dict[tuple[str, ...], Scan] = {}
    for scan in scans:
        for key, one in ((scan.cell, "segmentation"), (scan.key, "image")):
            other = seen.setdefault((one, *key), scan)
            if other is scan or (one == "image" and other.image == scan.image):
                continue
            where = f"images.csv, lines {other.line} and {scan.line}: {', '.join(scan.key)}"
            if one == "segmentation":
                raise ConfigurationError(
                    f"{where}: both are the segmentation '{scan.segmentation}'; keep one, or name each segmentation"
                )
            raise ConfigurationError(
                f"{where}: segmentations of {other.image.name} and of {scan.image.name}; name the one image on which "
                "both were drawn, or tell the images apart by a factor"
            )


def places_once(scans: Sequence[Scan], segmentation: str) -> list[int]:
    """Give the places in a list of scans of each image once: with the ROIs of a segmentation, where it has some."""
    first: dict[Any, int] = {}
    for place, scan in enumerate(scans):
        key = scan.key if scan.segmentation else place
        if key not in first or scan.segmentation == segmentation:
            first[key] = place
    return sorted(first.values())


def cohort_scans(scans: Sequence[Scan], segmentation: str) -> list[Scan]:
    """Give the images that steps may learn from: each once, with the ROIs of a segmentation first, and all others'."""
    groups = ([scans[place] for place in group] for group in images_of(scans, segmentation, ())[0])
    return [joined(group) for group in groups if group[0].segmentation == segmentation]


def by_image(scans: Sequence[Scan], chosen: Iterable[int]) -> list[list[int]]:
    """Group places in a list of scans by the image that they are segmentations of."""
    groups: dict[Any, list[int]] = {}
    for place in chosen:
        groups.setdefault(scans[place].key if scans[place].segmentation else place, []).append(place)
    return list(groups.values())


def images_of(scans: Sequence[Scan], segmentation: str, steps: Steps) -> tuple[list[list[int]], bool]:
    """Group places in a list of scans by what steps make of their image, a segmentation first; whether all share it.

    Steps that measure in an ROI make an image of their own of each segmentation.
    """
    order = sorted(range(len(scans)), key=lambda place: scans[place].segmentation != segmentation)
    shared = _shared(steps) == steps
    return (by_image(scans, order) if shared else [[place] for place in range(len(scans))]), shared


def joined(scans: Sequence[Scan]) -> Scan:
    """Give one scan with the ROIs of several segmentations; those of all but the first have it in their name.

    Examples
    --------
    >>> anna, ben = (Scan("1", "T2", "REF", {}, "t2.nii", {"liver": None}, {}, 2, None, one) for one in ("anna", "ben"))
    >>> list(joined([anna, ben]).masks)
    ['liver', 'liver / ben']
    """
    masks = {name: scan.masks[roi] for scan in scans for name, roi in names_in(scan, scans[0]).items()}
    return replace(scans[0], masks=masks)


def names_in(scan: Scan, first: Scan) -> dict[str, str]:
    """Give by its name in `joined` each ROI of one of the segmentations."""
    return {roi if scan is first else f"{roi} / {scan.segmentation}": roi for roi in scan.masks}


@dataclass(frozen=True)
class SegmentationView:
    """One segmentation among those of a joined scan.

    Parameters
    ----------
    names : mapping of str to str
        Its ROIs by their names there.
    """

    names: Mapping[str, str]

    def of(self, found: Mapping[str, T]) -> dict[str, T]:
        """Give what there is of its own ROIs, under their own names."""
        return {roi: found[name] for name, roi in self.names.items() if name in found}

    def volume(self, volume: Volume) -> Volume:
        """Give a scan with its own ROIs alone."""
        return replace(volume, masks=self.of(volume.masks))

    def opened(self, opened: OpenedScan) -> OpenedScan:
        """Give opened files with its own ROIs alone."""
        failures, lost = self.of(opened.failures), self.of(opened.lost)
        return replace(opened, masks=self.of(opened.masks), failures=failures, lost=lost)


class Apart:
    """Shows a joined scan to the listeners of each of its segmentations, each with its own ROIs.

    Steps that measure in an ROI, perturbations, and what comes behind them, are done for each segmentation by itself.

    Parameters
    ----------
    views : sequence of SegmentationView
        The segmentations.
    listeners : sequence of sequence of Listener
        Of each of them.
    read : Volume
        The joined scan before all steps.
    """

    def __init__(
        self, views: Sequence[SegmentationView], listeners: Sequence[Sequence[Listener]], read: Volume
    ) -> None:
        self._views, self._listeners, self._read = views, listeners, read
        self._behind: dict[Steps, dict[int, list[Steps]]] = {}
        for member, own in enumerate(listeners):
            for place in places_of(own):
                self._behind.setdefault(_shared(place), {}).setdefault(member, []).append(place)

    @property
    def places(self) -> Collection[Steps]:
        """Where the ways of segmentations part, or listeners look."""
        return self._behind

    def see(self, stage: Stage) -> None:
        """Go on with each segmentation; what the ROI of one made fail is tried for each by itself."""
        for member, places in self._behind[stage.steps].items():
            view = self._views[member]
            if isinstance(stage.volume, StepFailure):
                show(self._listeners[member], walk(places, view.volume(self._read)))
            else:
                show(self._listeners[member], walk(places, view.volume(stage.volume), stage.steps, stage.spent))


def _shared(place: Steps) -> Steps:
    """Give the steps of a place before the first that measures in an ROI or perturbs it."""
    for end, step in enumerate(place):
        if isinstance(step, Perturbed) or set(regions_of(step)) - set(REGIONS):  # which looks at ROIs, or may
            return place[:end]
    return place
