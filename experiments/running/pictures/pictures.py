"""The pictures of a run: for every strategy a montage of a few subjects under all conditions, as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from experiments.folder.file_names import safe_name
from experiments.folder.files import PICTURES
from experiments.folder.run_folder import RunFolder
from experiments.running.pictures.drawing import LARGEST, Key, Todo, draw_each, draw_subject
from experiments.running.pictures.listing import Known, as_drawn, content_of, known_pictures, list_pictures, scans_of
from experiments.running.pictures.perturbed import picture_perturbed
from experiments.running.pictures.pictured import pictured_subjects
from experiments.running.shared_images import names_of_images
from experiments.running.store.finished import Store
from experiments.running.work import Work
from experiments.study.manifest import Scan
from experiments.study.strategy import Strategy, by_steps
from experiments.study.study import Study
from harmonize.digest import digest_of
from harmonize.steps import describe

DRAWING = 1
"""Raise it when pictures are drawn otherwise: those of earlier runs are then drawn again."""
BUDGET = 8_000_000
"""Bytes that all pictures of a run may have: as text in the report a third more, which leaves room for the rest."""


@dataclass(frozen=True)
class PictureBlock:
    """One picture: a subject under all conditions, before and after one strategy.

    Parameters
    ----------
    strategy : str
        The first of the strategies that do the same with images.
    subject, sequence : str
        Who, and which images.
    chosen : str
        Why this subject: one of the first, or that of the largest change.
    """

    strategy: str
    subject: str
    sequence: str
    chosen: str


def picture(work: Work) -> None:
    """Draw a few subjects before and after every strategy, from slices that were handed over: `pictures/`.

    Pictures of an earlier run are taken over where scans, steps and versions are the same; those that are no longer
    part of the study are removed. One of the subjects is that of the largest change of features.
    """
    study = replace(work.study, scans=work.study.images)
    place, known_before = work.run.path(PICTURES), known_pictures(work.run)
    alike = {sequence: list(by_steps(bound).values()) for sequence, bound in work.bound.items()}
    blocks = _blocks(study, alike, work.features) if study.pictures else []
    per_tile = _bytes_per_tile(study, blocks, alike)
    records: dict[Key, dict[str, Any]] = {}
    tasks = []
    for sequence, subject in dict.fromkeys((block.sequence, block.subject) for block in blocks):
        names = {block.strategy for block in blocks if (block.sequence, block.subject) == (sequence, subject)}
        wanted = [group[0] for group in alike[sequence] if group[0].name in names]
        scans = scans_of(study, sequence, subject)
        known, todo = _look_up(scans, wanted, study.rois, per_tile, work.run, known_before, work.store)
        records |= known
        if todo:
            tasks.append((scans, todo, study.rois, study.reference, per_tile, place, work.between))
    for drawn in draw_each(work, draw_subject, tasks):
        records |= drawn
    names_by_image = names_of_images(study.strategies)
    shared = {
        (sequence, group[0].name): [name for one in group for name in names_by_image[one.name]]
        for sequence, groups in alike.items()
        for group in groups
    }
    listed = [
        {**records[key], "strategies": shared[block.sequence, block.strategy], "chosen": block.chosen}
        for block in blocks
        if (key := (block.strategy, block.sequence, block.subject)) in records
    ]
    if study.perturbations:
        cells = list(dict.fromkeys((block.subject, block.sequence) for block in blocks))
        listed += picture_perturbed(work, cells, per_tile, known_before)
    list_pictures(work.run, known_before, study.pictures, listed)


def _look_up(
    scans: Sequence[Scan | str],
    strategies: Sequence[Strategy],
    rois: Sequence[str],
    per_tile: int,
    run: RunFolder,
    former: Known,
    store: Store,
) -> tuple[dict[Key, dict[str, Any]], list[Todo]]:
    """Give what an earlier run has drawn of one subject, and what is to be drawn."""
    present = [scan for scan in scans if isinstance(scan, Scan)]
    content = [content_of(scan, store) for scan in present]
    subject, sequence, _ = present[0].key
    conditions = [scan.condition if isinstance(scan, Scan) else scan for scan in scans]
    records, todo = {}, []
    for strategy in strategies:
        steps = [describe(step) for step in strategy.steps]
        key = digest_of([DRAWING, per_tile, content, conditions, list(rois), strategy.name, subject, sequence, steps])
        file = f"{strategy.name}/{safe_name(subject, sequence)}_{key[:8]}.jpg"
        known = as_drawn(run, former, file, key)
        if known is not None:
            records[strategy.name, sequence, subject] = known
        else:
            todo.append(Todo(strategy, key, file))
    return records, todo


def _blocks(study: Study, alike: Mapping[str, list[list[Strategy]]], features: pd.DataFrame) -> list[PictureBlock]:
    blocks = []
    for strategy in study.strategies:
        rows = features[features["strategy"] == strategy.name]
        chosen = pictured_subjects(rows, study.subjects, study.reference, study.pictures)
        for sequence, subjects in chosen.items():
            if strategy.name in {group[0].name for group in alike[sequence]}:
                blocks += [PictureBlock(strategy.name, subject, sequence, why) for subject, why in subjects.items()]
    return blocks


def _bytes_per_tile(study: Study, blocks: Sequence[PictureBlock], alike: Mapping[str, list[list[Strategy]]]) -> int:
    """Share the budget among all tiles, up to what a large one needs at the best quality whatever it shows."""
    lengths = {group[0].name: len(group[0].steps) for groups in alike.values() for group in groups}
    tiles = sum(len(study.scanned) * (4 if lengths[block.strategy] else 1) for block in blocks)
    if study.perturbations:
        cells = {(block.subject, block.sequence) for block in blocks}
        tiles += 2 * len(cells) * (1 + len({draw.chain for draw in study.perturbations}))
    return min(BUDGET // max(tiles, 1), LARGEST**2)
