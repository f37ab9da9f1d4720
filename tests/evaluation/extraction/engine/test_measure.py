import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as made
from numpy.testing import assert_allclose

from evaluation.extraction.engine.directions import half_directions
from evaluation.extraction.engine.measure import MOST_LEVELS, Region, measure
from evaluation.extraction.extract import UNDEFINED_IN_ONE_BIN
from evaluation.extraction.parameters import CLASSES, DEFAULTS, check_feature_classes

ALL = check_feature_classes(dict.fromkeys(CLASSES), "featureClass")
SPACING = (5.0, 1.2, 0.9)
SETTINGS = {
    "defaults": {},
    "2D": {"force2D": True},
    "2D in another plane": {"force2D": True, "force2Ddimension": 1},
    "far": {"distances": (1, 2), "gldm_a": 1},
    "very far": {"distances": (3,), "force2D": True, "gldm_a": 3},
    "one direction each way": {"symmetricalGLCM": False},
    "euclidean": {"weightingNorm": "euclidean", "distances": (1, 2)},
    "manhattan": {"weightingNorm": "manhattan", "symmetricalGLCM": False},
    "infinity": {"weightingNorm": "infinity", "force2D": True},
    "unweighted sum": {"weightingNorm": "no_weighting"},
    "bin count": {"binCount": 16},
    "few levels": {"binWidth": 200.0},
    "a level for each intensity": {"binWidth": 1.0},
    "shifted": {"voxelArrayShift": 1000},
    "counted from a bound": {"binLowerBound": -1000.0, "binWidth": 33.3},
}


EMPTY_SUMS = {
    "glcm_InverseVariance": "glcm_Contrast",
    "glrlm_RunEntropy": "glrlm_ShortRunEmphasis",
    "glrlm_RunVariance": "glrlm_ShortRunEmphasis",
}


def agree(found, expected, where="", rtol=1e-9, atol=1e-12):
    assert list(found) == list(expected)
    assert_allclose(list(found.values()), list(expected.values()), rtol=rtol, atol=atol, err_msg=where)


@pytest.mark.parametrize("case", SETTINGS)
def test_values_are_those_of_pyradiomics(case, made_region, by_pyradiomics):
    setting = {**DEFAULTS, **SETTINGS[case]}
    holes = np.random.default_rng(9).random((5, 8, 7)) < 0.4
    regions = {
        "ball": made_region(1),
        "slice": made_region(2, mask=np.ones((1, 6, 7), bool)),
        "column": made_region(3, mask=np.ones((7, 1, 5), bool)),
        "holes": made_region(4, mask=holes),
        "large": made_region(5, (12, 30, 34)),
    }
    if case == "a level for each intensity":
        del regions["large"]  # PyRadiomics' matrices of hundreds of MB take ten seconds
    found, failures = measure(regions, SPACING, ALL, setting)
    assert failures == {}
    assert list(found) == list(regions)
    for name, region in regions.items():
        agree(found[name], by_pyradiomics(region, SPACING, setting), f"{case}, {name}")


def pattern(mask, values):
    mask = np.array(mask, bool)
    return Region(mask, np.array(values, float))


EDGES = {
    "one voxel": pattern([[[1]]], [7.0]),
    "a line of two": pattern([[[1, 1]]], [7.0, 107.0]),
    "one level": pattern(np.ones((2, 3, 3)), [55.0] * 18),
    "two parts": pattern([[[1, 1, 0, 0, 1], [1, 1, 0, 0, 1]]], [10.0, 60.0, 10.0, 110.0, 60.0, 10.0]),
    "on a diagonal": pattern([np.eye(4)], [10.0, 10.0, 60.0, 60.0]),
    "one voxel alone": pattern([[[1, 1, 1, 0, 1]]], [10.0, 60.0, 10.0, 10.0]),
    "a long run": pattern(np.ones((1, 2, 9)), [10.0] * 9 + [60.0] * 9),
    "ends of bins": pattern([[[1, 1, 1], [1, 1, 1]]], [0.0, 25.0, 50.0, 75.0, 24.999, 100.0]),
    "below 0": pattern([[[1, 1, 1], [1, 1, 1]]], [-50.0, -25.0, 0.0, 25.0, -24.999, 1e-9]),
    "one far off": pattern(np.ones((2, 3, 3)), [*range(0, 850, 50), 20_000.0]),
    "single precision": Region(np.ones((3, 4, 5), bool), np.linspace(0.1, 977.7, 60, dtype=np.float32)),
}


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("case", EDGES)
def test_edges_are_those_of_pyradiomics(case, flat, by_pyradiomics):
    region, setting = EDGES[case], {**DEFAULTS, "force2D": flat}
    check(region, setting, by_pyradiomics, *measure({"roi": region}, SPACING, ALL, setting), "roi")


def check(region, setting, by_pyradiomics, features, failures, name):
    """Compare one region; where no voxel can have a neighbour, PyRadiomics fails as well."""
    if name in failures:
        assert "none has a neighbour" in failures[name].problem
        with pytest.raises(RuntimeError, match="Error getting angle count"):
            by_pyradiomics(region, SPACING, setting)
        return
    found, expected = features[name], by_pyradiomics(region, SPACING, setting)
    noise = set(made_up(region, setting))
    # Without a pair or a line of two voxels PyRadiomics gives the sum of nothing, beside NaN for all others.
    for feature, empty in EMPTY_SUMS.items():
        if math.isnan(expected[empty]):
            assert math.isnan(found[feature])
            noise.add(feature)
    agree(found, {**expected, **{feature: found[feature] for feature in noise}}, name, atol=1e-8)


def made_up(region, setting):
    """Name features for which PyRadiomics' number is rounding, or one that it makes up."""
    if len(np.unique(np.floor(region.values / setting["binWidth"]))) == 1:
        return UNDEFINED_IN_ONE_BIN
    found = list(glcms(region, setting))
    independent = any(np.linalg.matrix_rank(p) == 1 for p in found)
    # Weights of directions may leave next to nothing but one pair of levels, whose entropy Imc1 is divided by.
    alone = setting["weightingNorm"] is not None and any(np.max(p) == np.sum(p) for p in found)
    return ["glcm_MCC", "glcm_Imc2", "glcm_Correlation"] * independent + ["glcm_Imc1"] * alone


def glcms(region, setting):
    """Count pairs one by one."""
    levels = np.full(region.mask.shape, -1)
    _, levels[region.mask] = np.unique(np.floor(region.values / setting["binWidth"]), return_inverse=True)
    voxels = {tuple(place): levels[tuple(place)] for place in np.argwhere(region.mask)}
    for step in half_directions(setting["distances"], setting["force2Ddimension"] if setting["force2D"] else None):
        found = np.zeros((levels.max() + 1,) * 2)
        for place, level in voxels.items():
            other = voxels.get(tuple(np.array(place) + step))
            if other is not None:
                found[level, other] += 1
        if found.any():
            yield found + found.T if setting["symmetricalGLCM"] else found


@st.composite
def some_regions(draw):
    shape = draw(st.tuples(*(st.integers(1, 5) for _ in range(3))))
    mask = draw(made.arrays(bool, shape, elements=st.booleans()))
    mask[tuple(draw(st.integers(0, size - 1)) for size in shape)] = True
    mask = mask[tuple(slice(hit.min(), hit.max() + 1) for hit in np.nonzero(mask))]
    values = draw(made.arrays(np.float64, int(mask.sum()), elements=st.integers(-3, 4).map(float)))
    return Region(mask, values)


@settings(max_examples=100, deadline=None)
@example(
    regions=[Region(np.array([[[True, True]], [[True, False]]]), np.array([0.0, 0.0, 1.0]))],
    flat=None,
    distances=(1,),
    symmetrical=True,
    a=0,
    norm="euclidean",
)
@given(
    regions=st.lists(some_regions(), min_size=1, max_size=3),
    flat=st.sampled_from([None, 0, 1, 2]),
    distances=st.sampled_from([(1,), (2,), (1, 2)]),
    symmetrical=st.booleans(),
    a=st.integers(0, 2),
    norm=st.sampled_from([None, None, "euclidean", "infinity"]),
)
def test_any_region_has_pyradiomics_values(by_pyradiomics, regions, flat, distances, symmetrical, a, norm):
    setting = {**DEFAULTS, "binWidth": 1.0, "force2D": flat is not None, "force2Ddimension": flat or 0}
    setting |= {"distances": distances, "symmetricalGLCM": symmetrical, "gldm_a": a, "weightingNorm": norm}
    named = {str(number): region for number, region in enumerate(regions)}
    found, failures = measure(named, SPACING, ALL, setting)
    for name, region in named.items():
        check(region, setting, by_pyradiomics, found, failures, name)


def test_the_digits_of_a_region_do_not_depend_on_what_is_measured_with_it(made_region):
    setting = {**DEFAULTS, "gldm_a": 1}
    regions = {str(seed): made_region(seed, shape) for seed, shape in enumerate([(4, 9, 8), (3, 15, 15), (9, 9, 9)])}
    together, _ = measure(regions, SPACING, ALL, setting)
    for name, region in regions.items():
        alone, _ = measure({name: region}, SPACING, ALL, setting)
        assert alone[name] == together[name]


def test_only_what_is_asked_for(made_region):
    classes = {"ngtdm": ("Contrast",), "firstorder": ("Mean", "Energy")}
    found, _ = measure({"ball": made_region()}, SPACING, classes, DEFAULTS)
    assert list(found["ball"]) == ["ngtdm_Contrast", "firstorder_Mean", "firstorder_Energy"]


def test_nothing_to_measure_is_nothing():
    assert measure({}, SPACING, ALL, DEFAULTS) == ({}, {})


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([1.0, math.nan, 3.0, 4.0], "1 of 4 voxels of the ROI are NaN or infinite"),
        ([1.0, math.inf, 3.0, -math.inf], "2 of 4 voxels of the ROI are NaN or infinite"),
        ([0.0, 1.0, 2.0, 25.0 * MOST_LEVELS], "10001 gray levels at binWidth 25, expected at most 10000"),
    ],
)
def test_a_bad_region_fails_alone(values, problem, made_region):
    bad = Region(np.ones((1, 2, 2), bool), np.array(values))
    found, failures = measure({"bad": bad, "good": made_region()}, SPACING, ALL, DEFAULTS)
    assert list(found) == ["good"]
    assert failures["bad"].problem == problem


def test_first_order_takes_any_number_of_levels():
    region = Region(np.ones((1, 2, 2), bool), np.array([0.0, 1.0, 2.0, 1e6]))
    found, failures = measure({"roi": region}, SPACING, {"firstorder": ("Entropy", "Maximum")}, DEFAULTS)
    assert failures == {}
    assert found["roi"]["firstorder_Maximum"] == 1e6
    assert found["roi"]["firstorder_Entropy"] == pytest.approx(0.8112781244591328, rel=1e-12)
