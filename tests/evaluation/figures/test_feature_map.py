import numpy as np

from evaluation.figures import to_bytes
from evaluation.figures.feature_map import MapPanel, draw_feature_maps

SLICE = np.arange(20.0).reshape(4, 5)


def panel(title, values=SLICE):
    return MapPanel(title, SLICE, values, (2.0, 1.0), "R", "L")


def test_scans_share_one_scale_and_changes_have_one_of_their_own():
    values = np.where(SLICE > 5, SLICE, np.nan)
    figure = draw_feature_maps(
        [panel("REF", values), panel("ACC", 2 * values)], "bit", "S01", panel("between", SLICE / 40)
    )
    first, second, between = figure.axes[:3]
    layers = [ax.images[1] for ax in (first, second, between)]
    assert layers[0].get_clim() == layers[1].get_clim() != layers[2].get_clim()
    assert layers[2].get_clim() == (0, 50)
    np.testing.assert_allclose(layers[2].get_array(), SLICE / 40 * 100)
    assert np.ma.getmaskarray(layers[0].get_array()).sum() == 6
    assert {ax.get_ylabel() for ax in figure.axes[3:]} == {"bit", "CV between conditions, %"}
    assert first.get_aspect() == 2.0
    assert {text.get_text() for text in first.texts} == {"R", "L"}


def test_a_map_of_one_value_or_of_none_is_drawn():
    for values in (np.full_like(SLICE, 3.0), np.full_like(SLICE, np.nan)):
        assert to_bytes(draw_feature_maps([panel("REF", values)], "no unit"), "png")
