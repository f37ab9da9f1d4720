import numpy as np
import pytest

from experiments.simulate.anatomy import OVERSAMPLING, PARTS, ROIS, Ellipse, draw_anatomy


@pytest.mark.parametrize("matrix", [96, 128, 256])
@pytest.mark.parametrize("seed", range(5))
def test_rois_lie_inside_their_organs_and_apart(matrix, seed):
    anatomy = draw_anatomy(matrix, 3, np.random.default_rng(seed))
    names = [part.name for part in PARTS]
    count = np.zeros((3, matrix, matrix), int)
    for name in ROIS:
        fine = anatomy.rois[name].repeat(OVERSAMPLING, axis=1).repeat(OVERSAMPLING, axis=2)
        assert set(anatomy.parts[fine]) == {names.index(name) + 1}
        assert anatomy.rois[name].sum(axis=(1, 2)).min() >= 9  # in every slice
        count += anatomy.rois[name]
    assert count.max() == 1


def test_the_body_stays_in_the_field_of_view():
    for seed in range(20):
        parts = draw_anatomy(96, 1, np.random.default_rng(seed)).parts
        assert not parts[:, 0].any()
        assert not parts[:, -1].any()
        assert not parts[:, :, 0].any()
        assert not parts[:, :, -1].any()


def test_liver_is_on_the_right_of_the_subject():
    rois = draw_anatomy(128, 1, np.random.default_rng(0)).rois
    assert np.argwhere(rois["liver"])[:, 2].mean() < 64 < np.argwhere(rois["spleen"])[:, 2].mean()


def test_subjects_differ_and_slices_too():
    first, second = (draw_anatomy(128, 3, np.random.default_rng(seed)).parts for seed in (0, 1))
    assert (first != second).mean() > 0.01
    assert (first[0] != first[2]).any()


def test_area_of_a_turned_ellipse():
    x, y = np.meshgrid(np.arange(-50, 50, 0.25), np.arange(-50, 50, 0.25))
    inside = Ellipse(3.0, -4.0, 30.0, 12.0, 33.0).contains(x, y)
    assert inside.sum() * 0.25**2 == pytest.approx(np.pi * 30 * 12, rel=5e-3)
