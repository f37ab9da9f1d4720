import numpy as np
import pandas as pd

from evaluation.figures.scorecard import height_of, ordered_methods, scorecard


def rows(measure, **estimates):
    return [(measure, name, value) for name, value in estimates.items()]


def table():
    found = [
        *rows("score", none=0.4, combat=0.6, covbat=0.5, nested=np.nan),
        *rows("icc_a1", none=0.8, combat=0.9, covbat=0.85, nested=np.nan),
        *rows("ccc", none=0.8, combat=0.9, covbat=0.85, nested=np.nan),
        *rows("batch_told", none=0.9, combat=0.1, covbat=0.0, nested=np.nan),
        *(row for name in "abc" for row in rows(f"kept:{name}", none=0.2, combat=0.3, covbat=0.25, nested=np.nan)),
    ]
    frame = pd.DataFrame(found, columns=["measure", "method", "estimate"])
    frame["status"] = np.where(frame["estimate"].isna(), "not_fitted", "ok")
    return frame.assign(
        lower=frame["estimate"] - 0.05, upper=frame["estimate"] + 0.05, p=[np.nan, 0.02, 0.4] + [np.nan] * 25
    )


def test_methods_stand_by_their_score_and_those_without_one_are_left_out():
    assert ordered_methods(table()) == ["combat", "covbat", "none"]
    figure = scorecard(table(), "Card")
    assert [axes.get_title() for axes in figure.axes] == ["Score", "ICC(A,1)", "Batch told", "Kept: a", "Kept: b"]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["combat", "covbat", "none"]
    assert height_of(table()) < 2


def test_only_what_gains_more_than_by_chance_is_filled():
    for axes in scorecard(table()).axes:
        points = [line for line in axes.lines if line.get_marker() == "s"]
        assert [point.get_markerfacecolor() == "white" for point in points] == [False, True, True]
