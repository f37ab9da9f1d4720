import json

import pytest

from harmonize import steps
from harmonize.errors import ConfigurationError
from harmonize.steps import STEPS, describe, parse_steps
from harmonize.steps.histogram_matching import FittedHistogramMatching
from harmonize.steps.nyul import FittedNyul

EXAMPLES = [
    steps.FuzzyTissueMean(2),
    steps.HistogramMatching(points=10, fit_on={"acquisition": "REF"}),
    steps.Nyul(fit_on={"subject": ("S01", "S02")}),
    steps.ReferenceTissue({"muscle": 100.0, "fat": 300.0}),
    steps.ProcessedElsewhere("network"),
    steps.ExternalCommand(("denoise", "{in}", "{out}"), version="2"),
    steps.RobustZScore("liver"),
    steps.Scaling(output=(0.0, 1.0)),
    steps.TissueMode("last"),
    steps.Bilateral(range_sigma=1.5),
    steps.Median(dimension=3),
    steps.NonlocalMeans(noise=4.0, slice_axis="y"),
    steps.TotalVariation(0.7),
    steps.N4BiasField(shrink=2, region="liver"),
    steps.AnisotropicDiffusion("curvature", time_step=0.05, dimension=3),
    steps.ZScore(outliers=3.0),
    steps.Clip(),
    steps.Round(),
    steps.Clip(bounds=(None, 500.0)),
    steps.Resample(1.5),
    steps.Resample((1.0, None, 3.0), "linear", "nearest"),
    steps.Resample(to="reference"),
]


def test_every_step_stands_under_its_name():
    assert {type(step) for step in EXAMPLES} == set(STEPS.values())
    assert all(STEPS[step.name] is type(step) for step in EXAMPLES)


@pytest.mark.parametrize("step", EXAMPLES, ids=lambda step: step.name)
def test_a_description_holds_every_parameter_and_makes_the_same_step(step):
    described = json.loads(json.dumps(describe(step)))
    assert described == describe(step)
    if isinstance(step, steps.Clip) and step.bounds is None:
        assert described == {"clip": {"percentiles": [0.5, 99.5], "bounds": None, "region": "foreground"}}
    assert parse_steps([described], "here") == (step,)


def test_equal_steps_are_described_alike_however_they_were_written():
    (plain,) = parse_steps(["clip"], "here")
    (spelled,) = parse_steps([{"clip": {"percentiles": [0.5, 99.5]}}], "here")
    assert describe(plain) == describe(spelled)


def test_no_steps():
    assert parse_steps(None, "here") == ()
    assert parse_steps([], "here") == ()


@pytest.mark.parametrize(
    "entries",
    [
        "zscore",
        {"zscore": {}},
        ["n4", "zscor"],
        [{"n4": {"shrnk": 2}}],
        [{"n4": {"shrink": 0}}],
        [{"diffusion": {"flow": "perona"}}],
        [{"diffusion": {"dimension": 4}}],
        ["resample"],
        [{"resample": {"spacing": 1, "to": "reference"}}],
        [{"resample": {"spacing": [1, "x"]}}],
    ],
)
def test_mistakes_are_named_with_their_place(entries, golden):
    with golden.error(ConfigurationError):
        parse_steps(entries, "study.yaml")


@pytest.mark.parametrize(
    "make",
    [
        lambda: steps.N4BiasField(control_points=3),
        lambda: steps.N4BiasField(fwhm=0.0),
        lambda: steps.N4BiasField(convergence_threshold=-1.0),
        lambda: steps.N4BiasField(region=""),
        lambda: steps.AnisotropicDiffusion("perona"),
        lambda: steps.AnisotropicDiffusion(conductance="x"),
        lambda: steps.N4BiasField(engine="x"),
        lambda: steps.N4BiasField(engine="itk", extent="image"),
        lambda: steps.AnisotropicDiffusion(iterations=0),
        lambda: steps.AnisotropicDiffusion(time_step=0.0),
        lambda: steps.AnisotropicDiffusion(conductance_parameter=-1.0),
        lambda: steps.AnisotropicDiffusion(dimension=4),
        lambda: steps.AnisotropicDiffusion(dimension=3, slice_axis="z"),
        lambda: steps.Median(0),
        lambda: steps.Median(slice_axis="w"),
        lambda: steps.Bilateral(spatial_sigma=0.0),
        lambda: steps.Bilateral(range_sigma=-1.0),
        lambda: steps.NonlocalMeans(patch=4),
        lambda: steps.NonlocalMeans(search=0),
        lambda: steps.NonlocalMeans(strength=0.0),
        lambda: steps.TotalVariation(noise=0.0),
        lambda: steps.TotalVariation(dimension=1),
        lambda: steps.ZScore(scale=0.0),
        lambda: steps.ZScore(outliers=0.0),
        lambda: steps.ZScore(region=""),
        lambda: steps.Clip((5.0, 5.0)),
        lambda: steps.Clip((5.0, 101.0)),
        lambda: steps.Clip(bounds=(None, None)),
        lambda: steps.Clip(bounds=(2.0, 1.0)),
        lambda: steps.Clip((1.0, 2.0), (1.0, 2.0)),
        lambda: steps.Clip(region=""),
        lambda: steps.Resample(0.0),
        lambda: steps.Resample((1.0,)),
        lambda: steps.Resample((None, None)),
        lambda: steps.Resample(to="scan"),
        lambda: steps.Resample(1.0, "cubic"),
        lambda: steps.Resample(1.0, "linear", "bspline"),
        lambda: steps.RobustZScore(""),
        lambda: steps.RobustZScore(scale=0.0),
        lambda: steps.Scaling((5.0, 5.0)),
        lambda: steps.Scaling(output=(2.0, 1.0)),
        lambda: steps.Scaling(region=""),
        lambda: steps.FuzzyTissueMean(classes=1),
        lambda: steps.FuzzyTissueMean(4),
        lambda: steps.FuzzyTissueMean(target=0.0),
        lambda: steps.FuzzyTissueMean(region=""),
        lambda: steps.TissueMode("second"),
        lambda: steps.TissueMode(width=0.6),
        lambda: steps.TissueMode(scale=-1.0),
        lambda: steps.TissueMode(region=""),
        lambda: FittedNyul("", (0.0, 100.0), (0.0, 1.0)),
        lambda: FittedHistogramMatching("image", (0.0, 100.0), (1.0, 0.0)),
    ],
)
def test_wrong_parameters_are_refused(make, golden):
    with golden.error(ValueError):
        make()
