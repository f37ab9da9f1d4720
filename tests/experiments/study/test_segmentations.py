"""Rows of images.csv that are segmentations of one image."""

import numpy as np
import pytest

from experiments.study.plan import Stage, StepFailure
from experiments.study.segmentations import Apart, SegmentationView, cohort_scans, joined, names_in, places_once
from harmonize.errors import ConfigurationError, ScanError
from harmonize.image.volume import Grid, Volume
from harmonize.steps import parse_steps

HEAD = "subject,sequence,acquisition,reconstruction,image,mask,segmentation\n"
IMAGES = f"{HEAD}S1,T2,REF,STD,a.nii,m.nii,ben\nS1,T2,REF,STD,a.nii,n.nii,anna\nS1,T2,ACC,STD,c.nii,m.nii,ben\n"
CENTRES = ""
STUDY = """images: images.csv
reference: REF+STD
rois: {labels: {liver: 1}}
strategies: {raw: }
"""
NAMED = f"{STUDY}segmentation: anna\n"


def test_an_image_counts_once_with_the_rois_of_the_segmentation_that_is_compared(read):
    study = read(NAMED)
    assert study.segmentations == ("anna", "ben")
    assert [scan.segmentation for scan in study.images] == ["anna", "ben"]
    assert places_once(study.scans, "anna") == [1, 2]
    (learned,) = cohort_scans(study.scans, "anna")
    assert list(learned.masks) == ["liver", "liver / ben"]
    assert study.settings()["segmentation"] == "anna"
    assert "1 subject, 2 conditions, 2 scans, 1 ROI" in repr(study)


def test_one_segmentation_needs_no_name_and_a_study_without_has_none(read):
    assert (
        read(
            STUDY,
            IMAGES.replace("ben", "anna")
            .replace("a.nii,n.nii,anna\n", "b.nii,n.nii,anna\n", 1)
            .replace("REF,STD,a.nii", "ACC,DLR,a.nii"),
        ).segmentation
        == "anna"
    )
    bare = read(STUDY, "subject,sequence,acquisition,reconstruction,image,mask\nS1,T2,REF,STD,a.nii,m.nii\n")
    assert (bare.segmentation, bare.segmentations, "segmentation" in bare.settings()) == ("", (), False)


def test_as_a_factor_it_is_a_condition(read):
    study = read(f"{STUDY.replace('REF+STD', 'REF+anna')}factors: [acquisition, segmentation]\n")
    assert study.conditions == ("REF+anna", "REF+ben", "ACC+ben")
    assert study.segmentations == ()


@pytest.mark.parametrize(
    ("study", "images"),
    [
        (STUDY, IMAGES),
        (f"{STUDY}segmentation: ana\n", IMAGES),
        (NAMED, IMAGES.replace(",segmentation", "").replace(",anna", "").replace(",ben", "")),
        (NAMED, IMAGES.replace("ben", "anna")),
        (NAMED, IMAGES.replace("a.nii,n.nii", "b.nii,n.nii")),
        (NAMED, IMAGES.replace("m.nii,ben", "m.nii,")),
        (NAMED, IMAGES.replace("ben", "ben+1")),
    ],
)
def test_what_is_no_segmentation_of_one_image_is_told(read, study, images, golden):
    with golden.error(ConfigurationError):
        read(study, images)


class Seen:
    """A listener that notes what it is shown."""

    def __init__(self, *places):
        self.places, self.stages = places, {}

    def see(self, stage: Stage):
        self.stages[stage.steps] = stage.volume


@pytest.fixture
def two(read):
    """Two segmentations of one image, as one scan."""
    scans = read(NAMED).scans[1::-1]
    grid = Grid((8, 8, 4), (1.0, 1.0, 1.0))
    image = np.random.default_rng(0).normal(100, 10, grid.shape)
    masks = {"liver": np.zeros(grid.shape, bool), "liver / ben": np.zeros(grid.shape, bool)}
    masks["liver"][1:3, 1:5, 1:5] = masks["liver / ben"][1:3, 2:7, 2:7] = True
    assert list(joined(scans).masks) == list(masks)
    return [SegmentationView(names_in(scan, scans[0])) for scan in scans], Volume(image, grid, masks)


def test_steps_in_an_roi_are_done_for_each_segmentation_and_all_others_once(two):
    views, volume = two
    image, own = (parse_steps(steps, "") for steps in (["zscore"], ["zscore", {"zscore": {"region": "liver"}}]))
    listeners = [Seen((), image, own), Seen(own)]
    apart = Apart(views, [[one] for one in listeners], volume)
    assert set(apart.places) == {(), image}
    for place in apart.places:
        stepped = volume
        for step in place:
            stepped = step(stepped)
        apart.see(Stage(place, stepped, (1.0,) * len(place)))
    for view, seen in zip(views, listeners, strict=True):
        alone = view.volume(volume)
        for step in own:
            alone = step(alone)
        assert list(seen.stages[own].masks) == ["liver"]
        np.testing.assert_array_equal(seen.stages[own].image, alone.image)
    assert not np.array_equal(listeners[0].stages[own].image, listeners[1].stages[own].image)


def test_what_fails_for_the_roi_of_one_is_tried_for_each_by_itself(two):
    views, volume = two
    (step,) = place = parse_steps(["zscore"], "")
    seen = Seen(place)
    Apart(views, [[seen], []], volume).see(Stage(place, StepFailure("zscore", ScanError("lost", "look"))))
    np.testing.assert_array_equal(seen.stages[place].image, step(volume).image)
