import numpy as np
import pytest
import SimpleITK as sitk

from harmonize.errors import ConfigurationError
from harmonize.formats import read_image, write_image
from harmonize.image.volume import Grid, Volume
from harmonize.steps import Fit, Fits, HistogramMatching, parse_steps


def fit(plan, *scans):
    return plan.fit([plan.observe(scan) for scan in scans])


def test_matching_a_scan_to_itself_changes_nothing(phantom):
    image = fit(HistogramMatching(), phantom.volume)(phantom.volume).image
    np.testing.assert_allclose(image, phantom.volume.image, atol=1e-9)


def test_a_monotone_change_of_intensities_is_undone(phantom):
    changed = phantom.volume.with_image(np.sqrt(np.abs(phantom.volume.image)) * 7 + 3)
    plan = HistogramMatching("liver")
    matched = fit(plan, phantom.volume)(changed)
    np.testing.assert_allclose(plan.observe(matched), plan.observe(phantom.volume), rtol=1e-3)
    inside = phantom.volume.masks["liver"]
    error = np.abs(matched.image - phantom.volume.image)[inside]
    assert np.median(error) < 0.01 * phantom.volume.image[inside].std()


def test_a_cohort_gives_its_mean_quantiles(phantom):
    plan = HistogramMatching()
    double = phantom.volume.with_image(phantom.volume.image * 3)
    mean = fit(plan, phantom.volume, double)
    np.testing.assert_allclose(mean.intensities, 2 * np.array(fit(plan, phantom.volume).intensities), rtol=1e-9)


@pytest.mark.data
def test_it_is_near_the_filter_of_simpleitk(data_root):
    """Quantiles come out within a hundredth of the range of those of SimpleITK, which counts in histogram bins."""
    folder = data_root / "pyradiomics_cases"
    images = [read_image(folder / f"brain{i}_image.nrrd")[0][:, 60:200, 60:200] for i in (1, 2)]  # data everywhere
    scan, reference = (Volume(image, Grid((140, 140, len(image)))) for image in images)
    ours = fit(HistogramMatching("image"), reference)(scan).image
    itk = sitk.HistogramMatching(scan.to_itk(), reference.to_itk(), 1024, 50, False)
    percentiles = np.arange(5, 100, 5)
    theirs = np.percentile(sitk.GetArrayFromImage(itk), percentiles)
    np.testing.assert_allclose(np.percentile(ours, percentiles), theirs, atol=0.01 * np.ptp(reference.image))


def test_a_reference_image_is_read_for_its_sequence(phantom, tmp_path):
    write_image(phantom.volume.image, phantom.volume.grid, tmp_path / "reference.nii.gz")
    entry = {"histogram_matching": {"reference": {"T2": "reference.nii.gz"}, "points": 20}}
    (fits,) = parse_steps([entry], "here", tmp_path)
    expected = fit(HistogramMatching(points=20), phantom.volume)
    np.testing.assert_allclose(fits.for_sequence("T2").intensities, expected.intensities, rtol=1e-6)


def test_fits_of_an_earlier_run_are_read(phantom, tmp_path):
    fitted = fit(HistogramMatching(), phantom.volume)
    (tmp_path / "fits.json").write_text(Fits("histogram_matching", {"T2": Fit(fitted)}).to_json())
    (fits,) = parse_steps([{"histogram_matching": {"histogram": "fits.json"}}], "here", tmp_path)
    assert fits.for_sequence("T2") == fitted


@pytest.mark.parametrize(
    "parameters",
    [
        {"points": 1},
        {"region": ""},
        {"reference": {"T2": "a.nii"}, "fit_on": {"subject": "S"}},
        {"reference": {"T2": "a.nii"}, "region": "liver"},
        {"histogram": "a.json", "points": 20},
        {"reference": {"T2": "nowhere.nii"}},
    ],
)
def test_mistakes_in_a_study_file_are_named(tmp_path, parameters, golden):
    with golden.error(ConfigurationError):
        parse_steps([{"histogram_matching": parameters}], "here", tmp_path)
