import numpy as np
import pandas as pd
import pytest

from evaluation.figures import effect_sizes


def test_bars_span_the_quartiles():
    sizes = pd.DataFrame({"batch": ["A"] * 101, "feature": range(101), "raw": np.linspace(0, 4, 101), "held_out": 0.0})
    axes = effect_sizes(sizes).axes[0]
    (thick,) = [line for line in axes.lines if line.get_label() == "before"]
    assert thick.get_xdata() == pytest.approx([1.0, 3.0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["before", "after, held-out subjects"]


def test_the_axis_says_what_batches_are_compared_with():
    sizes = pd.DataFrame({"batch": ["A"] * 9, "feature": range(9), "raw": np.arange(9.0), "held_out": 0.0})
    assert "from the reference" in effect_sizes(sizes).axes[0].get_xlabel()
    assert "from the mean of all rows" in effect_sizes(sizes, from_mean=True).axes[0].get_xlabel()
