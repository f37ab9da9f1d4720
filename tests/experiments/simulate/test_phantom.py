import numpy as np
import pytest

from experiments.simulate.echo_train import EchoTrain
from experiments.simulate.phantom import _spectrum, draw_phantom
from experiments.simulate.tissues import SEQUENCES

SLOW = EchoTrain(128, 60.0, 3.0, 2)


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(128, 2, (0, 1))


def test_spectrum_samples_the_object_at_the_voxel_centres():
    def wave(n):
        centre = (np.arange(n) + 0.5) / n
        return 2 + np.cos(2 * np.pi * (3 * centre[:, None] - 5 * centre) + 0.3)[None]

    np.testing.assert_allclose(np.fft.ifft2(_spectrum(wave(64))), wave(32), atol=1e-12)


def test_signal_follows_proton_density_and_t2(phantom):
    # Trains so short that they do not blur: one echo serves all lines.
    for echo_time in (60.0, 120.0):
        train = EchoTrain(128, echo_time, 1e-6, 1)
        image = np.abs(phantom.signal(SEQUENCES["HASTE"], train))
        for name, tissue in (("liver", "liver"), ("spleen", "spleen"), ("left_kidney", "kidney")):
            values = phantom.tissues[tissue]
            density = np.abs(np.fft.ifft2(phantom.spectra[tissue]))[phantom.anatomy.rois[name]].mean()
            found = image[phantom.anatomy.rois[name]].mean()
            # Up to the ringing of bright fluid nearby.
            assert found == pytest.approx(density * np.exp(-echo_time / values.t2), rel=0.01, abs=1e-3)
            assert density == pytest.approx(values.proton_density, rel=0.1)


def test_texture_has_the_amplitude_of_the_truth():
    ratios = []
    for subject in range(6):
        phantom = draw_phantom(128, 2, (0, subject))
        density = np.abs(np.fft.ifft2(phantom.spectra["liver"]))[phantom.anatomy.rois["liver"]]
        truth = phantom.tissues["liver"]
        ratios.append(density.std() / truth.proton_density / truth.texture_amplitude)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.15)


def test_fat_suppression_acts_on_fat_alone(phantom):
    plain, suppressed = (np.abs(phantom.signal(SEQUENCES[name], SLOW)) for name in ("HASTE", "HASTE-FS"))
    fat, spleen = phantom.anatomy.rois["fat"], phantom.anatomy.rois["spleen"]
    assert suppressed[fat].mean() < 0.3 * plain[fat].mean()
    assert suppressed[spleen].mean() == pytest.approx(plain[spleen].mean(), rel=0.05)


def test_texture_is_the_subject_s_own():
    first, again, other = (draw_phantom(128, 2, seed) for seed in ((0, 1), (0, 1), (0, 2)))
    assert all(first.spectra[name].tobytes() == again.spectra[name].tobytes() for name in first.spectra)
    inside = first.anatomy.rois["liver"] & other.anatomy.rois["liver"]
    images = [
        np.abs(one.signal(SEQUENCES["HASTE"], EchoTrain(128, 60.0, 3.0, r))) for one in (first, other) for r in (1, 2)
    ]
    correlation = np.corrcoef([image[inside] for image in images])
    assert correlation[0, 1] > 0.6  # the same subject in two acquisitions
    assert correlation[2, 3] > 0.6
    assert np.abs(correlation[:2, 2:]).max() < 0.4  # two subjects
