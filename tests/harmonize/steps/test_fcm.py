import numpy as np
import pytest

from harmonize.errors import ScanError
from harmonize.formats import read_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import FuzzyTissueMean
from harmonize.steps.fcm import TOLERANCE, fuzzy_centres, memberships

INTENSITY_NORMALIZATION = {1: 30.904304481875663, 2: 60.83815765359662, 3: 99.25913242809257}
"""Tissue means that FCMNormalizer of the package intensity-normalization 3.0.1 divides this image by (NumPy 2.4.6,
scikit-fuzzy 0.5.0; `error_threshold=1e-12`, `max_iter=10000`, mask of ones). It rounds the image to 32 bits."""
SKFUZZY_CENTRES = (29.61645350500438, 60.36574144485268, 99.89214033398055)


def three_tissues():
    rng = np.random.RandomState(0)  # the legacy generator's stream is frozen
    tissue = rng.choice(3, size=(4, 24, 24), p=(0.3, 0.3, 0.4))
    noise = rng.standard_normal((4, 24, 24))
    return np.array([30.0, 60.0, 100.0])[tissue] + noise * np.array([4.0, 5.0, 6.0])[tissue]


@pytest.mark.parametrize("tissue", [1, 2, 3])
def test_tissue_means_are_those_of_intensity_normalization(tissue):
    image = three_tissues()
    step = FuzzyTissueMean(tissue, region="image")
    volume = Volume(image, Grid((24, 24, 4)))
    assert step.tissue_mean(volume) == pytest.approx(INTENSITY_NORMALIZATION[tissue], rel=1e-6)
    np.testing.assert_allclose(step(volume).image, image / step.tissue_mean(volume) * 100, rtol=1e-12)


def test_centres_are_those_of_scikit_fuzzy():
    assert fuzzy_centres(three_tissues().ravel(), 3) == pytest.approx(SKFUZZY_CENTRES, rel=1e-6)


def test_centres_are_a_fixed_point_of_the_definition():
    values = three_tissues().ravel()
    centres = fuzzy_centres(values, 3)
    distances = np.abs(values - centres[:, None])
    weights = 1 / np.stack([(distances[i] / distances) ** 2 for i in range(3)]).sum(axis=1)
    np.testing.assert_allclose(memberships(values, centres), weights, rtol=1e-9)
    np.testing.assert_allclose((weights**2 @ values) / (weights**2).sum(axis=1), centres, rtol=1e-5)


def test_memberships_sum_to_one_also_at_a_centre():
    shares = memberships(np.array([0.0, 0.3, 1.0]), np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    np.testing.assert_allclose(shares[:, [0, 2]], [[1, 0], [0, 0], [0, 1]], atol=1e-12)


def test_mostly_one_intensity_still_has_classes():
    values = np.concatenate([np.zeros(1000), np.full(10, 5.0), np.full(10, 9.0)])
    assert fuzzy_centres(values, 3) == pytest.approx((0, 5, 9), abs=0.5)


def test_too_few_intensities_are_refused(golden):
    volume = Volume(np.tile([1.0, 2.0], 8).reshape(1, 4, 4), Grid((4, 4, 1)))
    with golden.error(ScanError):
        FuzzyTissueMean(region="image")(volume)


def test_a_tissue_that_is_not_above_zero_is_refused(golden):
    volume = Volume(three_tissues() - 70.0, Grid((24, 24, 4)))
    with golden.error(ScanError):
        FuzzyTissueMean(tissue=1, region="image")(volume)


@pytest.mark.data
def test_brighter_classes_of_a_brain_have_larger_means(data_root):
    volume = Volume(*read_image(data_root / "pyradiomics_cases" / "brain1_image.nrrd"))
    means = [FuzzyTissueMean(tissue).tissue_mean(volume) for tissue in (1, 2, 3)]
    assert 0 < means[0] < means[1] < means[2]


@pytest.mark.parametrize("kind", ["smooth", "whole", "outlier", "all but one in a bin"])
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_bins_lead_to_the_centres_of_all_values(kind, classes):
    rng = np.random.default_rng(classes)
    values = np.concatenate([rng.normal(mean, sd, 4000) for mean, sd in ((30, 8), (60, 9), (100, 6))])
    values = values.round() if kind == "whole" else values
    values[0] = {"outlier": 1e4, "all but one in a bin": 1e8}.get(kind, values[0])
    low, width = values.min(), np.ptp(values)
    scaled, centres = (values - low) / width, np.quantile((values - low) / width, (np.arange(classes) + 0.5) / classes)
    moved = np.inf
    while moved > TOLERANCE:
        weights = memberships(scaled, centres) ** 2
        before, centres = centres, weights @ scaled / weights.sum(axis=1)
        moved = np.abs(centres - before).max()
    assert (fuzzy_centres(values, classes) - low) / width == pytest.approx(np.sort(centres), abs=2e-6)
