import numpy as np
import pytest
import scipy.stats

from evaluation.extraction.engine.first_order import first_order


def of(*parts, shift=0.0):
    values = np.concatenate(parts)
    starts = np.cumsum([0, *map(len, parts)])
    histogram = np.arange(len(parts)), np.diff(starts).astype(float)
    return first_order(values, starts, histogram, 2.0, shift)


def test_moments_and_percentiles_are_those_of_scipy_and_numpy():
    random = np.random.default_rng(0)
    parts = [random.normal(size=n) for n in (5, 31, 400)]
    found = of(*parts, shift=3.0)
    for number, part in enumerate(parts):
        expected = {
            "Skewness": scipy.stats.skew(part),
            "Kurtosis": scipy.stats.kurtosis(part, fisher=False),
            "Variance": part.var(),
            "Median": np.median(part),
            "InterquartileRange": scipy.stats.iqr(part),
            "10Percentile": np.percentile(part, 10),
            "Energy": ((part + 3) ** 2).sum(),
            "TotalEnergy": 2 * ((part + 3) ** 2).sum(),
            "MeanAbsoluteDeviation": np.abs(part - part.mean()).mean(),
        }
        assert {name: found[name][number] for name in expected} == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n", range(1, 60))
def test_percentiles_are_numpys_to_the_last_digit(n):
    """A voxel on the percentile counts for the robust deviation, so that the last digit decides."""
    part = np.random.default_rng(n).integers(0, 5, n) * 0.1
    found = of(part)
    for percent, name in ((10, "10Percentile"), (90, "90Percentile")):
        assert found[name].item() == np.nanpercentile(part, percent)


def test_of_two_voxels_neither_lies_between_the_percentiles():
    assert np.isnan(of(np.array([1.0, 2.0]))["RobustMeanAbsoluteDeviation"]).all()
