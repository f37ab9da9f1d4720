"""Readers who lack images or ROIs, and masks that are another's."""

import numpy as np
import pytest

from tests.experiments.audit.conftest import label_map


@pytest.fixture
def readers(small):
    """The small study drawn by anna and, a voxel smaller, by ben."""
    smaller = label_map()
    smaller[:, 9, :] = smaller[:, 21, :] = 0
    masks = {row["mask"] for row in small.rows}
    for mask in masks:
        small.labels(f"ben_{mask}", smaller)
    small.rows = [
        {**row, "mask": row["mask"] if name == "anna" else f"ben_{row['mask']}", "segmentation": name}
        for row in small.rows
        for name in ("anna", "ben")
    ]
    small.values["segmentation"] = "anna"
    return small


def of_segmentations(audit):
    return [one for one in audit.findings if "segmentation" in one.kind or one.kind == "missing_roi"]


def test_a_sound_study_of_two_readers_is_complete_and_told_once(readers):
    found = readers.audit()
    assert of_segmentations(found) == []
    assert found.present == found.expected == 12
    assert found.others == {"ben": 12}
    assert len(found.signals) == 6
    array = np.random.default_rng(0).normal(300, 100, (6, 24, 24))
    array[0, 0, 0] = np.nan
    readers.image(readers.rows[0]["image"], array)
    assert sum(one.kind == "non_finite" for one in readers.audit().findings) == 1


def test_images_that_a_reader_lacks_are_told(readers, golden):
    readers.rows = readers.rows[:-1]
    (one,) = of_segmentations(readers.audit())
    golden.text(f"{one.level} {one.where}: {one.problem}; {one.advice}")


def test_an_roi_that_one_reader_missed_is_told_with_who(readers, golden):
    """Drawn by neither its label nor its name."""
    only = label_map()
    only[only == 2] = 0
    readers.labels(readers.rows[1]["mask"], only)
    found = readers.audit()
    assert (found.present, found.others) == (12, {"ben": 10})  # the mask is that of all conditions but one
    (one, *_) = [one for one in found.findings if one.roi == "spleen" and one.level == "error"]
    golden.text(f"{one.level} {one.where}: {one.problem}; {one.advice}")
    assert ", segmentation ben, " in one.where


def test_masks_that_are_those_of_the_other_reader_are_told(readers, golden):
    readers.rows[1]["mask"] = readers.rows[0]["mask"]
    readers.labels(readers.rows[5]["mask"])
    found = [one for one in readers.audit().findings if one.kind == "same_segmentation"]
    golden.text("\n".join(f"{one.level} {one.where}: {one.problem}; {one.advice}" for one in found))
    assert {one.level for one in found} == {"error", "warning"}


def test_one_reader_alone_is_a_note(readers, golden):
    readers.rows = readers.rows[::2]
    (one,) = of_segmentations(readers.audit())
    golden.text(f"{one.level} {one.where}: {one.problem}; {one.advice}")
