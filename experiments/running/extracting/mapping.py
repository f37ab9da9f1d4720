"""Maps of features in the ROIs of a few scans, on request, and how they change between conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.extraction import FeatureMaps, feature_maps
from evaluation.extraction.units import unit_of
from evaluation.reliability.voxelwise import BetweenMaps, between_maps
from experiments.folder.failures import Failure, failure_table
from experiments.folder.file_names import Key, unique_names
from experiments.folder.files import FAILURES
from experiments.folder.kinds import Drawing, PlaceInRun, Record, RunTable
from experiments.running.between import Between, read_usable, walk_on
from experiments.running.extracting.map_pictures import map_picture
from experiments.running.extracting.preprocessing import Preprocessing, at_work
from experiments.running.options import by_keywords
from experiments.running.store.finished import Store
from experiments.running.store.identity import identify
from experiments.running.store.known import READ, failure_of
from experiments.running.tasks import each
from experiments.study.manifest import Scan
from experiments.study.plan import StepFailure
from experiments.study.strategy import Strategy
from experiments.versions import all_versions
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import write_image
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import refuse_unknown
from harmonize.words import some
from selection.whitelist import Whitelist

STEP = "maps"
ALL_CONDITIONS = "between"
ROI = "mask"
"""Stands for a feature where the voxels of the ROI are written."""
KEYS = ("subject", "sequence", "segmentation", "condition", "roi", "feature")
MAPS = RunTable(
    "maps.csv", texts=(*KEYS, "unit", "image", "file", "mask"), numbers=("voxels", "undefined", "median", "q1", "q3")
)
BETWEEN = RunTable(
    "between.csv",
    texts=(*KEYS, "conditions", "file", "status"),
    numbers=("voxels", "computed", "median", "q1", "q3", "steady", "icc"),
)
MAP_FILES, PICTURES = PlaceInRun("maps"), PlaceInRun("pictures")
MAPS_RECORD = Record("maps.json")


@dataclass(frozen=True)
class Mapped:
    """What was written.

    Parameters
    ----------
    folder : Path
    maps, between : DataFrame
        One row a map, and one row for each feature of a person's ROI that was compared between conditions.
    failures : DataFrame
        What could not be done.
    """

    folder: Path
    maps: pd.DataFrame
    between: pd.DataFrame
    failures: pd.DataFrame


@dataclass(frozen=True)
class FeatureMapping(Preprocessing):
    """Scans that maps are made of; `out` may hold no run.

    Parameters
    ----------
    features : sequence of str
        Names as in feature tables, such as ``original_glcm_Contrast``.
    whitelist : Whitelist, str or Path, optional
        Whose features of each sequence and ROI are mapped, too.
    subjects : sequence of str
        Whose scans; by default all.
    radius : int
        Voxels from the middle of a kernel to its side.
    masked : bool
        Whether a kernel takes voxels of the ROI alone.
    """

    features: Sequence[str] = ()
    whitelist: Whitelist | str | Path | None = None
    subjects: Sequence[str] = ()
    radius: int = 1
    masked: bool = True


@dataclass(frozen=True)
class Wish:
    """What is mapped: by sequence and ROI the features, and the kernel."""

    features: Mapping[tuple[str, str], tuple[str, ...]]
    radius: int
    masked: bool


@by_keywords(FeatureMapping)
def run_maps(given: FeatureMapping) -> Mapped:
    """Write maps of features, each voxel of an ROI with the value of the kernel around it, and compare conditions.

    Raises
    ------
    ConfigurationError
        As `run_preprocessing`; for no feature, and for a subject or a feature that there is not.

    Examples
    --------
    >>> run_maps("study.yaml", "maps", "raw", ["original_firstorder_Entropy"], subjects=["S01"]).maps  # doctest: +SKIP
    """
    whitelist = given.whitelist
    known = whitelist if whitelist is None or isinstance(whitelist, Whitelist) else Whitelist.read(Path(whitelist))
    if not given.features and known is None:
        raise ConfigurationError("name a `feature`, or a `whitelist` whose features are mapped")
    if given.radius < 1:
        raise ConfigurationError(f"`radius`: found {given.radius}, expected 1 voxel or more")
    with at_work(given) as (work, failures):
        strategy = work.asked.strategies[0]
        names = [name for name in strategy.extraction.feature_names() if not _is_shape(name)]
        refuse_unknown(given.features, names, f"strategy '{strategy.name}'", "no feature with a map")
        refuse_unknown(given.subjects, work.asked.subjects, "the study", "no subject")
        listed = {} if known is None else known.features
        for rois in listed.values():
            for chosen in rois.values():
                textures = [name for name in chosen if not _is_shape(name)]
                refuse_unknown(textures, names, f"the whitelist, for strategy '{strategy.name}'", "no feature")
        features = {
            (sequence, roi): tuple(dict.fromkeys((*given.features, *listed.get(sequence, {}).get(roi, ()))))
            for sequence in work.asked.sequences
            for roi in work.asked.rois
        }
        features = {place: tuple(name for name in one if name in names) for place, one in features.items()}
        wish = Wish(features, given.radius, given.masked)
        groups: dict[tuple[str, ...], list[Scan]] = {}
        for scan in work.study.scans:
            if not given.subjects or scan.subject in given.subjects:
                groups.setdefault((scan.subject, scan.sequence, scan.segmentation), []).append(scan)
        told = work.told("maps")
        told(0, len(groups))
        keys = [
            _key(*key, condition, roi, feature)
            for key, scans in groups.items()
            for condition in (*(scan.condition for scan in scans), ALL_CONDITIONS)
            for roi in work.asked.rois
            for feature in (ROI, *features[key[1], roi])
        ]
        files = unique_names(keys)
        tasks = [
            (scans, work.bound[scans[0].sequence][0], work.store, work.between, work.run.folder, wish, files)
            for scans in groups.values()
        ]
        maps: list[dict[str, Any]] = []
        between: list[dict[str, Any]] = []
        for own, compared, failed in each(
            work.executor, map_scans, tasks, work.store, lambda n: told(n, len(tasks)), _lost
        ):
            maps += own
            between += compared
            failures += failed
        folder = work.run.folder
        table = failure_table(failures)
        found = Mapped(folder, _table(maps, MAPS), _table(between, BETWEEN), table)
        MAPS.write(folder, found.maps)
        BETWEEN.write(folder, found.between)
        work.run.write(FAILURES, table)
        about = {
            "strategy": strategy.name,
            "settings": strategy.to_mapping(),
            "radius": given.radius,
            "masked": given.masked,
            "versions": all_versions(),
        }
        MAPS_RECORD.write(folder, about)
    return found


def _is_shape(feature: str) -> bool:
    """Tell whether a feature is one of the whole ROI, which has no map."""
    return feature.split("_")[-2:-1] in (["shape"], ["shape2D"])


def _key(*parts: str) -> Key:
    """Leave out what the study does not tell apart."""
    return tuple(part for part in parts if part)


def _table(rows: Sequence[Mapping[str, Any]], file: RunTable) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*file.texts, *file.numbers])


Rows = list[dict[str, Any]]


def map_scans(
    scans: Sequence[Scan],
    strategy: Strategy,
    store: Store,
    between: Between | None,
    folder: Path,
    wish: Wish,
    files: Mapping[Key, str],
) -> tuple[Rows, Rows, list[Failure]]:
    """Map the scans of one person and sequence under all conditions, ROI by ROI; this function does not raise for them.

    Returns
    -------
    tuple
        Rows of maps.csv, rows of between.csv, failures.
    """
    maps, compared, failures = [], [], []
    volumes: dict[str, Volume] = {}
    for scan in scans:
        try:
            read, unusable = read_usable(scan, between)
            failures += [failure_of(scan, error, READ, roi=roi) for roi, error in unusable.items()]
            (stage,) = walk_on([strategy.steps], read, identify(scan, store).whole, between, last=False)
        except (ScanError, OSError) as error:
            failures.append(failure_of(scan, error, READ))
            continue
        if isinstance(stage.volume, StepFailure):
            failures.append(failure_of(scan, stage.volume.error, stage.volume.step, strategy=strategy.name))
        else:
            volumes[scan.condition] = stage.volume
    by_condition = {scan.condition: scan for scan in scans}
    for roi in dict.fromkeys(roi for one in volumes.values() for roi in one.masks):
        features = wish.features[scans[0].sequence, roi]
        if not features:
            continue
        found: dict[str, FeatureMaps] = {}
        for condition, volume in volumes.items():
            scan = by_condition[condition]
            if roi not in volume.masks:
                continue
            try:
                found[condition] = feature_maps(
                    volume, roi, strategy.extraction, features, radius=wish.radius, masked=wish.masked
                )
            except ScanError as error:
                failures.append(failure_of(scan, error, STEP, strategy=strategy.name, roi=roi))
        key = (scans[0].subject, scans[0].sequence, scans[0].segmentation)
        masks = {condition: f"{MAP_FILES}/{files[_key(*key, condition, roi, ROI)]}.nii.gz" for condition in found}
        for condition, one in found.items():
            write_image(one.mask, one.grid, folder / masks[condition])
        for feature in features:
            for condition, one in found.items():
                name = files[_key(*key, condition, roi, feature)]
                row = _written(one, by_condition[condition], roi, feature, folder, name)
                maps.append(row | {"mask": masks[condition]})
            if found:
                name = files[_key(*key, ALL_CONDITIONS, roi, feature)]
                row, cv = _compared(found, feature, folder, name)
                compared.append(dict(zip(KEYS, (*key, ALL_CONDITIONS, roi, feature), strict=True)) | row)
                PICTURES.file(name, Drawing).write(folder, map_picture(found, volumes, feature, f"{key[0]}, {roi}", cv))
    return maps, compared, failures


def _written(found: FeatureMaps, scan: Scan, roi: str, feature: str, folder: Path, name: str) -> dict[str, Any]:
    """Write a map, and give its row."""
    file = f"{MAP_FILES}/{name}.nii.gz"
    write_image(found.maps[feature].astype(np.float32), found.grid, folder / file)
    values = found.maps[feature][found.mask]
    known = values[np.isfinite(values)]
    q1, median, q3 = np.quantile(known, [0.25, 0.5, 0.75]).tolist() if known.size else (np.nan,) * 3
    texts = (scan.subject, scan.sequence, scan.segmentation, scan.condition, roi, feature)
    return {
        **dict(zip(KEYS, texts, strict=True)),
        **{"unit": unit_of(feature), "image": scan.image.name, "file": file},
        **{"voxels": len(values), "undefined": found.undefined[feature], "median": median, "q1": q1, "q3": q3},
    }


def _compared(
    found: Mapping[str, FeatureMaps], feature: str, folder: Path, name: str
) -> tuple[dict[str, Any], BetweenMaps | None]:
    """Compare conditions, write the map of what changed, and give its row; or say why they cannot be compared."""
    conditions = ", ".join(found)
    first, *others = found.values()
    differing = [
        f"{condition}: {some(differences, 1)}"
        for condition, one in list(found.items())[1:]
        if (differences := first.grid.differences(one.grid))
    ]
    mask = np.logical_and.reduce([one.mask for one in found.values()]) if not differing else first.mask
    if not others or differing or not mask.any():
        reason = "one condition alone" if not others else "the ROIs have no voxel in common"
        if differing:
            reason = f"the grids differ ({differing[0]}); resample to one grid, or register, to compare"
        return {"conditions": conditions, "file": "", "status": reason}, None
    compared = between_maps([one.maps[feature] for one in found.values()], mask)
    file = f"{MAP_FILES}/{name}.nii.gz"
    write_image(compared.cv.astype(np.float32), first.grid, folder / file)
    values = {name: getattr(compared, name) for name in BETWEEN.numbers}
    return {"conditions": conditions, "file": file, "status": compared.status, **values}, compared


def _lost(error: ScanError, scans: Sequence[Scan], strategy: Strategy, *_: object) -> tuple[Rows, Rows, list[Failure]]:
    return [], [], [failure_of(scan, error, STEP, strategy=strategy.name) for scan in scans]
