import numpy as np
import pandas as pd
import pytest

from evaluation.figures import sources_of_variance
from evaluation.figures.sources import DAGGER, OTHERS, shown_sources
from evaluation.generalizability.mean_shares import REST

SHARES = pd.DataFrame(
    {"subject": [0.6, 0.3, 0.0], "reader": [0.25, np.nan, np.nan], "residual": [0.15, 0.6, 0.0], REST: [0.0, 0.1, 1.0]},
    index=["liver", "spleen", "$a$"],
)


def test_bars_reach_from_0_to_1_and_large_parts_have_their_number():
    axes = sources_of_variance(SHARES).axes[0]
    ends = np.array([[bar.get_x(), bar.get_x() + bar.get_width()] for bar in axes.patches]).reshape(4, 3, 2)
    np.testing.assert_allclose(ends[0, :, 0], 0)
    np.testing.assert_allclose(ends[1:, :, 0], ends[:-1, :, 1])
    np.testing.assert_allclose(ends[-1, :, 1], 1)
    assert sorted(text.get_text() for text in axes.texts) == ["10", "100", "15", "25", "30", "60", "60"]


def test_what_is_not_told_apart_is_hatched_and_a_source_without_estimate_marks_its_bar():
    figure = sources_of_variance(SHARES)
    axes = figure.axes[0]
    hatched = [bar.get_hatch() for bar in axes.patches]
    assert hatched[:9] == [None] * 9
    assert set(hatched[9:]) == {"////"}
    assert [name.get_text() for name in axes.get_yticklabels()] == ["liver", f"spleen{DAGGER}", f"$a${DAGGER}"]
    assert DAGGER in axes.get_xlabel()
    assert DAGGER not in sources_of_variance(SHARES[:1]).axes[0].get_xlabel()
    assert REST not in [text.get_text() for text in sources_of_variance(SHARES[:1]).legends[0].get_texts()]


@pytest.mark.parametrize("facets", [1, 4, 5, 6, 13])
def test_every_source_has_a_colour_of_its_own_and_of_many_the_small_ones_share_one(facets):
    names = [f"source {number}" for number in range(facets)]
    shares = pd.DataFrame(
        [[0.5, *np.linspace(0.3, 0.1, facets) / facets, 0.1]], columns=["subject", *names, "residual"]
    )
    shown = shown_sources(shares)
    np.testing.assert_allclose(shown.sum(axis=1), shares.sum(axis=1))
    assert list(shown)[:2] == ["subject", "source 0"]
    assert list(shown)[-1] == "residual"
    assert (OTHERS in shown) == (facets > 5)
    colors = [bar.get_facecolor() for bar in sources_of_variance(shares).axes[0].patches]
    assert len(set(colors)) == len(colors) == shown.shape[1]
