import json

import numpy as np
import pandas as pd
import pytest

from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import MaskSource, read_volume
from harmonize.image.volume import Grid, Volume
from harmonize.steps import CohortStep, Fit, Fits, FittedNyul, Nyul, Step, parse_steps

STANDARD_SCALE = (
    1.0,
    7.0893483069020435,
    11.001915261510533,
    26.40596445834181,
    40.26676033329276,
    45.224266368722766,
    66.50520586040312,
    82.80851391021326,
    87.53742175807945,
    92.15138279965902,
    100.0,
)
"""`standard_scale` of NyulNormalizer of the package intensity-normalization 3.0.1 (NumPy 2.4.6, default settings, masks
of ones) on the three images below. It rounds images to 32 bits."""
MAPPED = (37.62498092651367, 100.30384826660156, 13.957159996032715, 32.263675689697266)
"""The first voxels of the second image by its `transform`; minimum, maximum and mean follow."""
MAPPED_RANGE = (-5.543590068817139, 111.98452758789062, 50.270023345947266)


def three_tissues(seed, gain, shift):
    rng = np.random.RandomState(seed)  # the legacy generator's stream is frozen
    tissue = rng.choice(3, size=(4, 24, 24), p=(0.3, 0.3, 0.4))
    noise = rng.standard_normal((4, 24, 24))
    image = np.array([30.0, 60.0, 100.0])[tissue] + noise * np.array([4.0, 5.0, 6.0])[tissue]
    return Volume(image * gain + shift, Grid((24, 24, 4)))


SCANS = [three_tissues(0, 1.0, 0.0), three_tissues(1, 3.0, 10.0), three_tissues(2, 0.2, 5.0)]


def fit(plan, scans):
    return plan.fit([plan.observe(scan) for scan in scans])


def test_scale_and_map_are_those_of_intensity_normalization():
    fitted = fit(Nyul("image", output=(1.0, 100.0)), SCANS)
    np.testing.assert_allclose(fitted.standard_scale, STANDARD_SCALE, rtol=1e-6)
    image = fitted(SCANS[1]).image
    np.testing.assert_allclose(image.ravel()[:4], MAPPED, rtol=1e-6)
    np.testing.assert_allclose((image.min(), image.max(), image.mean()), MAPPED_RANGE, rtol=1e-5)


def test_the_landmarks_of_every_scan_come_to_lie_on_the_scale():
    """Up to the interpolation between two voxels, which the map bends."""
    plan = Nyul("image")
    fitted = fit(plan, SCANS)
    for scan in SCANS:
        np.testing.assert_allclose(plan.observe(fitted(scan)), fitted.standard_scale, atol=1)


def test_gain_and_shift_are_undone(phantom):
    fitted = fit(Nyul(), [phantom.volume])
    plain = fitted(phantom.volume).image
    other = fitted(phantom.volume.with_image(phantom.volume.image * 300 - 70)).image
    np.testing.assert_allclose(other, plain, atol=1e-8 * np.ptp(plain))
    again = fit(Nyul(), [phantom.volume.with_image(phantom.volume.image * 300 - 70)])
    np.testing.assert_allclose(again.standard_scale, fitted.standard_scale, rtol=1e-9)


def test_the_order_of_intensities_stays(phantom):
    before, after = phantom.volume.image.ravel(), fit(Nyul(), [phantom.volume])(phantom.volume).image.ravel()
    assert (np.diff(after[np.argsort(before)]) >= 0).all()


def test_who_is_learned_from_decides():
    assert fit(Nyul("image"), SCANS[:1]) != fit(Nyul("image"), SCANS)
    once, twice = fit(Nyul("image"), SCANS), fit(Nyul("image"), [*SCANS, *SCANS])
    np.testing.assert_allclose(once.standard_scale, twice.standard_scale, rtol=1e-12)


def test_what_is_not_fitted_cannot_be_called():
    assert isinstance(Nyul(), CohortStep)
    assert not isinstance(Nyul(), Step)
    assert isinstance(fit(Nyul("image"), SCANS), Step)


def test_a_scan_without_foreground_is_refused_by_both(golden):
    empty = Volume(np.full((2, 8, 8), 3.0), Grid((8, 8, 2)))
    with golden.error(ScanError):
        Nyul().observe(empty)
    with golden.error(ScanError):
        FittedNyul("foreground", (1.0, 99.0), (0.0, 100.0))(empty)


@pytest.mark.parametrize(
    "parameters",
    [
        {"percentiles": [50, 10]},
        {"output": [5, 5]},
        {"region": ""},
        {"fit_on": {"subject": []}},
        {"scale": "scale.json", "output": [0, 1]},
        {"scale": "nowhere.json"},
    ],
)
def test_mistakes_in_a_study_file_are_named(tmp_path, parameters, golden):
    with golden.error(ConfigurationError):
        parse_steps([{"nyul": parameters}], "here", tmp_path)


def test_a_saved_scale_is_read_from_the_folder_of_the_study(tmp_path):
    fitted = fit(Nyul("image"), SCANS)
    (tmp_path / "scale.json").write_text(Fits("nyul", {"T1": Fit(fitted)}).to_json())
    (fits,) = parse_steps([{"nyul": {"scale": "scale.json"}}], "here", tmp_path)
    assert fits.for_sequence("T1") == fitted


def test_impossible_values_in_a_saved_scale_are_refused(tmp_path, golden):
    fits = Fits("nyul", {"T1": Fit(fit(Nyul("image"), SCANS))})
    content = json.loads(fits.to_json())
    content["sequences"]["T1"]["parameters"]["standard_scale"][3] = 5000.0
    from harmonize.digest import digest_of

    del content["digest"]
    content["digest"] = digest_of(content)  # a forger can do this
    (tmp_path / "scale.json").write_text(json.dumps(content))
    with golden.error(ConfigurationError):
        parse_steps([{"nyul": {"scale": "scale.json"}}], "here", tmp_path)


@pytest.mark.data
def test_kidneys_of_three_vendors_come_together(data_root):
    """The medians of the left kidneys differ by a factor of 29 in the vendors' units, and of 1.7 standardized."""
    folder = data_root / "kidney_repeat"
    index = pd.read_csv(folder / "index.csv").dropna(subset="roi")
    scans = [
        read_volume(folder / row.dataset / row.image, {"kidney": MaskSource(folder / row.dataset / row.roi)})[0]
        for row in index[index["side"] == "L"].itertuples()
        if row.roi_grid_matches in (True, "True")
    ]
    fitted = fit(Nyul(), scans)
    before, after = (
        np.array([np.median(volume.image[volume.masks["kidney"]]) for volume in volumes])
        for volumes in (scans, [fitted(scan) for scan in scans])
    )
    assert before.max() / before.min() > 25
    assert after.max() / after.min() < 2
