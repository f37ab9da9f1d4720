"""Perturbations of a study: which scans, where among the steps, which random numbers."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from evaluation.extraction import ExtractionSettings
from experiments.study.perturbations import Draw, perturbed, told_apart, unperturbed
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.perturbations import Effect
from harmonize.perturbations.gamma import GammaCurve

HEAD = "subject,sequence,acquisition,reconstruction,image,mask\n"
IMAGES = f"{HEAD}S1,T2,REF,STD,a.nii,m.nii\nS2,T2,REF,STD,b.nii,m.nii\n"
SEVERAL = f"{IMAGES}S1,T2,ACC,STD,c.nii,m.nii\n"
CENTRES = ""
STUDY = """images: images.csv
reference: REF+STD
rois: {labels: {liver: 1}}
strategies: {raw: , both: {steps: [n4, zscore]}}
perturbations: {G: {steps: [gamma: {exponent: [0.5, 2]}]}}
"""


@dataclass(frozen=True)
class Turn:
    """Of the grid, by chance."""

    name: ClassVar[str] = "turn"
    title: ClassVar[str] = "turn"
    effect: ClassVar[Effect] = Effect(grid=True, random=True)

    def __call__(self, volume, random):
        """Give it as it is."""
        return volume


def names(strategy):
    return [step.name for step in strategy.steps]


def test_perturbed_scans_are_the_conditions_of_a_study_of_one(read):
    study = read()
    assert (study.reference, study.conditions, study.scanned, study.factors) == (
        "unperturbed",
        ("unperturbed", "G-1", "G-2"),
        ("unperturbed",),
        ("perturbation",),
    )
    assert study.scans[0].levels == {"acquisition": "REF", "reconstruction": "STD", "perturbation": "unperturbed"}
    assert study.scans[0].under("G-1").key == ("S1", "T2", "G-1")
    drawn = study.settings()["perturbations"]["G"]["draws"]
    assert drawn == {"G-1": [{"gamma": {"exponent": 0.5}}], "G-2": [{"gamma": {"exponent": 2.0}}]}


def test_of_several_conditions_the_reference_is_perturbed_or_what_is_named(read):
    study = read(images=SEVERAL)
    assert study.conditions == study.scanned == ("REF+STD", "ACC+STD")
    assert [len(perturbed(study.strategies, scan, study.perturbations)) for scan in study.scans] == [6, 6, 2]
    assert study.scans[0].under("G-1").key == ("S1", "T2", "REF+STD")
    both = read(STUDY.replace("exponent: [0.5, 2]}]", "exponent: [0.5, 2]}], conditions: [REF+STD, ACC+STD]"), SEVERAL)
    assert [len(perturbed(both.strategies, scan, both.perturbations)) for scan in both.scans] == [6, 6, 6]


def test_it_stands_where_its_effect_or_the_study_says(read):
    (scan, *_), (_, both) = read().scans, read().strategies
    image, grid = Draw("G", 1, (GammaCurve(),)), Draw("T", 1, (Turn(),))
    assert names(image.within(both, scan)) == ["perturbation", "n4", "zscore"]
    assert names(grid.within(both, scan)) == ["n4", "zscore", "perturbation"]
    for where in ({"after": "n4"}, {"before": "zscore"}):
        assert names(replace(grid, **where).within(both, scan)) == ["n4", "perturbation", "zscore"]


def test_it_is_cropped_where_features_look_no_further(read):
    (scan, *_), (raw, both) = read().scans, read().strategies
    turn, image = Draw("T", 1, (Turn(),)), Draw("G", 1, (GammaCurve(),))
    log = replace(raw, extraction=ExtractionSettings({"binWidth": 5}, {"LoG": {"sigma": [2]}}))
    margins = [draw.within(one, scan).steps[-1].margin for draw, one in ((turn, raw), (turn, both), (turn, log))]
    assert margins == [0.0, 0.0, None]
    assert image.within(both, scan).steps[0].margin is None  # steps behind it look at the whole image


def test_chains_of_the_command_line_stand_beside_those_of_the_file(tmp_path, read, golden):
    read()
    study = Study.from_yaml(tmp_path / "study.yaml", perturb=("noise", "translation+rotation"))
    assert study.conditions == ("unperturbed", "G-1", "G-2", "noise-1", "translation_rotation-1")
    for perturb in (("noise", "noise"), ("nois",), ("noise+",)):
        with golden.error(ConfigurationError):
            Study.from_yaml(tmp_path / "study.yaml", perturb=perturb)


def test_random_numbers_are_those_of_scan_and_draw_whatever_the_strategy(read):
    study = read(images=SEVERAL)
    alone = read()
    draw = Draw("T", 1, (Turn(),))
    seeds = {
        draw.of(study.scans[0]).seed,
        draw.of(study.scans[1]).seed,
        draw.of(study.scans[2]).seed,
        replace(draw, number=2).of(study.scans[0]).seed,
        replace(draw, seed=1).of(study.scans[0]).seed,
        replace(draw, chain="U").of(study.scans[0]).seed,
    }
    assert len(seeds) == 6
    assert draw.of(alone.scans[0]) == draw.of(study.scans[0])
    assert replace(draw, steps=(GammaCurve(),)).of(study.scans[0]).seed == 0  # nothing is drawn


def test_names_are_told_apart(read):
    study = read()
    found = perturbed(study.strategies, study.scans[0], study.perturbations)
    assert [told_apart(one.name) for one in found][2:4] == [("raw", "G-1"), ("raw", "G-2")]
    assert unperturbed(found) == list(study.strategies)


@pytest.mark.parametrize(
    ("study", "images"),
    [
        (f"{STUDY[:-3]}, conditions: ACC+DLR}}}}\n", SEVERAL),
        (f"{STUDY[:-3]}, conditions: REF+DLR}}}}\n", IMAGES),
        (f"{STUDY[:-3]}, before: zscor}}}}\n", IMAGES),
        (f"{STUDY[:-3]}, after: zscore}}}}\n".replace("both:", "n4: {steps: [n4]}, both:"), IMAGES),
        (STUDY, IMAGES.replace(",mask", ",mask,perturbation").replace("m.nii", "m.nii,x")),
        (f"{STUDY}factors: [acquisition, perturbation]\n", IMAGES),
    ],
)
def test_what_cannot_be_meant_is_refused(read, study, images, golden):
    with golden.error(ConfigurationError):
        read(study, images)
