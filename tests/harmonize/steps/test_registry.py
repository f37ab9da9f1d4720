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
    ("entries", "message"),
    [
        ("zscore", "study.yaml: expected a list of steps, found 'zscore'"),
        ({"zscore": {}}, "study.yaml: expected a list of steps"),
        (["n4", "zscor"], r"study.yaml\[1\]: unknown step 'zscor'; did you mean 'zscore'\?"),
        ([{"n4": {"shrnk": 2}}], r"study.yaml\[0\]: n4: unknown key 'shrnk'; did you mean 'shrink'\?"),
        ([{"n4": {"shrink": 0}}], r"study.yaml\[0\]: n4: shrink is 0, expected 1 or more"),
        ([{"diffusion": {"flow": "perona"}}], "flow: unknown value 'perona'"),
        ([{"diffusion": {"dimension": 4}}], "dimension: unknown value 4; known are: 2, 3"),
        (["resample"], r"study.yaml\[0\]: resample: expected either a spacing or `to: reference`, found neither"),
        ([{"resample": {"spacing": 1, "to": "reference"}}], "resample: expected either .* found both"),
        ([{"resample": {"spacing": [1, "x"]}}], r"resample: spacing\[1\]: expected a number, found 'x'"),
    ],
)
def test_mistakes_are_named_with_their_place(entries, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_steps(entries, "study.yaml")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: steps.N4BiasField(control_points=3), "control_points is 3, expected 4 or more"),
        (lambda: steps.N4BiasField(fwhm=0.0), "fwhm is 0, expected a number above 0"),
        (lambda: steps.N4BiasField(convergence_threshold=-1.0), "convergence_threshold is -1, expected 0 or more"),
        (lambda: steps.N4BiasField(region=""), "region is empty"),
        (lambda: steps.AnisotropicDiffusion("perona"), "flow is 'perona'"),
        (lambda: steps.AnisotropicDiffusion(conductance="x"), "conductance is 'x'"),
        (lambda: steps.N4BiasField(engine="x"), "engine is 'x'"),
        (lambda: steps.N4BiasField(engine="itk", extent="image"), "lays its lattice over the samples"),
        (lambda: steps.AnisotropicDiffusion(iterations=0), "iterations is 0"),
        (lambda: steps.AnisotropicDiffusion(time_step=0.0), "time_step is 0"),
        (lambda: steps.AnisotropicDiffusion(conductance_parameter=-1.0), "conductance_parameter is -1"),
        (lambda: steps.AnisotropicDiffusion(dimension=4), "dimension is 4"),
        (lambda: steps.AnisotropicDiffusion(dimension=3, slice_axis="z"), "which has no slices"),
        (lambda: steps.Median(0), "radius is 0"),
        (lambda: steps.Median(slice_axis="w"), "slice_axis is 'w'"),
        (lambda: steps.Bilateral(spatial_sigma=0.0), "spatial_sigma is 0"),
        (lambda: steps.Bilateral(range_sigma=-1.0), "range_sigma is -1"),
        (lambda: steps.NonlocalMeans(patch=4), "patch is 4, expected an odd number"),
        (lambda: steps.NonlocalMeans(search=0), "search is 0"),
        (lambda: steps.NonlocalMeans(strength=0.0), "strength is 0"),
        (lambda: steps.TotalVariation(noise=0.0), "noise is 0"),
        (lambda: steps.TotalVariation(dimension=1), "dimension is 1"),
        (lambda: steps.ZScore(scale=0.0), "scale is 0"),
        (lambda: steps.ZScore(outliers=0.0), "outliers is 0"),
        (lambda: steps.ZScore(region=""), "region is empty"),
        (lambda: steps.Clip((5.0, 5.0)), "percentiles are 5 and 5"),
        (lambda: steps.Clip((5.0, 101.0)), "percentiles are 5 and 101"),
        (lambda: steps.Clip(bounds=(None, None)), "bounds are both open"),
        (lambda: steps.Clip(bounds=(2.0, 1.0)), "bounds are 2 and 1"),
        (lambda: steps.Clip((1.0, 2.0), (1.0, 2.0)), "percentiles and bounds are both given"),
        (lambda: steps.Clip(region=""), "region is empty"),
        (lambda: steps.Resample(0.0), "spacing is 0"),
        (lambda: steps.Resample((1.0,)), "spacing has 1 values"),
        (lambda: steps.Resample((None, None)), "spacing keeps every axis"),
        (lambda: steps.Resample(to="scan"), "to is 'scan', expected 'reference'"),
        (lambda: steps.Resample(1.0, "cubic"), "interpolator is 'cubic'"),
        (lambda: steps.Resample(1.0, "linear", "bspline"), "mask_interpolator is 'bspline'"),
        (lambda: steps.RobustZScore(""), "region is empty"),
        (lambda: steps.RobustZScore(scale=0.0), "scale is 0"),
        (lambda: steps.Scaling((5.0, 5.0)), "percentiles are 5 and 5"),
        (lambda: steps.Scaling(output=(2.0, 1.0)), "output is 2 to 1"),
        (lambda: steps.Scaling(region=""), "region is empty"),
        (lambda: steps.FuzzyTissueMean(classes=1), "classes is 1"),
        (lambda: steps.FuzzyTissueMean(4), r"tissue is 4, expected 1 \(the darkest\) to 3"),
        (lambda: steps.FuzzyTissueMean(target=0.0), "target is 0"),
        (lambda: steps.FuzzyTissueMean(region=""), "region is empty"),
        (lambda: steps.TissueMode("second"), "peak is 'second'"),
        (lambda: steps.TissueMode(width=0.6), "width is 0.6"),
        (lambda: steps.TissueMode(scale=-1.0), "scale is -1"),
        (lambda: steps.TissueMode(region=""), "region is empty"),
        (lambda: FittedNyul("", (0.0, 100.0), (0.0, 1.0)), "region is empty"),
        (lambda: FittedHistogramMatching("image", (0.0, 100.0), (1.0, 0.0)), "intensities falls from 1 to 0"),
    ],
)
def test_wrong_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
